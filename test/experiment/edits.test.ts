import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type {
  Experiment,
  ExperimentSpec,
  FreezeRules,
} from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  candidateWeight,
  conditionOf,
  CONFORMANCE,
  criteriaOf,
  having,
  iterated,
  latency,
  observed,
  reasons,
  running,
  shares,
  strategyOf,
} from '../fixtures.ts';
import {
  approvalOf,
  edited,
  freezeRules,
  frozenUntil,
  isDueAt,
  lookedAt,
  seenAt,
} from './people.ts';

const { spec: SPEC } = running();
const DURATION = SPEC.duration;
const OTHER_VERSIONS = { baseline: { name: 'default' }, candidates: [{ name: 'another' }] };
const WEIGHTS_OBJECT = {
  baseline: { name: 'default' },
  candidates: [
    {
      name: 'canary',
      weightObjRef: {
        ...{ apiVersion: 'networking.istio.io/v1beta1', kind: 'VirtualService', name: 'vs' },
        fieldPath: '.spec.weight',
      },
    },
  ],
};

const FORBIDDEN: [string, Partial<ExperimentSpec>, string][] = [
  ['the target', { target: 'another' }, 'spec.target'],
  ['the target’s namespace', { target: 'rivals/model' }, 'spec.target'],
  ['where the weights stand', { versionInfo: WEIGHTS_OBJECT }, 'spec.target'],
  ['the versions', { versionInfo: OTHER_VERSIONS }, 'spec.versionInfo'],
  ['the testing pattern, to Conformance', CONFORMANCE, 'spec.strategy.testingPattern'],
  [
    'the testing pattern, to one that lacks its reward',
    { strategy: strategyOf({ testingPattern: 'A/B' }) },
    'spec.criteria.rewards',
  ],
  [
    'an objective, to a Metric that was not read',
    { criteria: criteriaOf({ objectives: [{ metric: 'errors', upperLimit: 1 }] }) },
    'spec.criteria.objectives',
  ],
  [
    'a reward, to a Metric that was not read',
    {
      strategy: strategyOf({ testingPattern: 'A/B' }),
      criteria: criteriaOf({ rewards: [{ metric: 'sales', preferredDirection: 'High' }] }),
    },
    'spec.criteria.rewards',
  ],
  [
    'the strength, to one that its Metrics say too little for',
    {
      criteria: criteriaOf({
        objectives: [{ metric: 'latency', upperLimit: 100 }],
        strength: { method: 'Proven' },
      }),
    },
    'spec.criteria.strength',
  ],
  [
    'the actions',
    { strategy: strategyOf({ actions: { finish: [{ run: 'x' }] } }) },
    'spec.strategy.actions',
  ],
  [
    'the split, to one of an experiment that moves traffic',
    { strategy: strategyOf({ weights: { split: [50, 50] } }) },
    'spec.strategy.weights.split',
  ],
];

const forbidden = suite('a forbidden edit of a running experiment');
const before = iterated(running(), [{}, {}]);

for (const [what, spec, field] of FORBIDDEN) {
  forbidden(`holds it, with the field named, and asks no metric: ${what}`, () => {
    const amiss = edited(before, spec);
    assert.not(isDueAt(amiss, 65));
    const plan = seenAt(amiss, 65);
    const ready = conditionOf(plan, 'Ready')!;
    assert.equal([ready.status, ready.reason], ['False', 'InvalidExperiment']);
    assert.ok(ready.message!.includes(`${field}: `), ready.message);
    assert.match(ready.message!, 'the weights are held until it is changed back');
    assert.is(plan.status.message, `InvalidExperiment: ${ready.message}`);
    assert.equal(reasons(plan), ['InvalidExperiment']);
    assert.is(plan.status.stage, 'Running');
    assert.is(plan.status.completedIterations, 2);
    assert.is(candidateWeight(plan), 21);
  });

  forbidden(`is told once, and forgotten once it is changed back: ${what}`, () => {
    const held = lookedAt(edited(before, spec), [65, 75, 85]);
    assert.equal(seenAt(held, 95), { status: held.status, announcements: [] });
    const mended = edited(held, SPEC);
    assert.ok(isDueAt(mended, 100));
    const { status } = seenAt(mended, 100);
    assert.is(status.completedIterations, 3);
    assert.is(conditionOf({ status }, 'Ready')?.status, 'True');
  });

  forbidden(`ends it by the deadline of the run: ${what}`, () => {
    const held = lookedAt(edited(before, spec), [65]);
    const deadline = 5 + 2 * 15 * 20 + 3600;
    assert.is(seenAt(held, deadline - 0.1).status.stage, 'Running');
    const { status } = seenAt(held, deadline);
    assert.equal(
      [status.outcome?.decision, status.outcome?.reason],
      ['Rollback', 'DeadlineExceeded'],
    );
    assert.match(status.outcome!.message, `${field}: `);
    assert.match(status.outcome!.message, 'the spec was not mended before');
    assert.is(conditionOf({ status }, 'Failed')?.status, 'True');
  });
}

