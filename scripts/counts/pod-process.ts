// One pod of a model, in a process of its own, so that it can die:
//   node pod-process.ts PORT REVISION STORAGE_URI SEED
import { parseBehaviour } from '../../sandbox/behaviour.ts';
import { startModelServer } from '../../sandbox/model-server.ts';
import { seededRandom } from '../../sandbox/random.ts';
import { createRequestMetrics } from '../../sandbox/request-metrics.ts';

const [port, revision, storageUri, seed] = process.argv.slice(2);

await startModelServer({
  labels: { namespace: 'models', service: 'model', revision: revision! },
  behaviour: parseBehaviour(storageUri!),
  random: seededRandom(Number(seed)),
  metrics: createRequestMetrics(),
  port: Number(port),
});
