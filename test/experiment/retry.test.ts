import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  accept,
  laterRun,
  RETRY_ANNOTATION,
  runAskedFor,
} from '../../functions/lib/experiment/accept.ts';
import type { Plan } from '../../functions/lib/experiment/plan.ts';
import type { Experiment, ExperimentSpec } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  conditionOf,
  experimentOf,
  following,
  having,
  iteratedTimes,
  running,
  settings,
  strategyOf,
  stored,
} from '../fixtures.ts';

const numbers = suite('the number in the annotation iter8.tools/retry');

for (const [text, run, expected] of [
  ['2', 1, 2],
  ['02', 1, 2],
  ['3', 1, 3],
  ['3', 2, 3],
  ['999999999', 1, 999999999],
  ['1', 1, undefined],
  ['2', 2, undefined],
  ['2', 3, undefined],
  ['0', 1, undefined],
  ['-1', 1, undefined],
  ['-2', 1, undefined],
  ['+2', 1, undefined],
  ['2.5', 1, undefined],
  ['1e3', 1, undefined],
  ['0x2', 1, undefined],
  [' 2', 1, undefined],
  ['abc', 1, undefined],
  ['true', 1, undefined],
  ['', 1, undefined],
  ['1000000000', 1, undefined],
  ['99999999999999999999', 1, undefined],
  [undefined, 1, undefined],
] as const) {
  numbers(`"${text ?? '(none)'}" after run ${run} asks for ${expected ?? 'nothing'}`, () => {
    assert.is(laterRun(text, run), expected);
  });
}

/** Completed, with everything that a run leaves in a status. */
const completed = having(iteratedTimes(running(), 15), {
  stage: 'Completed',
  pausedSeconds: 99,
  consecutiveErrors: 2,
});

function annotated(
  experiment: Experiment,
  retry: string,
  spec: Partial<ExperimentSpec> = {},
): Experiment {
  const { metadata } = experiment;
  return stored({
    ...experiment,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [RETRY_ANNOTATION]: retry } },
    spec: { ...experiment.spec, ...spec },
  });
}

function retried(experiment: Experiment): Plan {
  return accept(experiment, { settings, now: at(9000) });
}

const again = suite('another run');

again('begins with the status of a new experiment, but for its number', () => {
  const { status, announcements } = retried(annotated(completed, '2'));
  const fresh = accept(experimentOf(), { settings, now: at(9000) }).status;
  assert.equal(status, { ...fresh, run: 2 });
  assert.equal(announcements, []);
});

again('may be asked for twice, each time with a higher number', () => {
  const second = following(completed, retried(annotated(completed, '2')));
  const done = having(second, { stage: 'Completed' });
  assert.is(runAskedFor(annotated(done, '2')), undefined);
  assert.is(runAskedFor(annotated(done, '3')), 3);
  assert.is(retried(annotated(done, '7')).status.run, 7);
});

again('that cannot be run ends as failed, and is not tried again', () => {
  const spec = { strategy: strategyOf({ testingPattern: 'A/B' as const }) };
  const asked = annotated(completed, '2', spec);
  const plan = retried(asked);
  assert.is(plan.status.stage, 'Completed');
  assert.is(plan.status.run, 2);
  assert.is(conditionOf(plan, 'Failed')?.reason, 'InvalidExperiment');
  assert.is(runAskedFor(following(asked, plan)), undefined);
});

again('after one that could not be run begins once the spec is mended', () => {
  const wrong = experimentOf({ spec: { strategy: strategyOf({ testingPattern: 'A/B' }) } });
  const refused = following(wrong, accept(wrong, { settings, now: at(3) }));
  const mended = annotated(refused, '2', { strategy: strategyOf() });
  assert.is(retried(mended).status.stage, 'Waiting');
});

again('goes by the target of now, whatever the run before had found', () => {
  const versionInfo = {
    baseline: { name: 'default' },
    candidates: [
      {
        name: 'canary',
        weightObjRef: {
          ...{
            apiVersion: 'serving.kserve.io/v1beta1',
            kind: 'InferenceService',
            namespace: 'team',
          },
          ...{ name: 'model', fieldPath: '.spec.predictor.canaryTrafficPercent' },
        },
      },
    ],
  };
  const found = having(completed, { versionInfo });
  assert.equal(retried(annotated(found, '2', { target: 'other' })).status.target, {
    type: 'InferenceService',
    lock: 'InferenceService.serving.kserve.io/team/other',
  });
});

again('is the first one of an experiment that is created with the annotation', () => {
  const create = (retry: string): number | undefined =>
    retried(annotated(experimentOf(), retry)).status.run;
  assert.is(create('3'), 3);
  for (const text of ['1', '0', 'abc']) assert.is(create(text), 1);
  const first = annotated(experimentOf(), '3');
  assert.is(runAskedFor(following(first, retried(first))), undefined);
});

numbers.run();
again.run();
