import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readText, startServer, type Stoppable } from '../../sandbox/http.ts';
import { startLoad } from '../../sandbox/load.ts';
import { seededRandom } from '../../sandbox/random.ts';
import { pickDestination, startSplitter, type Destination } from '../../sandbox/splitter.ts';
import { until } from './until.ts';

const picking = suite('picking a destination');

picking('follows the weights', () => {
  const destinations = [5, 0, 35, 60].map((weight, index) => ({ url: String(index), weight }));
  const random = seededRandom(1);
  const picks = destinations.map(() => 0);
  for (let draw = 0; draw < 20_000; draw += 1) {
    picks[Number(pickDestination(destinations, random)!.url)]! += 1;
  }
  assert.is(picks[1], 0);
  for (const [index, { weight }] of destinations.entries()) {
    const share = (100 * picks[index]!) / 20_000;
    assert.ok(Math.abs(share - weight) < 1.5, `${share} is not about ${weight}`);
  }
});

picking('takes the extremes of a draw', () => {
  const destinations = [0, 1, 0].map((weight, index) => ({ url: String(index), weight }));
  assert.is(pickDestination(destinations, () => 0)?.url, '1');
  assert.is(pickDestination(destinations, () => 1 - Number.EPSILON / 2)?.url, '1');
});

picking('finds none where nothing has a weight', () => {
  assert.is(pickDestination([], Math.random), undefined);
  assert.is(pickDestination([{ url: 'a', weight: 0 }], Math.random), undefined);
});

const splitter = suite('a splitter');
const running: Stoppable[] = [];

async function keep<T extends Stoppable>(part: Promise<T>): Promise<T> {
  running.push(await part);
  return part;
}

splitter.after.each(async () => {
  for (const part of running.splice(0).reverse()) await part.stop();
});

splitter('passes method, path, body, status and headers on', async () => {
  const target = await keep(
    startServer((request, response) => {
      void readText(request).then((body) => {
        const text = `${request.method ?? ''} ${request.url ?? ''} ${body}`;
        response.writeHead(418, { 'x-answer': 'yes' }).end(text);
      });
    }),
  );
  const { url } = await keep(
    startSplitter(
      () => [{ url: target.url, weight: 1 }],
      () => 0,
    ),
  );
  const answer = await fetch(`${url}/v1/models/iris:predict?a=b`, { method: 'POST', body: 'body' });
  assert.is(answer.status, 418);
  assert.is(answer.headers.get('x-answer'), 'yes');
  assert.is(await answer.text(), 'POST /v1/models/iris:predict?a=b body');
});

splitter('obeys the weights of the moment', async () => {
  const name = async (text: string): Promise<string> =>
    (await keep(startServer((_request, response) => response.end(text)))).url;
  const [a, b] = [await name('a'), await name('b')];
  let destinations: Destination[] = [];
  const { url } = await keep(startSplitter(() => destinations, seededRandom(1)));
  const ask = async (): Promise<string> => (await fetch(url)).text();
  assert.is((await fetch(url)).status, 503);
  destinations = [
    { url: a, weight: 100 },
    { url: b, weight: 0 },
  ];
  assert.is(await ask(), 'a');
  destinations = [
    { url: a, weight: 0 },
    { url: b, weight: 100 },
  ];
  assert.is(await ask(), 'b');
});

splitter('answers 502 where the destination is gone', async () => {
  const gone = await startServer(() => undefined);
  await gone.stop();
  const { url } = await keep(
    startSplitter(
      () => [{ url: gone.url, weight: 1 }],
      () => 0,
    ),
  );
  assert.is((await fetch(url, { method: 'POST', body: 'body' })).status, 502);
});

const load = suite('a load');

load('sends at its rate and counts the answers by status', async () => {
  let requests = 0;
  const target = await startServer((request, response) => {
    request.resume();
    requests += 1;
    response.writeHead(requests % 4 === 0 ? 500 : 200).end();
  });
  const begin = performance.now();
  const sending = startLoad({ url: target.url, requestsPerSecond: 200 });
  await until(() => (sending.answers()['200'] ?? 0) >= 75);
  const answers = await sending.stop();
  const seconds = (performance.now() - begin) / 1000;
  await target.stop();
  assert.is(answers['200']! + answers['500']!, requests);
  assert.is(answers['500'], Math.floor(requests / 4));
  assert.ok(Math.abs(requests - seconds * 200) < 20, `${requests} in ${seconds} s`);
});

load('goes on where nobody answers', async () => {
  const gone = await startServer(() => undefined);
  await gone.stop();
  const sending = startLoad({ url: gone.url, requestsPerSecond: 100 });
  await until(() => (sending.answers()['error'] ?? 0) >= 3);
  assert.equal(Object.keys(await sending.stop()), ['error']);
});

picking.run();
splitter.run();
load.run();
