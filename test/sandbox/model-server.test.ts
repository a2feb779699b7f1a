import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseBehaviour } from '../../sandbox/behaviour.ts';
import { startModelServer, type ModelServer } from '../../sandbox/model-server.ts';
import { seededRandom } from '../../sandbox/random.ts';
import { createRequestMetrics } from '../../sandbox/request-metrics.ts';

const labels = { namespace: 'test', service: 'iris-predictor', revision: 'iris-predictor-00001' };
const OLD =
  'namespace_name="test",service_name="iris-predictor",configuration_name="iris-predictor",revision_name="iris-predictor-00001"';
const NEW =
  'k8s_namespace_name="test",kn_service_name="iris-predictor",kn_configuration_name="iris-predictor",kn_revision_name="iris-predictor-00001"';

/** Values by series of a Prometheus text. */
function readSeries(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, series = '', value] = /^(.+) (\S+)$/.exec(line) ?? [];
      return [series, Number(value)];
    }),
  );
}

const metrics = suite('request metrics');

metrics('have the names, labels and units of both of Knatives eras', async () => {
  const recorded = createRequestMetrics();
  recorded.observe(labels, 200, 30);
  recorded.observe(labels, 200, 300);
  recorded.observe(labels, 500, 7);
  const series = readSeries(await recorded.text());
  const good = `${OLD},response_code="200",response_code_class="2xx"`;
  const bad = `${OLD},response_code="500",response_code_class="5xx"`;
  assert.is(series[`revision_app_request_count{${good}}`], 2);
  assert.is(series[`revision_app_request_count{${bad}}`], 1);
  assert.is(series[`revision_app_request_latencies_count{${good}}`], 2);
  assert.is(series[`revision_app_request_latencies_sum{${good}}`], 330);
  assert.is(series[`revision_app_request_latencies_bucket{le="20",${good}}`], 0);
  assert.is(series[`revision_app_request_latencies_bucket{le="40",${good}}`], 1);
  assert.is(series[`revision_app_request_latencies_bucket{le="300",${good}}`], 2);
  assert.is(series[`revision_app_request_latencies_bucket{le="+Inf",${good}}`], 2);
  const duration = 'kn_serving_invocation_duration_seconds';
  const now = `${NEW},http_response_status_code="200"`;
  assert.is(series[`${duration}_count{${now}}`], 2);
  assert.ok(Math.abs(series[`${duration}_sum{${now}}`]! - 0.33) < 1e-9);
  assert.is(series[`${duration}_bucket{le="0.05",${now}}`], 1);
  assert.is(series[`${duration}_bucket{le="0.5",${now}}`], 2);
  assert.is(series[`${duration}_bucket{le="10",${now}}`], 2);
});

metrics('have no series for a status that never happened', async () => {
  const recorded = createRequestMetrics();
  assert.equal(readSeries(await recorded.text()), {});
  recorded.observe(labels, 200, 1);
  assert.not.match(await recorded.text(), /code(_class)?="5/);
});

metrics('forget a revision and keep the others', async () => {
  const recorded = createRequestMetrics();
  const other = { ...labels, revision: 'iris-predictor-00002' };
  for (const status of [200, 500]) {
    recorded.observe(labels, status, 1);
    recorded.observe(other, status, 1);
  }
  recorded.forget(labels);
  const text = await recorded.text();
  assert.not.match(text, labels.revision);
  assert.match(text, other.revision);
});

const server = suite('a model server');
const running: ModelServer[] = [];

async function start(uri: string): Promise<ModelServer> {
  const started = await startModelServer({
    labels,
    behaviour: parseBehaviour(uri),
    random: seededRandom(1),
    metrics: createRequestMetrics(),
  });
  running.push(started);
  return started;
}

async function predict({ url }: ModelServer, requests = 1): Promise<number[]> {
  const path = `${url}/v1/models/iris:predict`;
  const answers = Array.from({ length: requests }, async () => {
    const answer = await fetch(path, { method: 'POST', body: '{"instances":[[1]]}' });
    assert.type(await answer.json(), 'object');
    return answer.status;
  });
  return Promise.all(answers);
}

server.after.each(async () => {
  for (const one of running.splice(0)) await one.stop();
});

server('counts every answer in its counts and in its metrics alike', async () => {
  const model = await start('sandbox://faulty?errors=0.4&ms=2');
  const statuses = await predict(model, 200);
  const errors = statuses.filter((status) => status === 500).length;
  const { latencySumMs, ...counts } = model.counts();
  assert.equal(counts, { requests: 200, errors });
  assert.ok(errors > 50 && errors < 110, String(errors));
  const text = await (await fetch(`${model.url}/metrics`)).text();
  const series = Object.entries(readSeries(text));
  const sum = (name: string): number =>
    series.filter(([key]) => key.startsWith(name)).reduce((total, [, value]) => total + value, 0);
  assert.is(sum('revision_app_request_count'), 200);
  assert.is(sum('kn_serving_invocation_duration_seconds_count'), 200);
  assert.ok(Math.abs(sum('revision_app_request_latencies_sum') - latencySumMs) < 1e-6);
});

server('answers as late as it says', async () => {
  const model = await start('sandbox://slow?ms=60');
  await predict(model, 40);
  const meanMs = model.counts().latencySumMs / 40;
  assert.ok(meanMs > 50 && meanMs < 120, String(meanMs));
});

server('goes bad after some requests', async () => {
  const model = await start('sandbox://late?requests=5&errors=1');
  const statuses: number[] = [];
  for (let request = 0; request < 8; request += 1) statuses.push(...(await predict(model)));
  assert.equal(statuses, [200, 200, 200, 200, 200, 500, 500, 500]);
});

server('answers 503 and counts nothing while it is not ready', async () => {
  const model = await start('sandbox://unready');
  assert.equal(await predict(model), [503]);
  assert.is(model.counts().requests, 0);
  model.setReady(true);
  assert.equal(await predict(model), [200]);
});

server('knows one path only', async () => {
  const model = await start('sandbox://good');
  assert.is((await fetch(`${model.url}/v1/models/iris`)).status, 404);
});

metrics.run();
server.run();
