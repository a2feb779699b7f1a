// The kinds of experiments of the soak. For each the end is known beforehand: it follows from how
// the versions behave and from what is done to the experiment on its way.
import { join } from 'node:path';
import type { Experiment } from '../../functions/lib/types/experiment.gen.ts';
import { readManifests } from '../../sandbox/manifests.ts';
import type { Behaviour } from '../scale/queries.ts';

/** How an experiment has to end. */
export type End = {
  decision: 'Promote' | 'Rollback' | 'Keep';
  reason: string;
  run: number;
  /** The iterations that are counted at the end; absent where it ends before the last one. */
  iterations?: number;
  /** It is removed instead of completed. */
  isGone?: boolean;
};

/** Something done to an experiment once, when its time has come. */
export type Act = {
  name: string;
  when: (experiment: Experiment, actedAgoSeconds: (act: string) => number) => boolean;
  do: 'delete' | 'mend' | 'patch';
  /** A merge patch of the experiment. */
  patch?: object;
};

/** One kind of experiment. */
export type Kind = {
  name: string;
  behaviour: Behaviour;
  spec: { strategy: object; criteria: object; iterations: number };
  acts: Act[];
  end: End;
};

const ITERATIONS = 5;
/** A late candidate must have time to be found out before the end. */
const LATE_ITERATIONS = 6;
const ACT_AFTER = 2;
const SUSPENDED_SECONDS = 25;

/** The annotation that asks for another run. */
export const RETRY = 'iter8.tools/retry';

const CANARY = { testingPattern: 'Canary' };
const FIXED = { ...CANARY, deploymentPattern: 'FixedSplit', weights: { split: [70, 30] } };
const BLUE_GREEN = { ...CANARY, deploymentPattern: 'BlueGreen' };
const CONFORMANCE = { testingPattern: 'Conformance' };

const OBJECTIVES = [
  { metric: 'mean-latency', upperLimit: 100 },
  { metric: 'error-rate', upperLimit: '0.02' },
];
const CRITERIA = { requestCount: 'request-count', objectives: OBJECTIVES };
const STRICT = {
  ...CRITERIA,
  objectives: OBJECTIVES.map((one) => ({ ...one, rollback_on_failure: true })),
};

const WON: End = { decision: 'Promote', reason: 'CandidateWon', run: 1, iterations: ITERATIONS };
const LOST: End = { decision: 'Rollback', reason: 'BaselineWon', run: 1, iterations: ITERATIONS };
const VIOLATED: End = { decision: 'Rollback', reason: 'ObjectiveViolated', run: 1 };
const KEPT: End = { decision: 'Keep', reason: 'ConformanceMet', run: 1, iterations: ITERATIONS };

type Usual = Pick<Kind, 'name' | 'end'> & {
  behaviour?: Behaviour;
  strategy?: object;
  criteria?: object;
  iterations?: number;
  acts?: Act[];
};

function kind({ name, end, ...more }: Usual): Kind {
  const { behaviour = 'good', strategy = CANARY, criteria = CRITERIA, acts = [] } = more;
  const { iterations = ITERATIONS } = more;
  return { name, behaviour, spec: { strategy, criteria, iterations }, acts, end };
}

const LATE = { behaviour: 'late', iterations: LATE_ITERATIONS } as const;

const ALWAYS: Kind[] = [
  kind({ name: 'promoted', end: WON }),
  kind({ name: 'rolled-back-at-the-end', behaviour: 'bad', end: LOST }),
  kind({ name: 'rolled-back-at-once', ...LATE, criteria: STRICT, end: VIOLATED }),
  kind({ name: 'fixed-split-promoted', strategy: FIXED, end: WON }),
  kind({ name: 'fixed-split-rolled-back', strategy: FIXED, behaviour: 'bad', end: LOST }),
  kind({ name: 'blue-green-promoted', strategy: BLUE_GREEN, end: WON }),
  kind({ name: 'blue-green-rolled-back', strategy: BLUE_GREEN, ...LATE, end: VIOLATED }),
  kind({ name: 'conformance-met', strategy: CONFORMANCE, end: KEPT }),
  kind({
    name: 'conformance-violated',
    strategy: CONFORMANCE,
    behaviour: 'lame',
    end: { ...KEPT, reason: 'ConformanceViolated' },
  }),
  kind({
    name: 'deleted',
    acts: [{ name: 'delete', when: isHalfway, do: 'delete' }],
    end: { decision: 'Rollback', reason: 'Deleted', run: 1, isGone: true },
  }),
];

const SUSPENDED = kind({
  name: 'suspended',
  acts: [
    { name: 'suspend', when: isHalfway, do: 'patch', patch: { spec: { suspend: true } } },
    {
      name: 'resume',
      when: (_experiment, ago) => ago('suspend') >= SUSPENDED_SECONDS,
      do: 'patch',
      patch: { spec: { suspend: false } },
    },
  ],
  end: WON,
});

const RETRIED = kind({
  name: 'retried',
  behaviour: 'bad',
  acts: [
    { name: 'mend', when: isCompleted, do: 'mend' },
    {
      name: 'retry',
      when: (_experiment, ago) => ago('mend') > 0,
      do: 'patch',
      patch: { metadata: { annotations: { [RETRY]: '2' } } },
    },
  ],
  end: { ...WON, run: 2 },
});

function verdict(name: string, decision: 'Promote' | 'Rollback'): Kind {
  const patch = { spec: { verdict: decision } };
  return kind({
    name,
    acts: [{ name: 'verdict', when: isHalfway, do: 'patch', patch }],
    end: { decision, reason: `Verdict${decision}`, run: 1 },
  });
}

/** The kinds that the Experiment's definition allows for. */
export function knownKinds(): Kind[] {
  const [definition] = readManifests(
    join(import.meta.dirname, '../../eventing/crd/experiment.yaml'),
  );
  const { versions } = definition!['spec'] as Definition;
  const [version] = versions;
  const { properties } = version!.schema.openAPIV3Schema.properties.spec;
  const isRetryKnown = version!.additionalPrinterColumns.some(({ name }) => name === 'retry');
  return [
    ...ALWAYS,
    ...('suspend' in properties ? [SUSPENDED] : []),
    ...('verdict' in properties
      ? [verdict('verdict-promoted', 'Promote'), verdict('verdict-rolled-back', 'Rollback')]
      : []),
    ...(isRetryKnown ? [RETRIED] : []),
  ];
}

type Definition = {
  versions: {
    additionalPrinterColumns: { name: string }[];
    schema: { openAPIV3Schema: { properties: { spec: { properties: object } } } };
  }[];
};

function isHalfway({ status }: Experiment): boolean {
  return status?.stage === 'Running' && (status.completedIterations ?? 0) >= ACT_AFTER;
}

function isCompleted({ status }: Experiment): boolean {
  return status?.stage === 'Completed';
}
