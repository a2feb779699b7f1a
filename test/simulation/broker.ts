// The Broker and the sources, as the manifests of the product set them up.
import { join } from 'node:path';
import type { FunctionName } from '../../functions/lib/experiment/stages.ts';
import type { Received } from '../../functions/lib/runtime/event.ts';
import { matchesSelector, type LabelSelector } from '../../sandbox/apiserver/selectors.ts';
import { isTaken } from '../../sandbox/delivery.ts';
import type { KubeObject } from '../../sandbox/kube.ts';
import { readManifests } from '../../sandbox/manifests.ts';
import { isMatch, readTriggers, type Trigger } from '../../sandbox/triggers.ts';
import type { Agenda } from './agenda.ts';
import type { ApiServer, Stored } from './api-server.ts';

/** Calls a function with an event. Gives the status of its answer, 0 where there is none. */
export type Invoke = (functionName: FunctionName, event: Received) => Promise<number>;

/** Takes an event and delivers it to whoever a Trigger names. */
export type Publish = (event: Received) => void;

const TICK_SECONDS = 10;

const [broker] = read('broker.yaml');
const triggers = readTriggers(read('triggers.yaml'), broker!);

type Selection = {
  spec: {
    resources: { selector: LabelSelector }[];
    ceOverrides: { extensions: Record<string, string> };
  };
};

const sources = read('sources.yaml')
  .filter(({ kind }) => kind === 'ApiServerSource')
  .map((source) => (source as unknown as Selection).spec)
  .map(({ resources, ceOverrides }) => ({ ...resources[0]!, ...ceOverrides }));

function read(file: string): KubeObject[] {
  return readManifests(join(import.meta.dirname, '../../eventing', file));
}

const NO_ANSWER = 0;

/**
 * Starts a Broker that delivers an event after so many seconds, once for each, and, where that fails
 * or takes too long, again by the rules of the Trigger.
 */
export function startBroker(
  agenda: Agenda,
  arrivals: (event: Received) => readonly number[],
  invoke: Invoke,
): Publish {
  const answerOf = (trigger: Trigger, event: Received): Promise<number> => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const { timeoutMs = Infinity } = trigger.delivery.rule;
    const name = trigger.subscriber.name!.replace('iter8-', '') as FunctionName;
    void invoke(name, event).then(resolve);
    agenda.after(timeoutMs / 1000, () => {
      resolve(NO_ANSWER);
    });
    return promise;
  };
  const deliver = async (trigger: Trigger, event: Received, attempt: number): Promise<void> => {
    const { rule } = trigger.delivery;
    const status = await answerOf(trigger, event);
    if (isTaken(status) || !rule.isRetried(status) || attempt === rule.retries) return;
    agenda.after(rule.delayMs(attempt) / 1000, () => void deliver(trigger, event, attempt + 1));
  };
  return (event) => {
    const headers = Object.fromEntries(
      Object.entries(event).map(([name, value]) => [`ce-${name}`, String(value)]),
    );
    for (const trigger of triggers.filter(({ filter }) => isMatch(filter, headers))) {
      for (const seconds of arrivals(event)) {
        agenda.after(seconds, () => void deliver(trigger, event, 0));
      }
    }
  };
}

/** A tick from now on, and one every ten seconds, except where it is missing. */
export function startTicks(
  agenda: Agenda,
  publish: Publish,
  isMissing: () => boolean = () => false,
): void {
  let number = 0;
  const tick = (): void => {
    number++;
    if (!isMissing()) publish({ id: `tick-${number}`, type: 'dev.knative.sources.ping' });
    agenda.after(TICK_SECONDS, tick);
  };
  tick();
}

/** An event for each experiment that comes into the sight of a source, or is written there. */
export function startSources(server: ApiServer, publish: Publish): void {
  server.onChange(({ path, before, after }) => {
    if (after?.kind !== 'Experiment') return;
    const isSeen = (object: Stored | undefined, selector: LabelSelector): boolean =>
      object !== undefined && matchesSelector(selector, object.metadata.labels);
    for (const { selector, extensions } of sources) {
      if (!isSeen(after, selector)) continue;
      const verb = isSeen(before, selector) ? 'update' : 'add';
      const type = `dev.knative.apiserver.resource.${verb}`;
      const id = `${after.metadata.uid}/${after.metadata.resourceVersion}`;
      publish({ id, type, subject: path, ...extensions });
    }
  });
}
