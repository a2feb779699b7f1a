import { mark } from '../lib/experiment/conditions.ts';
import { plan } from '../lib/experiment/iterate.ts';
import type { TargetObservation } from '../lib/experiment/observations.ts';
import type { Plan } from '../lib/experiment/plan.ts';
import { isIterationDue, recheck } from '../lib/experiment/recheck.ts';
import { stageOf } from '../lib/experiment/stages.ts';
import { provenMetrics } from '../lib/experiment/strength.ts';
import { after } from '../lib/experiment/time.ts';
import { CONCURRENCY, instrumentsOf } from '../lib/metrics/instruments.ts';
import { observeMetrics } from '../lib/metrics/observe.ts';
import { applyWeights } from '../lib/runtime/apply.ts';
import { commit } from '../lib/runtime/commit.ts';
import { freezeOf } from '../lib/runtime/freeze.ts';
import { subjectOf, type Subject } from '../lib/runtime/event.ts';
import { experimentOf } from '../lib/runtime/subject.ts';
import type { Handler } from '../lib/runtime/function.ts';
import { chanceOf } from '../lib/runtime/seed.ts';
import type { World } from '../lib/runtime/world.ts';
import { detectTarget } from '../lib/targets/detect.ts';
import type { Sight } from '../lib/targets/port.ts';
import type { Experiment } from '../lib/types/experiment.gen.ts';
import { sweep } from './sweep.ts';

const TICK = 'dev.knative.sources.ping';

/** Handles a tick, by a sweep over all experiments, or an event about one that may be due. */
export const iterate: Handler = (event, world) =>
  event.type === TICK ? sweep(world) : iterateExperiment(subjectOf(event), world);

/**
 * One iteration of a running experiment if it is due; else a look at its target, which also makes
 * good what an earlier iteration could not write.
 */
export async function iterateExperiment(subject: Subject, world: World): Promise<void> {
  const experiment = await experimentOf(subject, world);
  if (!experiment || experiment.metadata.deletionTimestamp || stageOf(experiment) !== 'Running')
    return;
  const target = detectTarget(world.api, world.objects, experiment);
  const sight = target ? await target.observe() : UNWATCHED;
  const written = await commit(world, experiment, await next(experiment, sight, world));
  if (!target || !written || stageOf(written) !== 'Running') return;
  const isDecidedSince = isNewer(written, experiment);
  const observed = await applyWeights(world, written, target, { ...sight, isDecidedSince });
  if (observed.kind === 'Error') await tell(written, observed, world);
}

function isNewer(written: Experiment, read: Experiment): boolean {
  return written.metadata.resourceVersion !== read.metadata.resourceVersion;
}

const UNWATCHED: Sight = {
  observation: { kind: 'Observed', weights: [] },
  split: () => Promise.resolve(),
};

async function next(experiment: Experiment, { observation }: Sight, world: World): Promise<Plan> {
  const { settings } = world;
  const now = world.now();
  const freeze = await freezeOf(experiment, now);
  const around = { settings, now, freeze };
  if (!isIterationDue(experiment, observation, around)) {
    return recheck(experiment, observation, around);
  }
  const evaluationTime = after(now, -settings.scrapeIntervalSeconds);
  const wanted = { evaluationTime, counted: provenMetrics(experiment, settings) };
  const deadlineMs = (settings.handlerDeadlineSeconds * 1000) / 2;
  const randomOf = chanceOf(experiment);
  const instruments = instrumentsOf({ ...world, randomOf, deadlineMs, concurrency: CONCURRENCY });
  const { metrics, ...read } = await observeMetrics(experiment, wanted, instruments);
  const informed = { ...experiment, status: { ...experiment.status!, metrics } };
  const seen = { target: observation, ...read, evaluationTime };
  return plan(informed, seen, { ...around, now: world.now(), random: randomOf('weights') });
}

/** Records that the target refuses the weights, unless it is known already. */
async function tell(
  experiment: Experiment,
  { reason, message }: Extract<TargetObservation, { kind: 'Error' }>,
  world: World,
): Promise<void> {
  const status = experiment.status!;
  const known = status.conditions?.some((one) => one.type === 'Ready' && one.reason === reason);
  if (known) return;
  const marks = [{ type: 'Ready', status: 'False', reason, message }] as const;
  await commit(world, experiment, {
    status: mark(status, marks, world.now()),
    announcements: [{ type: 'Warning', reason, message }],
  });
}
