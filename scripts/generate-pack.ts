// Writes samples/metrics/knative from the packs of each of Knative's eras: npm run generate.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { Metric, MetricAlternative } from '../functions/lib/types/metric.gen.ts';

const packs = join(import.meta.dirname, '../samples/metrics');
/** The newest first: where there are several, the last one that Knative has begun with counts. */
const ERAS = ['knative-1.19', 'knative-1.19-scrape', 'knative-1.18'] as const;

const HEAD = `# Knative of any version: each Metric asks as the packs of this folder's neighbours do, and an
# experiment finds out by itself which of them is right: the first whose probe has a series.
# Made from them by npm run generate: change them, not this.
`;

/** The pack for all eras, as YAML. */
export function packOfAllEras(): string {
  const metrics = Object.fromEntries(ERAS.map((era) => [era, metricsOf(era)]));
  const [newest] = ERAS;
  const all = metrics[newest]!.map(({ apiVersion, kind, metadata, spec }) => {
    const common = { ...spec };
    delete common.params;
    delete common.evidence;
    const alternatives = ERAS.map((era) => alternativeOf(era, metrics[era]!, metadata.name));
    return { apiVersion, kind, metadata, spec: { ...common, alternatives } };
  });
  const options = { lineWidth: 0, singleQuote: true };
  return HEAD + all.map((metric) => stringify(metric, options)).join('---\n');
}

function alternativeOf(era: string, pack: readonly Metric[], name: string): MetricAlternative {
  const { params = [], evidence } = named(pack, name).spec;
  const probe = named(pack, 'error-rate').spec.evidence!.trials!;
  return { name: era, probe, params, ...(evidence && { evidence }) };
}

function named(pack: readonly Metric[], name: string): Metric {
  const found = pack.find(({ metadata }) => metadata.name === name);
  if (!found) throw new Error(`no Metric ${name} in a pack of Knative`);
  return found;
}

function metricsOf(era: string): Metric[] {
  const text = readFileSync(join(packs, era, 'metrics.yaml'), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as Metric);
}

if (import.meta.main) {
  writeFileSync(join(packs, 'knative/metrics.yaml'), packOfAllEras());
}