forbidden('names every field that is amiss', () => {
  const amiss = edited(before, { target: 'another', versionInfo: OTHER_VERSIONS });
  const { message } = conditionOf(seenAt(amiss, 65), 'Ready')!;
  assert.match(message!, 'spec.target');
  assert.match(message!, 'spec.versionInfo');
});

forbidden('is looked at once more, where it is mended before an iteration is due', () => {
  const held = lookedAt(edited(before, { target: 'another' }), [50]);
  const { status } = seenAt(edited(held, SPEC), 55);
  assert.is(conditionOf({ status }, 'Ready')?.status, 'True');
  assert.match(status.message!, /^Mended: /);
});

forbidden('keeps no candidate that is not ready', () => {
  const target = observed(shares(79, 21), { notReady: 'it crashed' });
  const held = lookedAt(edited(before, { target: 'another' }), [65], { target });
  assert.is(seenAt(held, 95, { target }).status.outcome?.reason, 'CandidateNotReady');
});

forbidden('of windows that nobody understands holds it as well', () => {
  const freeze = { kind: 'Invalid', field: 'windows[0].rule', message: 'no rule' } as const;
  const held = lookedAt(before, [65], { freeze });
  assert.match(held.status!.message!, 'InvalidExperiment: spec.strategy.freeze.windows[0].rule');
  assert.is(seenAt(held, 75).status.completedIterations, 3);
});

const gates = suite('a forbidden edit while an experiment waits');

const LAST = { duration: { ...DURATION, iterationsPerLoop: 1 } };

function waitingAt(
  gate: { freeze: FreezeRules } | { approval: ReturnType<typeof approvalOf> },
): Experiment {
  return running({ spec: { ...LAST, strategy: strategyOf(gate) } });
}

function outcomeAt(experiment: Experiment, seconds: number): string | undefined {
  return seenAt(experiment, seconds).status.outcome?.reason;
}

gates('for approval ends it with the wait, or with the run where that is later', () => {
  for (const [deadlineSeconds, end] of [
    [86400, 25 + 86400],
    [60, 5 + 2 * 20 + 3600],
  ] as const) {
    const awaiting = lookedAt(waitingAt({ approval: approvalOf({ deadlineSeconds }) }), [25]);
    assert.is(conditionOf(awaiting, 'Paused')?.reason, 'AwaitingApproval');
    const held = lookedAt(edited(awaiting, { target: 'another' }), [45]);
    assert.is(outcomeAt(held, end - 0.1), undefined);
    assert.is(outcomeAt(held, end), 'DeadlineExceeded');
  }
});

gates('for the end of a freeze window ends it with that', () => {
  const freeze = frozenUntil(9000);
  const frozen = lookedAt(waitingAt({ freeze: freezeRules('Promotion') }), [25], { freeze });
  const held = lookedAt(edited(frozen, { target: 'another' }), [45], { freeze });
  assert.is(outcomeAt(held, 8999), undefined);
  assert.is(outcomeAt(held, 9000), 'DeadlineExceeded');
});

gates('while all is frozen lets its clock run: else it would never end', () => {
  const freeze = frozenUntil(1e6);
  const frozen = lookedAt(waitingAt({ freeze: freezeRules('Experiment') }), [25], { freeze });
  const held = lookedAt(edited(frozen, { target: 'another' }), [125], { freeze });
  assert.is(held.status!.pausedSince, undefined);
  const end = 5 + 2 * 20 + 3600 + 100;
  assert.is(outcomeAt(held, end - 1), undefined);
  assert.is(outcomeAt(held, end), 'DeadlineExceeded');
});

const allowed = suite('an allowed edit of a running experiment');

allowed('is judged by the limits of now', () => {
  const objectives = [{ metric: 'latency', upperLimit: 55, rollback_on_failure: true }];
  const plan = seenAt(edited(before, { criteria: criteriaOf({ objectives }) }), 65);
  assert.is(plan.status.outcome?.reason, 'ObjectiveViolated');
  assert.match(plan.status.outcome!.message, 'at most 55');
});

allowed('may take versionInfo away that was as the target’s own', () => {
  const spec = { ...SPEC };
  delete spec.versionInfo;
  assert.ok(isDueAt({ ...before, spec }, 65));
});

allowed(
  'may shorten the interval: the next iteration does not wait for the end of the old one',
  () => {
    const slow = having(running({ spec: { duration: { ...DURATION, intervalSeconds: 3600 } } }), {
      nextIterationTime: at(3605).toISOString(),
    });
    const quick = lookedAt(edited(slow, { duration: DURATION }), [100]);
    assert.is(quick.status!.nextIterationTime, at(120).toISOString());
  },
);

allowed('may lengthen it: what is due comes when it was due', () => {
  const slow = edited(before, { duration: { ...DURATION, intervalSeconds: 3600 } });
  assert.ok(isDueAt(slow, 65));
  const { status } = seenAt(slow, 65, { measurements: latency(50, 60) });
  assert.is(status.nextIterationTime, at(3665).toISOString());
});

for (const tests of [forbidden, gates, allowed]) tests.run();
