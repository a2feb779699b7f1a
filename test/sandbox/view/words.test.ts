import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { sayingOf, type Saying } from '../../../sandbox/view/words.ts';
import { having } from '../../fixtures.ts';
import { EXPERIMENTS } from './snapshots.ts';

type Expected = [tone: Saying['tone'], text: RegExp, title?: string];

const SAYINGS: Record<string, Expected> = {
  new: ['neutral', /being accepted/],
  waiting: ['warning', /held by experiment team\/other/],
  initializing: ['neutral', /looked up/],
  'initializing without a candidate': ['warning', /has one revision; change spec.predictor/],
  recorded: ['neutral', /first weights/],
  begun: ['neutral', /^Every 20 s/],
  'in the middle': ['good', /^canary meets all objectives/],
  'without data': ['warning', /^The metrics cannot be read: .*no answer in time/],
  violated: ['bad', /^canary violates error-rate\./],
  'violated by both': ['warning', /^Both versions violate mean-latency, .*nothing against canary/],
  conformance: ['good', /^default meets all objectives/],
  promoting: ['good', /^canary gets all traffic now\. canary satisfies all objectives$/],
  'rolling back': ['bad', /^default gets all traffic back\. canary: error-rate is 0\.3121/],
  promoted: ['good', /^canary has all traffic now\. /, 'PROMOTED'],
  'rolled back': ['bad', /^default has .*violated \(ObjectiveViolated\)$/, 'ROLLED BACK'],
  'failed without a candidate': ['bad', /one revision.*\(NoCandidate\)$/, 'FAILED'],
  'failed at the end': ['bad', /not seen in force.*by hand \(TargetForbidden\)$/, 'FAILED'],
  invalid: ['bad', /^spec.criteria.rewards: .*\(InvalidExperiment\)$/, 'FAILED'],
};

const words = suite('what is said of an experiment');

for (const [name, [tone, text, title]] of Object.entries(SAYINGS)) {
  words(`that is ${name}`, () => {
    const saying = sayingOf(EXPERIMENTS[name]!);
    assert.match(saying.text, text);
    assert.is(saying.tone, tone);
    assert.is(saying.title, title);
  });
}

words('is why an outcome is not yet in force', () => {
  const message = 'all traffic is to go to canary, but it is still divided';
  const hindered = (reason: string): string => {
    const conditions = [{ type: 'Ready', status: 'False' as const, reason, message }];
    return sayingOf(having(EXPERIMENTS.promoting!, { conditions })).text;
  };
  assert.match(hindered('OutcomeNotInForce'), /Not yet: all traffic is to go to canary/);
  assert.not.match(hindered('NoData'), /Not yet/);
});

words('is how it ended where no traffic was moved', () => {
  const kept = (reason: string): Saying => {
    const outcome = { decision: 'Keep' as const, reason, message: 'because' };
    return sayingOf(having(EXPERIMENTS.conformance!, { stage: 'Completed', outcome }));
  };
  assert.is(kept('ConformanceMet').title, 'CONFORMS');
  assert.is(kept('ConformanceViolated').tone, 'bad');
  assert.equal(kept('CandidateWon'), {
    tone: 'neutral',
    title: 'ENDED',
    text: 'The traffic stays as it is. because',
  });
});

words.run();
