import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readText, type Stoppable } from '../../sandbox/http.ts';
import { connectKube, KubeError, type Kube, type KubeObject } from '../../sandbox/kube.ts';
import { TOKEN, writeKubeconfig } from '../stub-server.ts';
import { until } from './until.ts';

const PATH = '/apis/example.com/v1/things';
const stops: (() => unknown)[] = [];

/** A client of a server that answers as a test says. */
async function connect(listener: RequestListener): Promise<Kube> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = writeKubeconfig(`http://127.0.0.1:${port}`);
  stops.push(kubeconfig.remove, () => {
    server.close();
    server.closeAllConnections();
  });
  return connectKube(kubeconfig.path);
}

async function stopAll(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop();
}

function thing(name: string, resourceVersion: string): KubeObject {
  const metadata = { name, namespace: 'test', resourceVersion };
  return { apiVersion: 'example.com/v1', kind: 'Thing', metadata };
}

function line(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}

const verbs = suite('an API client');
verbs.after.each(stopAll);

verbs('sends verb, path, token and body', async () => {
  const asked: string[] = [];
  const kube = await connect((request, response) => {
    void readText(request).then((body) => {
      const { 'content-type': type = '', authorization = '' } = request.headers;
      assert.is(authorization, `Bearer ${TOKEN}`);
      asked.push([request.method, request.url, type, body].join(' '));
      response.end(JSON.stringify(thing('a', '1')));
    });
  });
  assert.is((await kube.get(`${PATH}/a`)).metadata.name, 'a');
  await kube.create(PATH, { a: 1 });
  await kube.patch(`${PATH}/a/status`, { status: {} });
  await kube.remove(`${PATH}/a`);
  assert.equal(asked, [
    `GET ${PATH}/a application/json `,
    `POST ${PATH} application/json {"a":1}`,
    `PATCH ${PATH}/a/status application/merge-patch+json {"status":{}}`,
    `DELETE ${PATH}/a application/json `,
  ]);
});

verbs('gives listed objects the kind that a list leaves out', async () => {
  const kube = await connect((request, response) => {
    assert.is(request.url, `${PATH}?labelSelector=a%3Db`);
    const list = { apiVersion: 'example.com/v1', kind: 'ThingList', metadata: {} };
    response.end(JSON.stringify({ ...list, items: [{ metadata: { name: 'a' } }] }));
  });
  const [item] = await kube.list(PATH, { labelSelector: 'a=b' });
  assert.equal(item, {
    apiVersion: 'example.com/v1',
    kind: 'Thing',
    metadata: { name: 'a' },
  });
});

verbs("throws the server's refusal", async () => {
  const kube = await connect((_request, response) => {
    response.writeHead(409).end(JSON.stringify({ reason: 'Conflict', message: 'changed' }));
  });
  try {
    await kube.get(PATH);
    assert.unreachable();
  } catch (error) {
    assert.instance(error, KubeError);
    const { code, reason, message } = error as KubeError;
    assert.equal([code, reason, message], [409, 'Conflict', 'changed']);
  }
});

const watching = suite('a watch');
watching.after.each(stopAll);

/** A server of lists (version 10, 20, ...) and of watches that a test feeds. */
async function connectWatch() {
  const open: { response: ServerResponse; version: string }[] = [];
  let lists = 0;
  const kube = await connect((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost');
    if (searchParams.get('watch') === 'true') {
      response.writeHead(200).flushHeaders();
      open.push({ response, version: searchParams.get('resourceVersion') ?? '' });
    } else {
      lists += 1;
      const metadata = { resourceVersion: String(10 * lists) };
      const items = [thing(`listed-${lists}`, '5')];
      const list = { apiVersion: 'example.com/v1', kind: 'ThingList', metadata, items };
      response.end(JSON.stringify(list));
    }
  });
  const told: string[] = [];
  const watch: Stoppable = await kube.watch(
    PATH,
    { labelSelector: '!stage' },
    {
      listed: (objects) => {
        told.push(...objects.map(({ metadata }) => `listed ${metadata.name}`));
      },
      changed: (type, { metadata }) => {
        told.push(`${type} ${metadata.name}`);
      },
    },
  );
  stops.push(() => watch.stop());
  const connected = async (count: number): Promise<ServerResponse> => {
    await until(() => open.length === count);
    return open[count - 1]!.response;
  };
  return { told, open, connected, watch };
}

watching('tells the list first and each change after it', async () => {
  const { told, open, connected } = await connectWatch();
  assert.equal(told, ['listed listed-1']);
  const response = await connected(1);
  assert.is(open[0]!.version, '10');
  const changes = line('ADDED', thing('a', '11')) + line('MODIFIED', thing('a', '12'));
  // Cut in the middle of a line.
  response.write(changes.slice(0, 100));
  response.write(changes.slice(100));
  response.write(line('DELETED', thing('a', '13')));
  await until(() => told.length === 4);
  assert.equal(told.slice(1), ['ADDED a', 'MODIFIED a', 'DELETED a']);
});

watching('goes on where it was when the connection ends or breaks', async () => {
  const { told, open, connected } = await connectWatch();
  const first = await connected(1);
  first.write(line('ADDED', thing('a', '11')));
  await until(() => told.length === 2);
  first.end(line('BOOKMARK', thing('', '15')));
  const second = await connected(2);
  assert.is(open[1]!.version, '15');
  second.write(line('ADDED', thing('b', '16')));
  await until(() => told.length === 3);
  second.destroy();
  await connected(3);
  assert.is(open[2]!.version, '16');
  assert.equal(told, ['listed listed-1', 'ADDED a', 'ADDED b']);
});

watching('lists again after a gap', async () => {
  const { told, open, connected } = await connectWatch();
  (await connected(1)).end(line('ERROR', { code: 410, reason: 'Expired', metadata: {} }));
  await connected(2);
  assert.is(open[1]!.version, '20');
  assert.equal(told, ['listed listed-1', 'listed listed-2']);
});

watching('ends when it is stopped', async () => {
  const { connected, watch, open } = await connectWatch();
  await connected(1);
  await watch.stop();
  assert.is(open.length, 1);
});

verbs.run();
watching.run();
