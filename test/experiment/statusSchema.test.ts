// What the API server does not know it drops in silence; then a status is never equal to the one
// that is stored, and is written again with every tick.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv-draft-04';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { abandon, conclude } from '../../functions/lib/experiment/finish.ts';
import { begin, record } from '../../functions/lib/experiment/initialize.ts';
import { accept, acquire, RETRY_ANNOTATION } from '../../functions/lib/experiment/accept.ts';
import type { TargetObservation } from '../../functions/lib/experiment/observations.ts';
import type { ExperimentStatus } from '../../functions/lib/types/experiment.gen.ts';
import {
  at,
  CONFORMANCE,
  experimentOf,
  following,
  identified,
  initializing,
  iterate,
  latency,
  measured,
  metricsOf,
  observed,
  recorded,
  running,
  settings,
  shares,
  stored,
  strategyOf,
  waiting,
  type Look,
} from '../fixtures.ts';
import {
  approvalOf,
  edited,
  freezeRules,
  frozenUntil,
  lookedAt,
  seenAt,
  startedAt,
} from './people.ts';
import { afterRequests, counting } from './traffic.ts';

type Schema = {
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
};

/** The schema with every field refused that it does not name, as the API server drops it. */
function closed(schema: Schema): Schema {
  const { properties, items, additionalProperties } = schema;
  const isOpen = additionalProperties ?? schema['x-kubernetes-preserve-unknown-fields'];
  return {
    ...schema,
    ...(items && { items: closed(items) }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: closed(additionalProperties),
    }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, closed(property)]),
      ),
      ...(isOpen === undefined && { additionalProperties: false }),
    }),
  };
}

const crd = parse(
  readFileSync(join(import.meta.dirname, '../../eventing/crd/experiment.yaml'), 'utf8'),
) as { spec: { versions: [{ schema: { openAPIV3Schema: Schema } }] } };
const { openAPIV3Schema } = crd.spec.versions[0].schema;
const isValid = new Ajv.default({ strict: false, validateFormats: false }).compile(
  closed(openAPIV3Schema.properties!.status!),
);

const ERROR: TargetObservation = { kind: 'Error', reason: 'TargetForbidden', message: 'may not' };
const MISSING: TargetObservation = { kind: 'Missing', reason: 'TargetMissing', message: 'gone' };
const NEVER = { kind: 'Unsupported', reason: 'Wrong', message: 'Standard mode' } as const;
const NOT_YET = { kind: 'NotYet', reason: 'NoCandidate', message: 'one revision' } as const;
const CRASHED = observed(shares(99, 1), { notReady: 'it crashed' });
const LAST = { duration: { intervalSeconds: 20, iterationsPerLoop: 1, maxLoops: 1 } };

function recording(found: typeof NEVER | typeof NOT_YET, seconds = 9): ExperimentStatus {
  const experiment = initializing();
  const metrics = { kind: 'Found', metrics: metricsOf(experiment) } as const;
  const probe = identified(experiment);
  record(experiment, { probe, metrics: found }, settings, at(seconds));
  return record(experiment, { probe: found, metrics }, settings, at(seconds)).status;
}

function beginning(seen: TargetObservation, seconds = 9): ExperimentStatus {
  return begin(recorded(), seen, settings, at(seconds)).status;
}

function iterating(look: Look): ExperimentStatus {
  return iterate(running(), look).status;
}

function concluding(seen: TargetObservation | undefined, seconds: number): ExperimentStatus {
  const experiment = running({ spec: LAST });
  const finishing = following(experiment, iterate(experiment));
  const conclusion = conclude(finishing, seen, settings, at(seconds));
  if (conclusion.kind === 'Write') throw new Error('there is no status before the write');
  return conclusion.plan.status;
}

const refused = { strategy: strategyOf({ testingPattern: 'A/B' }) };
const holder = {
  namespace: 'team',
  name: 'other',
  uid: 'uid-0',
  creationTimestamp: at(0).toISOString(),
  lockKeys: [],
  isHolder: true,
};

const CALLED_OFF = { verdict: 'Rollback' } as const;

