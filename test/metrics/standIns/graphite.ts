// Graphite's render API: https://graphite.readthedocs.io/en/latest/render_api.html. It has no limits
// and no accounts: an nginx in front of it has.
import type { Answer, Asked } from '../../stub-server.ts';
import { isBalanced, isUnixSeconds, nginx, provide } from './standIn.ts';
import { expectedOf, NAMESPACE, summaryOf, type Summary, type Traffic } from './traffic.ts';

const SECRET = { username: 'iter8', password: 'graphite-password-4711' };

const FUNCTIONS = [
  'divideSeries',
  'integral',
  'transformNull',
  'fallbackSeries',
  'scale',
  'sumSeries',
  'alias',
];

function badTarget(problem: string): Answer {
  return { status: 400, text: `Invalid parameters (${problem})` };
}

const UNKNOWN_FUNCTION = badTarget('unknown function "divdeSeries"');

/** What is wrong with a target, or undefined. */
function problemOf(target: string): string | undefined {
  if (!target || !isBalanced(target)) return 'target cannot be parsed';
  const names = [...target.matchAll(/(\w+)\(/g)].map(([, name]) => name!);
  const unknown = names.find((name) => !FUNCTIONS.includes(name));
  return unknown && `unknown function "${unknown}"`;
}

const PATHS = /stats(?:\.timers|_counts)\.kserve\.([\w-]+)\.([\w-]+)\.(\w+)/g;

function answer({ method, path, query }: Asked, traffic: Traffic, isPartial: boolean): Answer {
  if (method !== 'GET' || !/^\/render\/?$/.test(path)) return nginx(404, 'Not Found');
  if (query.get('format') !== 'json')
    return { text: 'PNG', headers: { 'content-type': 'image/png' } };
  const target = query.get('target') ?? '';
  const problem = problemOf(target) ?? timeProblemOf(query);
  return problem ? badTarget(problem) : { json: seriesOf(query, target, { traffic, isPartial }) };
}

function timeProblemOf(query: URLSearchParams): string | undefined {
  const isTimed = isUnixSeconds(query.get('from')) && isUnixSeconds(query.get('until'));
  return isTimed ? undefined : 'from and until: expected Unix time';
}

function seriesOf(
  query: URLSearchParams,
  target: string,
  { traffic, isPartial }: { traffic: Traffic; isPartial: boolean },
): object[] {
  const paths = [...target.matchAll(PATHS)].map(([, ...parts]) => parts);
  const [, revision = '', name = ''] = paths[0] ?? [];
  const isOurs = paths.every(([namespace]) => namespace === NAMESPACE);
  const summary = isOurs ? summaryOf(traffic[revision]) : undefined;
  if (!summary) return [];
  const ratio = isPartial ? undefined : totalOf(name, summary) / summary.requests;
  const datapoints = pointsOf(ratio, Number(query.get('from')));
  return [{ target, tags: { name: target }, datapoints }];
}

function totalOf(name: string, { errors, sumMilliseconds }: Summary): number {
  return name === 'errors' ? errors : sumMilliseconds;
}

/** A ratio of integrals over time: first too high by half, then as it is in the end; the last point is not there yet. */
function pointsOf(ratio: number | undefined, from: number): [number | null, number][] {
  const values = ratio === undefined ? [null, null, null] : [null, ratio * 1.5, ratio, null];
  return values.map((value, index) => [value, from + index * 10]);
}

/** Graphite, with StatsD's names. It has no sign for missing data: values are null. */
export const graphite = provide({
  provider: 'graphite',
  sample: 'samples/metrics/providers/graphite.yaml',
  secret: SECRET,
  expected: {
    'graphite-mean-latency': expectedOf(({ meanMilliseconds }) => meanMilliseconds),
    'graphite-error-rate': expectedOf(({ errors, requests }) => errors / requests),
  },
  outcomes: { partial: 'NoData' },
  service: {
    letsIn: ({ headers }) => {
      const login = Buffer.from(`${SECRET.username}:${SECRET.password}`).toString('base64');
      return headers.authorization === `Basic ${login}`;
    },
    answer,
    error: UNKNOWN_FUNCTION,
    unauthorized: nginx(401, 'Authorization Required', {
      'www-authenticate': 'Basic realm="graphite"',
    }),
    rateLimited: nginx(429, 'Too Many Requests'),
  },
});
