// The process of the stand-ins, apart so that its work is not counted as anybody else's. It is told
// what to do by its parent and ends with it.
import { createCertificate } from '../../sandbox/apiserver/certificate.ts';
import { seededRandom, seedFor } from '../../sandbox/random.ts';
import { startPrometheusStandIn } from './prometheus.ts';
import { startProxy, type CallCount } from './proxy.ts';
import type { FromStandIns, StandInCounts, ToStandIns } from './stand-ins.ts';
import { drawTrouble } from './trouble.ts';

const counts: StandInCounts = { calls: {}, queries: 0, troubles: {} };
const mended = new Set<string>();

process.on('disconnect', () => process.exit());
process.on('message', (message: ToStandIns) => void obey(message));

async function obey(message: ToStandIns): Promise<void> {
  if (message.type === 'mend') mended.add(message.service);
  else if (message.type === 'count') tell({ type: 'counts', counts });
  else tell({ type: 'ready', ...(await start(message)) });
}

function tell(message: FromStandIns): void {
  process.send!(message);
}

type Started = { server: string; certificate: string; prometheus: string };

async function start(options: Extract<ToStandIns, { type: 'start' }>): Promise<Started> {
  const certificate = await createCertificate();
  const troubleIn = (name: string) => {
    const random = seededRandom(seedFor(name, options.seed));
    return { draw: drawTrouble(random, options.faultRate), random };
  };
  const proxy = await startProxy({
    target: options.target,
    certificate,
    ...troubleIn('api'),
    count,
    onTrouble: (trouble, kind) => {
      countTrouble(`API server: ${trouble}: ${kind.split(' ')[0]!}`);
    },
  });
  const prometheus = await startPrometheusStandIn({
    ...troubleIn('metrics'),
    isMended: ({ namespace, service }) => mended.has(`${namespace}/${service}`),
    onQuery: () => {
      counts.queries += 1;
    },
    onTrouble: (trouble, { namespace, service }, evaluatedAt) => {
      countTrouble(`metrics: ${trouble}`);
      tell({
        type: 'trouble',
        service: `${namespace}/${service}`,
        evaluatedAt,
      });
    },
  });
  return {
    server: proxy.url,
    certificate: certificate.cert,
    prometheus: prometheus.url,
  };
}

function count(kind: string, { calls = 0, sent = 0, received = 0 }: Partial<CallCount>): void {
  const known = (counts.calls[kind] ??= { calls: 0, sent: 0, received: 0 });
  known.calls += calls;
  known.sent += sent;
  known.received += received;
}

function countTrouble(kind: string): void {
  counts.troubles[kind] = (counts.troubles[kind] ?? 0) + 1;
}
