// Decisions by proof, with real requests and a real Prometheus, and how kubectl tells of them.
import * as assert from 'uvu/assert';
import {
  criticalEvents,
  exactP,
  logEvidence,
  requestsToProve,
} from '../../functions/lib/analysis/eProcess.ts';
import { kubectl } from '../../sandbox/kubectl.ts';
import { isInPath } from '../shared.ts';
import type { Cluster } from './cluster.ts';
import { completed, condition, startScenario, trafficAt, type Setup } from './scenario.ts';
import { storiesOn, type Story } from './stories.ts';

const ALPHA = 0.05;
const STRENGTH = { method: 'Proven' };
const TAIL = '95th-percentile-tail-latency';
const INTERVAL_SECONDS = 2;

/** What `kubectl describe` prints of an experiment, on one line. */
async function described({ api }: Cluster, namespace: string): Promise<string> {
  const command = ['describe', 'experiments.iter8.tools', 'experiment', '-n', namespace];
  const { code, stdout, stderr } = await kubectl(api.kubeconfig, command);
  assert.is(code, 0, stderr);
  return stdout.replace(/\s+/g, ' ');
}

/**
 * How many requests prove a limit broken but in one of 1000 cases: with fewer errors than they have
 * so seldom, the evidence (of which the detector of changes is half) is still enough.
 */
function requestsToProveBroken(rate: number, limit: number): number {
  const needed = Math.log(2 / ALPHA);
  const unlikely = 0.001;
  for (let requests = 50; ; requests += 10) {
    let errors = Math.floor(rate * requests);
    while (errors > 0 && exactP(errors - 1, requests, rate) > unlikely) errors -= 1;
    if (logEvidence(errors, requests, limit).above >= needed) return requests;
  }
}

/** A candidate that fails 1.5 times as many requests as it may. */
const FAULTY = {
  candidate: 'faulty?errors=0.3',
  requestsPerSecond: 50,
  objectives: [{ metric: 'error-rate', upperLimit: '0.2' }],
  duration: { intervalSeconds: INTERVAL_SECONDS, iterationsPerLoop: 100 },
  strength: STRENGTH,
} satisfies Setup;

async function faulty(cluster: Cluster): Promise<void> {
  const namespace = 'e2e-proof-faulty';
  const scenario = await startScenario(cluster, namespace, FAULTY);
  const end = await completed(scenario);
  const status = end.status!;
  const { reason } = status.outcome!;
  // Either is sure of it: that it breaks the limit, or that nobody will ever prove it does not.
  assert.ok(['ObjectiveViolated', 'Futile'].includes(reason), JSON.stringify(status));
  assert.is(condition(end, 'RolledBack'), 'True');
  assert.is(trafficAt(await scenario.service(), 'iris-predictor-00001'), 100);

  const own = status.evidence!.find(({ version }) => version === 'canary')!;
  const perLook = FAULTY.requestsPerSecond * INTERVAL_SECONDS;
  const bound = requestsToProveBroken(0.3, 0.2) + perLook;
  assert.ok(own.samples! <= bound, `${own.samples} were looked at, at most ${bound} are due`);
  // What comes between the last scrape and the route's change was not looked at.
  const { requests } = cluster.serving.counts(namespace, 'iris-predictor-00002');
  assert.ok(requests <= bound + 4 * perLook, `${requests} requests met the faulty candidate`);

  const text = await described(cluster, namespace);
  assert.match(
    text,
    /error-rate: \d+ of \d+ \([\d.]+ %\); at (least|most) [\d.]+ % with 95 % confidence; limit 20 %: (violated|undecided)/,
  );
  assert.match(text, new RegExp(`Reason: ${reason} Status: True Type: RolledBack`));
  assert.match(text, new RegExp(`Warning ${reason} .* canary: error-rate: `));
}

/** A candidate without errors, and more than enough requests to prove that. */
const GOOD = {
  requestsPerSecond: 50,
  objectives: [
    { metric: 'error-rate', upperLimit: '0.2' },
    { metric: TAIL, upperLimit: 250 },
  ],
  duration: { intervalSeconds: INTERVAL_SECONDS, iterationsPerLoop: 14 },
  strength: STRENGTH,
} satisfies Setup;

async function good(cluster: Cluster): Promise<void> {
  const scenario = await startScenario(cluster, 'e2e-proof-good', GOOD);
  const end = await completed(scenario);
  assert.is(condition(end, 'Promoted'), 'True', JSON.stringify(end.status));
  assert.is(end.status!.outcome!.reason, 'CandidateWon');
  const own = end.status!.evidence!.filter(({ version }) => version === 'canary');
  const [errors, tail] = own;
  assert.equal(
    own.map(({ metric, verdict, reason }) => [metric, verdict, reason]),
    [
      ['iter8-system/error-rate', 'Satisfied', 'Proven'],
      [`iter8-system/${TAIL}`, 'Satisfied', 'Proven'],
    ],
  );
  assert.is(errors!.estimate, '0');
  assert.ok(errors!.samples! >= requestsToProve(0, 0.2, ALPHA), `${errors!.samples}`);
  assert.ok(criticalEvents(tail!.samples!, 0.05, ALPHA) >= 0, `${tail!.samples}`);

  const text = await described(cluster, 'e2e-proof-good');
  assert.match(
    text,
    /error-rate: 0 of \d+ \(0 %\); at most [\d.]+ % with 95 % confidence; limit 20 %: met/,
  );
  assert.match(
    text,
    /95th-percentile-tail-latency: \d+ of \d+ above 250[^(]*\([\d.]+ %\); at most [\d.]+ % with 95 % confidence; limit 5 % of them: met/,
  );
  assert.match(text, /Reason: EnoughTraffic Status: True Type: Decidable/);
  assert.not.match(text, 'WeakEvidence');
}

/** A model that nobody uses. */
const UNUSED = {
  requestsPerSecond: 0,
  objectives: [{ metric: 'error-rate', upperLimit: '0.02' }],
  duration: { intervalSeconds: INTERVAL_SECONDS, iterationsPerLoop: 5 },
  strength: STRENGTH,
} satisfies Setup;

async function unused(cluster: Cluster): Promise<void> {
  const scenario = await startScenario(cluster, 'e2e-proof-unused', UNUSED);
  const end = await completed(scenario);
  assert.is(end.status!.outcome!.reason, 'Undecided', JSON.stringify(end.status));
  assert.is(condition(end, 'RolledBack'), 'True');
  assert.is(condition(end, 'Failed'), 'False');
  assert.is(end.status!.versionRecommendedForPromotion, 'default');
  const service = await scenario.service();
  assert.is(service.spec.predictor.canaryTrafficPercent, 0);
  assert.is(trafficAt(service, 'iris-predictor-00001'), 100);

  assert.is(requestsToProve(0.01, 0.02, ALPHA), 1271);
  const text = await described(cluster, 'e2e-proof-unused');
  assert.match(
    text,
    'nothing has been counted for canary yet: undecided, would have needed about 1,300 more requests',
  );
  assert.match(text, /Reason: Undecided Status: True Type: RolledBack/);
  assert.match(text, 'a candidate keeps its limits');
}

const stories: Record<string, Story> = {
  'a candidate 1.5 times over its limit is rolled back within as many requests as that takes':
    faulty,
  'a good candidate is promoted, for that is proved': good,
  'of a model without traffic nothing is decided, the baseline stays, and it says what was missing':
    unused,
};

if (isInPath('kubectl')) {
  const proof = await storiesOn('decisions by proof', stories);
  proof.run();
} else console.log('skipped: kubectl is not in the PATH');
