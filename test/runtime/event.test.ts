import { CloudEvent } from 'cloudevents';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  asEvent,
  EventRefused,
  isAbout,
  isDeadLetter,
  subjectOf,
  type Received,
} from '../../functions/lib/runtime/event.ts';
import { experimentObject } from '../kubernetes/experiment-object.ts';

const receiving = suite('what the runtime passes on');
const subjects = suite('the subject of an event');
const letters = suite('a dead letter');

const event = (attributes: Record<string, unknown> = {}): Received =>
  new CloudEvent({ type: 't', source: '/s', id: 'i', ...attributes });

receiving('is an event where it is a CloudEvent', () => {
  const given = event();
  assert.is(asEvent(given), given);
});

const NO_EVENTS: Record<string, unknown> = {
  nothing: undefined,
  null: null,
  'a text': '{"specversion":"1.0"}',
  'a number': 7,
  'an empty object': {},
  'an object that has the fields': { specversion: '1.0', id: 'i', type: 't', source: 's' },
  'an object that says it is one': { constructor: { name: 'CloudEvent' }, id: 'i', type: 't' },
  'an object without a constructor': { constructor: null },
  'an object without a prototype': Object.create(null) as unknown,
  'a list of events': [event()],
  bytes: Buffer.from('x'),
};

for (const [what, given] of Object.entries(NO_EVENTS)) {
  receiving(`is no event where it is ${what}, and never works`, () => {
    assert.throws(
      () => asEvent(given),
      (error: Error) => error instanceof EventRefused && error.code === 400,
    );
  });
}

const SUBJECTS: [subject: string, namespace: string, name: string][] = [
  ['/apis/iter8.tools/v2alpha2/namespaces/team/experiments/exp', 'team', 'exp'],
  ['namespaces/team/experiments/exp', 'team', 'exp'],
  ['namespaces/t-1/experiments/a.b-c.9', 't-1', 'a.b-c.9'],
  [`namespaces/n/experiments/${'x'.repeat(253)}`, 'n', 'x'.repeat(253)],
];

for (const [subject, namespace, name] of SUBJECTS) {
  subjects(`${subject.slice(0, 60)} names an experiment`, () => {
    assert.equal(subjectOf(event({ subject })), { namespace, name, uid: undefined });
  });
}

const NO_SUBJECTS = [
  undefined,
  's',
  'namespaces/team/experiments/',
  'namespaces/team/experiments/exp/status',
  'namespaces/team/metrics/m',
  'mynamespaces/team/experiments/exp',
  'namespaces/../experiments/exp',
  'namespaces/a/b/experiments/exp',
  'namespaces/team/experiments/Exp',
  'namespaces/team/experiments/exp\n',
  `namespaces/n/experiments/${'x'.repeat(254)}`,
];

for (const subject of NO_SUBJECTS) {
  subjects(
    `${subject === undefined ? 'none' : JSON.stringify(subject).slice(0, 60)} leads nowhere, and never works`,
    () => {
      assert.throws(
        () => subjectOf(event({ subject })),
        (error: Error) => error instanceof EventRefused && error.code === 422,
      );
    },
  );
}

subjects('may know the experiment’s uid, and then means no other of the same name', () => {
  const subject = 'namespaces/team/experiments/exp';
  const ours = subjectOf(event({ subject, experimentuid: 'b6bd5d4d-0001' }));
  assert.is(isAbout(experimentObject(), ours), true);
  const older = subjectOf(event({ subject, experimentuid: 'another' }));
  assert.is(isAbout(experimentObject(), older), false);
  assert.is(isAbout(experimentObject(), subjectOf(event({ subject }))), true);
});

letters('is what a Broker gave up', () => {
  assert.is(isDeadLetter(event(), 'start'), false);
  assert.is(isDeadLetter(event({ knativeerrordest: 'http://x/' }), 'start'), true);
  assert.is(isDeadLetter(event({ knativeerrorcode: '503' }), 'start'), true);
});

letters('is known by the hop counter alone only where the event is for another function', () => {
  const counted = (type: string): Received => event({ type, knativebrokerttl: '255' });
  assert.is(isDeadLetter(counted('tools.iter8.experiment.start'), 'iterate'), true);
  assert.is(isDeadLetter(counted('dev.knative.sources.ping'), 'finish'), true);
  assert.is(isDeadLetter(counted('dev.knative.sources.ping'), 'iterate'), false);
  for (const name of ['start', 'finish']) {
    assert.is(isDeadLetter(counted('dev.knative.apiserver.resource.add'), name), false);
    assert.is(isDeadLetter(counted(`tools.iter8.experiment.${name}`), name), false);
  }
});

receiving.run();
subjects.run();
letters.run();
