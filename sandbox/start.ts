// npm start: a sandbox, a model with a new version, and an experiment on it, before one's eyes.
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import type { Experiment } from '../functions/lib/types/experiment.gen.ts';
import { KubeError } from './kube.ts';
import { endWithParent } from './parent.ts';
import {
  CANDIDATES,
  expectedOutcome,
  outcomeOf,
  runQuickstart,
  type Candidate,
  type Outcome,
  type Run,
} from './quickstart.ts';
import { startSandbox, type Sandbox } from './sandbox.ts';
import type { Snapshot } from './view/live.ts';
import { openDisplay, type Display } from './view/terminal.ts';

const USAGE = `npm start -- [options]

  --candidate KIND    what the new version is like: ${CANDIDATES.join(', ')} (default: good)
  --experiment FILE   runs the Experiment of a file (with what else is in it) on the quickstart's model
  --keep              leaves the sandbox running, for kubectl, until Ctrl-C
  --record FILE       writes what is shown to a file, for scripts/record.ts
  --help              shows this`;

const REFRESH_MS = 250;
const NOT_FOUND = 404;

/** What was asked for on the command line. */
interface Options {
  candidate: Candidate;
  experiment?: string;
  isKept: boolean;
  recordTo?: string;
}

/** What is shown, as it changes. */
interface Show {
  display: Display;
  snapshot: Snapshot;
  load?: Run['load'];
}

try {
  const options = readOptions();
  if (options !== undefined) await main(options);
} catch (error) {
  console.error(`npm start: ${(error as Error).message}`);
  process.exitCode = 1;
}

function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      candidate: { type: 'string', default: 'good' },
      experiment: { type: 'string' },
      keep: { type: 'boolean', default: false },
      record: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return undefined;
  }
  const candidate = CANDIDATES.find((kind) => kind === values.candidate);
  if (candidate === undefined) {
    const known = CANDIDATES.join(', ');
    throw new Error(`--candidate ${values.candidate}: there is no such kind, but ${known}`);
  }
  const { experiment, keep: isKept, record: recordTo } = values;
  return { candidate, experiment, isKept, recordTo };
}

async function main(options: Options): Promise<void> {
  const nowMs = Date.now();
  const snapshot = { log: [], answers: {}, requestsPerSecond: 0, startedAtMs: nowMs, nowMs };
  const display = openDisplay(process.stdout, { recordTo: options.recordTo });
  const show: Show = { display, snapshot };
  const refresh = setInterval(update, REFRESH_MS, show, {});
  const close = (): void => {
    clearInterval(refresh);
    display.stop();
  };
  let sandbox: Sandbox | undefined;
  endWithParent(() => sandbox?.stop());
  try {
    update(show, { note: 'starting the sandbox' });
    sandbox = await startSandbox({ isBundled: true });
    const run = await startRun(sandbox, options, show);
    const outcome = await untilEnded(sandbox, run, show);
    close();
    tellOutcome(outcome, options);
    if (options.isKept) await keepRunning(sandbox, run);
  } finally {
    close();
    await sandbox?.stop();
  }
}

/** Sets the quickstart up, and has it shown. */
async function startRun(sandbox: Sandbox, options: Options, show: Show): Promise<Run> {
  const { candidate, experiment: experimentFile, isKept } = options;
  const run = await runQuickstart(sandbox, { candidate, experimentFile }, (note) => {
    update(show, { note });
  });
  show.load = run.load;
  const { requestsPerSecond } = run;
  const note = isKept ? `export KUBECONFIG=${sandbox.api.kubeconfig}` : undefined;
  update(show, { requestsPerSecond, note });
  await followEvents(sandbox, run, show);
  return run;
}

/** Shows the experiment until it has ended, or somebody has deleted it. */
async function untilEnded(sandbox: Sandbox, run: Run, show: Show): Promise<Outcome> {
  for (;;) {
    const experiment = await readExperiment(sandbox, run);
    if (experiment === undefined) return { ending: 'deleted' };
    update(show, { experiment });
    const outcome = await outcomeOf(sandbox, run, experiment);
    if (outcome !== undefined) return outcome;
    await sleep(REFRESH_MS);
  }
}

async function readExperiment({ kube }: Sandbox, run: Run): Promise<Experiment | undefined> {
  const { namespace, name } = run.experiment;
  try {
    return await kube.get<Experiment>(
      `/apis/iter8.tools/v2alpha2/namespaces/${namespace}/experiments/${name}`,
    );
  } catch (error) {
    if (error instanceof KubeError && error.code === NOT_FOUND) return undefined;
    throw error;
  }
}

interface EventObject {
  metadata: { name: string };
  involvedObject: { name: string };
  reason: string;
  message: string;
}

/** Puts the Kubernetes Events about the experiment into the log. */
async function followEvents(
  { kube, keep }: Sandbox,
  { experiment }: Run,
  show: Show,
): Promise<void> {
  const fieldSelector = `involvedObject.kind=Experiment,involvedObject.name=${experiment.name}`;
  const tell = ({ reason, message }: EventObject): void => {
    const entry = { atMs: Date.now(), text: `${reason}: ${message}` };
    update(show, { log: [...show.snapshot.log, entry] });
  };
  const path = `/api/v1/namespaces/${experiment.namespace}/events`;
  const watch = kube.watch<EventObject>(
    path,
    { fieldSelector },
    {
      listed: (events) => {
        events.forEach(tell);
      },
      changed: (type, event) => {
        if (type === 'ADDED') tell(event);
      },
    },
  );
  keep(await watch);
}

function update(show: Show, change: Partial<Snapshot>): void {
  const answers = show.load?.answers() ?? {};
  show.snapshot = { ...show.snapshot, answers, ...change, nowMs: Date.now() };
  show.display.show(show.snapshot);
}

/** Says what is left in the objects. One's own experiment is as expected unless it failed. */
function tellOutcome(outcome: Outcome, { candidate, experiment }: Options): void {
  const { ending, recommended = 'none', canaryTrafficPercent = 'none' } = outcome;
  console.log(
    `The experiment: ${ending}, versionRecommendedForPromotion ${recommended}. The InferenceService: canaryTrafficPercent ${canaryTrafficPercent}.`,
  );
  const isExpected = experiment
    ? ending !== 'failed'
    : isDeepStrictEqual(outcome, expectedOutcome(candidate));
  if (!isExpected) console.error('npm start: this is not how it should have ended');
  process.exitCode = isExpected ? 0 : 1;
}

/** Says how to look at the sandbox, and waits for a signal. */
async function keepRunning({ api }: Sandbox, { experiment }: Run): Promise<void> {
  console.log(`
The sandbox keeps running until Ctrl-C. In another terminal:

  export KUBECONFIG=${api.kubeconfig}
  kubectl get experiments.iter8.tools -A
  kubectl describe experiments.iter8.tools ${experiment.name} -n ${experiment.namespace}
  kubectl get inferenceservice -n kfserving-test --watch
`);
  await new Promise(() => undefined);
}
