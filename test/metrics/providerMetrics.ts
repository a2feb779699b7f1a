// The Metrics of a provider's sample, asking the provider's stand-in by the product's own way.
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import type { Experiment, MetricInfo } from '../../functions/lib/types/experiment.gen.ts';
import type { Metric } from '../../functions/lib/types/metric.gen.ts';
import { experimentObject } from '../kubernetes/experiment-object.ts';
import { failure, fakeApi, type FakeApi } from '../kubernetes/fake-api.ts';
import { NAMESPACE, VERSIONS, type Provider, type StandIn } from './standIns/index.ts';

const START = '2026-01-01T00:00:10.000Z';

/** Ten minutes after the start of {@link experimentOn}. */
export const EVALUATED = new Date('2026-01-01T00:10:10.000Z');

/** The Metrics of a provider's sample as a status has them, asking a stand-in instead of the service. */
export function metricsAt({ sample, urlAt }: Provider, standIn: StandIn): MetricInfo[] {
  const file = new URL(`../../${sample}`, import.meta.url);
  const metrics = parseAllDocuments(readFileSync(file, 'utf8')).map(
    (document) => document.toJS() as Metric,
  );
  return metrics.map(({ metadata, spec }) => ({
    name: `${metadata.namespace}/${metadata.name}`,
    metricObj: { spec: { ...spec, urlTemplate: urlAt(spec.urlTemplate ?? '', standIn) } },
  }));
}

/** A running experiment with both versions and these Metrics. */
export function experimentOn(metrics: MetricInfo[]): Experiment {
  const { baseline, candidate } = VERSIONS;
  const versionInfo = { baseline, candidates: [candidate] };
  return experimentObject({
    metadata: { namespace: NAMESPACE },
    status: { startTime: START, versionInfo, metrics },
  });
}

/** An API server that has one Secret: that of the sample, where its Metrics are. */
export function secretsOf({ secret }: Provider, [metric]: readonly MetricInfo[]): FakeApi {
  const path = `/api/v1/namespaces/iter8-system/secrets/${metric?.metricObj.spec.secret}`;
  const encoded = Object.entries(secret).map(([key, value]) => [key, base64(value)]);
  const data = Object.fromEntries(encoded) as Record<string, string>;
  return fakeApi((request) => (request.path === path ? { data } : failure('NotFound')));
}

/** That a message is one line that can be read at a glance. */
export function assertSentence(message: string): void {
  assert.ok(message.length > 0 && message.length <= 600, `${message.length} characters`);
  assert.not.match(message, /[\p{Cc}\u2028\u2029]/u, `not one line: ${message}`);
}

/** That a text has no value of a Secret in it: neither plain, nor as URLs, forms, logins or base64 have it. */
export function assertTellsNone(text: string, secret: Readonly<Record<string, string>>): void {
  const values = Object.entries(secret)
    .filter(([key]) => key !== 'username')
    .map(([, value]) => value);
  const login = `${secret['username']}:${secret['password']}`;
  const forms = [...values, login].flatMap((value) => [
    value,
    encodeURIComponent(value),
    new URLSearchParams([['', value]]).toString().slice(1),
    base64(value).replace(/=+$/, ''),
  ]);
  for (const form of forms) assert.not.ok(text.includes(form), `it tells ${form}: ${text}`);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