const STATUSES: Record<string, ExperimentStatus> = {
  accepted: waiting().status!,
  refused: accept(experimentOf({ spec: refused }), { settings, now: at(3) }).status,
  queued: acquire(waiting(), { kind: 'Held', holder }, settings, at(9)).status,
  'given up waiting': acquire(waiting(), { kind: 'Held', holder }, settings, at(1e6)).status,
  initializing: initializing().status!,
  'waiting for its target': recording(NOT_YET),
  'given up waiting for its target': recording(NOT_YET, 1e6),
  'refused for its target': recording(NEVER),
  recorded: recorded().status!,
  'waiting for a right': beginning(ERROR),
  'waiting for its candidate': beginning(CRASHED),
  'given up waiting for its candidate': beginning(CRASHED, 1e6),
  'without a target at the start': beginning(MISSING),
  running: running().status!,
  iterated: iterating({}),
  'iterated without data': iterating({ measurements: latency('none', 'nan') }),
  'iterated without a backend': iterating({ measurements: latency('error', 'error') }),
  'iterated with both violating': iterating({ measurements: latency(150, 160) }),
  'iterated blindly': iterating({ target: ERROR }),
  'iterated with a candidate that is not ready': iterating({ target: CRASHED }),
  'left without a target': iterating({ target: MISSING }),
  'iterated as Conformance': iterate(running({ spec: CONFORMANCE }), {
    measurements: measured({ latency: { default: 50 } }),
  }).status,
  deleted: abandon(running().status!, at(9)).status,
  'to be promoted': iterate(running({ spec: LAST })).status,
  'waiting for its promotion': concluding(observed(shares(0, 100)), 99),
  'waiting for a right at the end': concluding(ERROR, 99),
  promoted: concluding(observed(shares(0, 100), { servedBy: 'canary' }), 99),
  'not promoted in time': concluding(ERROR, 1e6),
  'without a target at the end': concluding(MISSING, 99),
};

const schema = suite('every status that the core writes');

for (const [name, status] of Object.entries(STATUSES)) {
  schema(`is taken whole by the API server: ${name}`, () => {
    assert.ok(isValid(stored(status)), JSON.stringify(isValid.errors));
  });
}

const SHORT = { duration: LAST.duration };
const GATED = strategyOf({ approval: approvalOf(), freeze: freezeRules('Promotion') });
const WHOLE = strategyOf({ freeze: freezeRules('Experiment') });
const FROZEN = { freeze: frozenUntil(1000) };
const suspended = lookedAt(edited(running(), { suspend: true }), [10]);
const retrying = { annotations: { [RETRY_ANNOTATION]: '2' } };

/** What people do to it, and what it then waits for. */
const BY_PEOPLE: Record<string, ExperimentStatus> = {
  suspended: suspended.status!,
  'suspended with a candidate that is not ready': seenAt(suspended, 20, { target: CRASHED }).status,
  resumed: seenAt(edited(suspended, { suspend: false }), 500).status,
  'suspended before it started': startedAt(waiting({ spec: { suspend: true } }), 9)!.status,
  'frozen before it started': startedAt(waiting({ spec: { strategy: WHOLE } }), 9, FROZEN)!.status,
  'called off before it moved anything': startedAt(waiting({ spec: CALLED_OFF }), 9)!.status,
  'called off': startedAt(recorded({ spec: CALLED_OFF }), 9)!.status,
  'waiting for approval': seenAt(running({ spec: { ...SHORT, strategy: GATED } }), 25).status,
  'waiting for the end of a freeze window': seenAt(
    running({ spec: { ...SHORT, strategy: GATED, verdict: 'Promote' } }),
    25,
    FROZEN,
  ).status,
  frozen: seenAt(running({ spec: { strategy: WHOLE } }), 25, FROZEN).status,
  'promoted by a person': seenAt(edited(running(), { verdict: 'Promote' }), 10).status,
  'edited amiss': seenAt(edited(running(), { target: 'other' }), 25).status,
  'another run': accept(experimentOf({ metadata: retrying, status: running().status! }), {
    settings,
    now: at(9),
  }).status,
  'counting requests': afterRequests(counting(), [500, 20], [1000, 'none']).status!,
  'of a traffic that is divided wrongly': afterRequests(
    counting(),
    [9, 999],
    [99, 9999],
    [100, 1e5],
  ).status!,
};

for (const [name, status] of Object.entries(BY_PEOPLE)) {
  schema(`is taken whole by the API server: ${name}`, () => {
    assert.ok(isValid(stored(status)), JSON.stringify(isValid.errors));
  });
}

schema('would be refused with a field or a value that the schema does not know', () => {
  const good = STATUSES.running!;
  const condition = good.conditions![0]!;
  for (const wrong of [
    { ...good, more: 1 },
    { ...good, stage: 'Paused' },
    { ...good, conditions: [{ ...condition, kind: 'Error' }] },
    { ...good, conditions: [{ ...condition, status: 'Maybe' }] },
  ]) {
    assert.not(isValid(wrong));
  }
});

schema.run();
