// The shape of what the functions read of a status: a part of the schema, for statuses that are
// older than it.
import { STAGES } from './stages.ts';
import type { Problem } from './validation.ts';

/** What a value is not that it should be, and where inside of it; undefined where it is right. */
type Fault = { at: string; expected: string } | undefined;

type Shape = (value: unknown, now: Date) => Fault;

/** A clock that is wrong by less only delays what it times. */
const CLOCKS_APART_SECONDS = 24 * 3600;
/** One more still fits into the schema's 32 bits. */
const MOST = 2 ** 31 - 2;
/** More knowledge than that the schema does not take. */
const MOST_KNOWLEDGE = 65_536;

function must(expected: string, isMet: (value: unknown, now: Date) => boolean): Shape {
  return (value, now) => (isMet(value, now) ? undefined : { at: '', expected });
}

const text = must('a text', (value) => typeof value === 'string');
const name = must('a name', (value) => typeof value === 'string' && /^[^]{1,253}$/.test(value));
const count = must('a whole number, not negative', (value) => isWithin(value, 0, MOST));
const percent = must('a percentage', (value) => isWithin(value, 0, 100));
const quantity = must(
  'a number in quotes',
  (value) => typeof value === 'string' && value !== '' && Number.isFinite(Number(value)),
);
const time = must('a time', (value) => !Number.isNaN(timeOf(value)));
const past = must(
  'a time that is not in the future',
  (value, now) => timeOf(value) <= now.getTime() + CLOCKS_APART_SECONDS * 1000,
);

function isWithin(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

function timeOf(value: unknown): number {
  const isTime =
    typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-][\d:]+)$/i.test(value);
  return isTime ? new Date(value).getTime() : NaN;
}

function oneOf(...known: readonly string[]): Shape {
  return must(`one of ${known.join(', ')}`, (value) => known.includes(value as string));
}

function listOf(item: Shape): Shape {
  return (value, now) => {
    if (!Array.isArray(value)) return { at: '', expected: 'a list' };
    const faults = value.map((one) => item(one, now));
    const index = faults.findIndex((fault) => fault !== undefined);
    return index < 0 ? undefined : within(`[${index}]`, faults[index]!);
  };
}

/** An object that has some fields, and may have others. */
function having(needed: Record<string, Shape>, others: Record<string, Shape> = {}): Shape {
  return (value, now) => {
    if (typeof value !== 'object' || value === null) return { at: '', expected: 'an object' };
    const given = value as Record<string, unknown>;
    for (const [field, shape] of Object.entries({ ...others, ...needed })) {
      const isAbsent = !Object.hasOwn(given, field) && !Object.hasOwn(needed, field);
      const fault = isAbsent ? undefined : shape(given[field], now);
      if (fault) return within(`.${field}`, fault);
    }
    return undefined;
  };
}

function within(at: string, fault: NonNullable<Fault>): Fault {
  return { ...fault, at: at + fault.at };
}

const named = having({ name: text, value: text });
const version = having(
  { name },
  {
    variables: listOf(named),
    weightObjRef: having(
      { apiVersion: text, kind: text, name: text },
      { namespace: text, fieldPath: text },
    ),
  },
);
const metricSpec = having(
  {},
  {
    urlTemplate: text,
    params: listOf(named),
    headerTemplates: listOf(named),
    secret: text,
    authType: text,
  },
);
const original = having(
  { apiVersion: text, kind: text, namespace: text, name: text, fieldPath: text },
  { value: must('a whole number', (value) => isWithin(value, -MOST, MOST)) },
);
const knowledge = must(
  `a text of at most ${MOST_KNOWLEDGE} characters`,
  (value) => typeof value === 'string' && value.length <= MOST_KNOWLEDGE,
);
const estimate = having({ metric: text, values: listOf(text) });

/** What the fields of a status are like, where they are there. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  stage: oneOf(...STAGES),
  run: must('a whole number from 1 on', (value) => isWithin(value, 1, MOST)),
  message: text,
  stageStartTime: past,
  initTime: past,
  startTime: past,
  lastUpdateTime: past,
  evaluationTime: past,
  countedUntil: past,
  analysis: having({}, { state: knowledge }),
  pausedSince: past,
  pausedSeconds: must('a whole number, not negative', (value) => isWithin(value, 0, 2 ** 53)),
  deadline: time,
  nextOpening: time,
  approvalDeadline: time,
  nextIterationTime: time,
  completedIterations: count,
  consecutiveErrors: count,
  versionRecommendedForPromotion: text,
  terms: listOf(text),
  conditions: listOf(
    having(
      { type: name, status: oneOf('True', 'False', 'Unknown') },
      { reason: text, message: text, lastTransitionTime: time },
    ),
  ),
  versionInfo: having({ baseline: version }, { candidates: listOf(version) }),
  target: having(
    {},
    {
      type: oneOf('InferenceService', 'WeightObjects', 'None'),
      lock: text,
      baselineRevision: name,
      candidateRevision: name,
      originals: listOf(original),
      notReadySince: past,
      noDataSince: past,
    },
  ),
  currentWeightDistribution: listOf(having({ name, value: percent })),
  outcome: having(
    { decision: oneOf('Promote', 'Rollback', 'Keep'), reason: text, message: text },
    { version: text },
  ),
  metrics: listOf(
    having({
      name: must('a name such as team/latency', (value) => /^[^/]+\/[^/]+$/.test(String(value))),
      metricObj: having({ spec: metricSpec }),
    }),
  ),
  exposure: listOf(
    having(
      { version: text },
      {
        requests: quantity,
        atLeast: quantity,
        atMost: quantity,
        lowestWeight: percent,
        highestWeight: percent,
      },
    ),
  ),
  history: listOf(
    having({ iteration: count, time, weights: listOf(percent) }, { estimates: listOf(estimate) }),
  ),
};

/** The first field of a status that is not what it should be. */
export function firstProblem(status: object, now: Date): Problem | undefined {
  const fault = having({}, SHAPES)(status, now);
  return fault && { field: `status${fault.at}`, message: `expected ${fault.expected}` };
}
