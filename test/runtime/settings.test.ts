import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readEnvironment } from '../../functions/lib/runtime/settings.ts';

const reading = suite('the environment of a function');
const mistakes = suite('a mistake in the environment');

reading('has a value for everything that is not set', () => {
  const { settings, hosts, sink } = readEnvironment({});
  assert.equal(settings, {
    namespace: 'iter8-system',
    tickSeconds: 10,
    handlerDeadlineSeconds: 15,
    clockToleranceSeconds: 5,
    scrapeIntervalSeconds: 15,
    waitingDeadlineSeconds: 7 * 24 * 3600,
    initializingDeadlineSeconds: 900,
    finishingDeadlineSeconds: 900,
  });
  assert.equal(hosts, { allowedHosts: [], allowsLoopback: false });
  assert.is(sink, undefined);
});

const SECONDS = {
  TICK_SECONDS: 'tickSeconds',
  HANDLER_DEADLINE_SECONDS: 'handlerDeadlineSeconds',
  CLOCK_TOLERANCE_SECONDS: 'clockToleranceSeconds',
  SCRAPE_INTERVAL_SECONDS: 'scrapeIntervalSeconds',
  WAITING_DEADLINE_SECONDS: 'waitingDeadlineSeconds',
  INITIALIZING_DEADLINE_SECONDS: 'initializingDeadlineSeconds',
  FINISHING_DEADLINE_SECONDS: 'finishingDeadlineSeconds',
} as const;

for (const [variable, setting] of Object.entries(SECONDS)) {
  reading(`${variable} is ${setting}, and changes nothing else`, () => {
    const { settings } = readEnvironment({ [variable]: '0.5' });
    assert.equal(settings, { ...readEnvironment({}).settings, [setting]: 0.5 });
  });

  for (const text of ['0', '-1', 'ten', '10s', 'Infinity', 'NaN', ' ']) {
    mistakes(`${variable}="${text}" is told with the variable’s name`, () => {
      assert.throws(
        () => readEnvironment({ [variable]: text }),
        ({ message }: Error) => message.startsWith(`${variable}: found "${text}"; expected`),
      );
    });
  }
}

reading('ITER8_NAMESPACE is the product’s namespace', () => {
  assert.is(readEnvironment({ ITER8_NAMESPACE: 'mine' }).settings.namespace, 'mine');
});

reading('METRICS_ALLOWED_HOSTS is a list with commas', () => {
  const { hosts } = readEnvironment({ METRICS_ALLOWED_HOSTS: ' a.b , c,, ' });
  assert.equal(hosts.allowedHosts, ['a.b', 'c']);
});

reading('ALLOW_LOOPBACK is on where it says exactly so', () => {
  assert.is(readEnvironment({ ALLOW_LOOPBACK: 'true' }).hosts.allowsLoopback, true);
  for (const text of ['True', '1', 'yes', '']) {
    assert.is(readEnvironment({ ALLOW_LOOPBACK: text }).hosts.allowsLoopback, false);
  }
});

reading('K_SINK is the Broker', () => {
  const sink = 'http://broker-ingress.knative-eventing/iter8-system/default';
  assert.is(readEnvironment({ K_SINK: sink }).sink, sink);
});

mistakes('a K_SINK that is no address is told', () => {
  for (const text of ['broker', 'ftp://broker']) {
    assert.throws(() => readEnvironment({ K_SINK: text }), /^K_SINK: found/);
  }
});

reading('a variable that is empty counts as not set', () => {
  const names = [...Object.keys(SECONDS), 'ITER8_NAMESPACE', 'METRICS_ALLOWED_HOSTS', 'K_SINK'];
  const empty = Object.fromEntries(names.map((name) => [name, '']));
  assert.equal(readEnvironment(empty), readEnvironment({}));
});

reading.run();
mistakes.run();
