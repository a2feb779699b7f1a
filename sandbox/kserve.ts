import { setTimeout as sleep } from 'node:timers/promises';
import { parseBehaviour, type Behaviour } from './behaviour.ts';
import type { Stoppable } from './http.ts';
import { KubeError, type Kube } from './kube.ts';
import {
  isSameStatus,
  reconcile,
  UNKNOWN_SERVICE,
  withReadiness,
  type InferenceService,
  type Memory,
  type Revision,
  type ServiceStatus,
} from './kserve-status.ts';
import type { Serving } from './serving.ts';

/** The stand-in for KServe's and Knative's controllers. */
export interface KServe extends Stoppable {
  /** A fault: a revision breaks, or mends. Its model server answers 503 while it is broken. */
  setReady(namespace: string, revision: string, isReady: boolean): void;
}

/** What the stand-in works with, and how fast it is. */
export interface KServeOptions {
  kube: Kube;
  serving: Serving;
  /** From a change of an object to its status. */
  reconcileDelayMs?: number;
  /** From a revision's creation to its readiness (or, for a model that never is, to its failure). */
  readyDelayMs?: number;
}

interface Service {
  object: InferenceService;
  memory: Memory;
  published?: ServiceStatus;
  isScheduled: boolean;
  work: Promise<void>;
}

/** What one running stand-in shares between its functions. */
interface Controller {
  kube: Kube;
  serving: Serving;
  reconcileDelayMs: number;
  readyDelayMs: number;
  services: Map<string, Service>;
  signal: AbortSignal;
}

const PATH = '/apis/serving.kserve.io/v1beta1';
const RETRY_MS = 1000;

/** Keeps the status of every InferenceService, and its revisions served, until stopped. */
export async function startKServe(options: KServeOptions): Promise<KServe> {
  const stopper = new AbortController();
  const services = new Map<string, Service>();
  const { kube, serving, reconcileDelayMs = 50, readyDelayMs = 500 } = options;
  const { signal } = stopper;
  const controller = { kube, serving, reconcileDelayMs, readyDelayMs, services, signal };
  const watch = await kube.watch<InferenceService>(
    `${PATH}/inferenceservices`,
    {},
    {
      listed: async (objects) => {
        for (const key of gone(services, objects)) await forget(controller, key);
        for (const object of objects) await observe(controller, object);
      },
      changed: (type, object) =>
        type === 'DELETED' ? forget(controller, keyOf(object)) : observe(controller, object),
    },
  );
  return {
    setReady: (namespace, revision, isReady) => {
      serving.setReady(namespace, revision, isReady);
      const ready = isReady ? 'True' : 'False';
      const message = isReady ? undefined : 'the container was made to fail';
      for (const [key, service] of services) {
        if (key.startsWith(`${namespace}/`))
          mark(controller, service, { name: revision, ready, message });
      }
    },
    stop: async () => {
      stopper.abort();
      await watch.stop();
      await Promise.all([...services.values()].map(({ work }) => work));
    },
  };
}

function keyOf({ metadata }: InferenceService): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function predictorName({ metadata }: InferenceService): string {
  return `${metadata.name}-predictor`;
}

function gone(services: Map<string, Service>, objects: InferenceService[]): string[] {
  const present = new Set(objects.map(keyOf));
  return [...services.keys()].filter((key) => !present.has(key));
}

async function forget({ services, serving }: Controller, key: string): Promise<void> {
  const service = services.get(key);
  services.delete(key);
  await service?.work;
  if (service !== undefined)
    await serving.close(service.object.metadata.namespace, predictorName(service.object));
}

async function observe(controller: Controller, object: InferenceService): Promise<void> {
  const { services } = controller;
  const key = keyOf(object);
  if (services.get(key)?.object.metadata.uid !== object.metadata.uid) await forget(controller, key);
  const fresh = { memory: UNKNOWN_SERVICE, isScheduled: false, work: Promise.resolve() };
  const service: Service = services.get(key) ?? { object, ...fresh };
  service.object = object;
  services.set(key, service);
  schedule(controller, service);
}

function schedule(controller: Controller, service: Service): void {
  if (service.isScheduled) return;
  service.isScheduled = true;
  const wait = (): Promise<void> => pause(controller, controller.reconcileDelayMs);
  service.work = service.work
    .then(wait)
    .then(async () => {
      service.isScheduled = false;
      if (isLive(controller, service)) await work(controller, service);
    })
    .catch((error: unknown) => retryLater(controller, service, error));
}

async function retryLater(controller: Controller, service: Service, error: unknown): Promise<void> {
  console.error(`sandbox: status of ${keyOf(service.object)}: ${String(error)}`);
  await pause(controller, RETRY_MS);
  if (isLive(controller, service)) schedule(controller, service);
}

function isLive({ services, signal }: Controller, service: Service): boolean {
  return !signal.aborted && services.get(keyOf(service.object)) === service;
}

function pause({ signal }: Controller, milliseconds: number): Promise<void> {
  return sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

async function work(controller: Controller, service: Service): Promise<void> {
  const { serving } = controller;
  const { namespace } = service.object.metadata;
  const url = await serving.open(namespace, predictorName(service.object));
  // Read only now: from here to the new memory nothing else can change them.
  const { object, memory } = service;
  const after = reconcile(memory, object, { now: new Date().toISOString(), url });
  service.memory = after;
  for (const revision of after.revisions.slice(memory.revisions.length)) {
    await startRevision(controller, service, { object, name: revision.name });
  }
  const { traffic } = after.status?.components.predictor ?? {};
  serving.route(namespace, predictorName(object), traffic ?? []);
  if (isSameStatus(service.published, after.status)) return;
  await publish(controller, service);
  schedule(controller, service);
}

async function publish({ kube }: Controller, service: Service): Promise<void> {
  const { namespace, name } = service.object.metadata;
  const { status } = service.memory;
  try {
    await kube.patch(`${PATH}/namespaces/${namespace}/inferenceservices/${name}/status`, {
      status,
    });
    service.published = status;
  } catch (error) {
    if (!(error instanceof KubeError && error.code === 404)) throw error;
  }
}

async function startRevision(
  controller: Controller,
  service: Service,
  { object, name }: { object: InferenceService; name: string },
): Promise<void> {
  const { namespace } = object.metadata;
  const { behaviour, message } = readModel(object);
  const labels = { namespace, service: predictorName(object), revision: name };
  await controller.serving.addRevision(labels, behaviour);
  void pause(controller, controller.readyDelayMs).then(() => {
    mark(controller, service, { name, ready: behaviour.ready ? 'True' : 'False', message });
  });
}

function readModel({ spec }: InferenceService): { behaviour: Behaviour; message?: string } {
  const uris = Object.values(spec.predictor)
    .map((part) => (part as { storageUri?: unknown } | null)?.storageUri)
    .filter((uri) => typeof uri === 'string');
  try {
    return { behaviour: parseBehaviour(uris[0] ?? '') };
  } catch (error) {
    return { behaviour: parseBehaviour('sandbox://unready'), message: String(error) };
  }
}

function mark(
  controller: Controller,
  service: Service,
  { name, ...change }: Pick<Revision, 'name' | 'ready' | 'message'>,
): void {
  if (!isLive(controller, service)) return;
  service.memory = withReadiness(service.memory, name, change);
  schedule(controller, service);
}
