// docs/compatibility.md, written from what the samples show.
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { metricVerdictOn, type MetricSample } from '../metrics/compatibility.ts';
import { MENDED_METRICS } from '../metrics/mended.ts';
import {
  refsOf,
  tasksOf,
  verdictOn,
  withoutActions,
  type Difference,
  type Sample,
  type Verdict,
} from './compatibility.ts';
import { MENDED } from './mended.ts';

const ROOT = join(import.meta.dirname, '../..');

const EXPLAINED: Record<Difference, string> = {
  'starts at 1 %':
    'The candidate begins with 1 %, once it is ready. iter8 began at once, with the weights that it found.',
  'holds without data':
    'While a query fails or finds nothing, the candidate keeps its weight. iter8 took that for a violation: down to 5 % at once.',
  promotes:
    'At the end the winner gets 100 % and the other 0 (with `promotion: ByActions` the last weights stay). iter8 left the last weights, at most 95 %, and a finish action had to promote.',
  'weights by name':
    "iter8 read weights by position and took the baseline's for the candidate's where only the candidate has a weightObjRef: 95 and 15 % in turns. Here they go by name.",
  'finds metrics':
    "Metrics named without a namespace are found, in the experiment's namespace or else in `iter8-system`. Under iter8 they never had a value, so the candidate never won.",
  'finds versions':
    'Without versionInfo, the versions are the two revisions of the InferenceService that spec.target names. iter8 ended with an error unless a start action wrote them.',
  InferenceService:
    'No version has a weightObjRef, so spec.target is taken for an InferenceService whose canary share is moved. Where it is something else, give the versions weightObjRefs.',
  'old group':
    'An InferenceService of the group serving.kubeflow.org is taken for the one of the same name in serving.kserve.io.',
  slower:
    'The interval is shorter than the tick (10 s), so an iteration takes a tick. An Event, `IntervalRoundedUp`, says so.',
  'TLS is checked':
    "The server's certificate must be one that the function trusts. iter8 trusted any. On OpenShift, see [installation](installation.md#metrics-from-openshift-monitoring).",
  'own Secret':
    "The Secret must be in the Metric's own namespace, which must [let it be read](metrics.md#secrets).",
  'nothing is collected':
    "It is read from what iter8's task metrics/collect has left in the status. That task is not run, so there is no data.",
  'Knative up to 1.18':
    'It asks for metrics that Knative has renamed: from 1.19 on it finds nothing. Use [a pack](../samples/metrics/README.md).',
  '0 for no data':
    '`or vector(0)` turns no data into 0, here as in iter8, and 0 errors satisfy an objective. Without it, no data is told as such.',
};

/** The page, as Prettier would have it. */
export async function compatibilityPage(
  experiments: readonly Sample[],
  metrics: readonly MetricSample[],
): Promise<string> {
  const judged = await Promise.all(experiments.map(judge));
  const measured = metrics.map((sample) => ({ sample, verdict: metricVerdictOn(sample) }));
  const text = [
    "<!-- Written by a test. To write it anew: UPDATE_DOCS=1 npx uvu test '^experiment/compatibility' -->",
    '# Experiments and Metrics written for iter8',
    `What happens to the ${experiments.length} Experiments and ${metrics.length} Metrics of \`iter8.tools/v2alpha2\` that were published with iter8 (samples, documentation, tests). The schema takes all of them. What follows was found by running this project's code on each, in the namespace of its target, with a candidate deployed and metrics that answer; from another namespace see [targets](experiments.md#targets).`,
    counts('Experiments', judged),
    counts('Metrics', measured),
    '## Experiments that run',
    table(['samples', 'what they use', 'result'], experimentRows(judged)),
    ...refusals(judged),
    '## Metrics',
    table(['samples', 'provider', 'result'], metricRows(measured)),
    '## What is different',
    list(EXPLAINED),
    "## iter8's behaviours that were mended",
    'Each line is a test.',
    table(
      ['iter8', 'here'],
      [...MENDED, ...MENDED_METRICS].map(({ iter8, here }) => [iter8, here]),
    ),
  ].join('\n\n');
  const config = await resolveConfig(join(ROOT, 'README.md'));
  return format(text, { ...config, parser: 'markdown' });
}

type Judged = { sample: Sample; verdict: Verdict; without: Verdict };

async function judge(sample: Sample): Promise<Judged> {
  const without = await verdictOn(withoutActions(sample));
  return { sample, verdict: await verdictOn(sample), without };
}

function counts(what: string, judged: readonly { verdict: Verdict }[]): string {
  const of = (wanted: string): number =>
    judged.filter(({ verdict }) => resultOf(verdict) === wanted).length;
  return `**${what}**: ${of('*runs*')} run, ${of('*runs differently*')} run differently, ${of('*refused*')} are refused.`;
}

function resultOf(verdict: Verdict): string {
  if (verdict.result === 'refused') return '*refused*';
  return verdict.differences.length > 0 ? '*runs differently*' : '*runs*';
}

function tell(verdict: Verdict): string {
  const details = verdict.result === 'refused' ? [`\`${verdict.message}\``] : verdict.differences;
  return details.length > 0 ? `${resultOf(verdict)}: ${details.join(', ')}` : resultOf(verdict);
}

function experimentRows(judged: readonly Judged[]): string[][] {
  const running = judged.filter(({ verdict }) => verdict.result === 'runs');
  return grouped(running, (one) => [featuresOf(one.sample), tell(one.verdict)].join('|')).map(
    (group) => [namesOf(group), usesOf(group), tell(group[0]!.verdict)],
  );
}

const REFUSED = [
  '## Experiments that are refused',
  'They end at once with `Failed=True` and this message. The last column says what the same Experiment does without its actions.',
];

function refusals(judged: readonly Judged[]): string[] {
  const messages = grouped(judged, ({ verdict }) =>
    verdict.result === 'refused' ? verdict.message : '',
  ).filter(([first]) => first!.verdict.result === 'refused');
  const tables = messages.flatMap((group) => {
    const { verdict } = group[0]!;
    const rows = grouped(group, (one) => [featuresOf(one.sample), shortly(one.without)].join('|'));
    return [
      `> ${verdict.result === 'refused' ? verdict.message : ''}`,
      table(
        ['samples', 'what they use', 'without their actions'],
        rows.map((row) => [namesOf(row), usesOf(row), shortly(row[0]!.without)]),
      ),
    ];
  });
  return tables.length > 0 ? [...REFUSED, ...tables] : [];
}

function shortly(verdict: Verdict): string {
  return verdict.result === 'refused' ? '*refused*' : tell(verdict);
}

function metricRows(measured: readonly { sample: MetricSample; verdict: Verdict }[]): string[][] {
  const provider = ({ spec }: MetricSample): string =>
    spec.mock ? 'mock' : (spec.provider ?? 'none');
  return grouped(measured, (one) => [provider(one.sample), tell(one.verdict)].join('|')).map(
    (group) => [namesOf(group), provider(group[0]!.sample), tell(group[0]!.verdict)],
  );
}

function grouped<One>(all: readonly One[], keyOf: (one: One) => string): One[][] {
  return [...Map.groupBy(all, keyOf).values()];
}

/** Names, each once, and how many samples they are where that is more. */
function namesOf(group: readonly { sample: { metadata: { name: string } } }[]): string {
  const names = [...new Set(group.map(({ sample }) => sample.metadata.name))];
  const count = group.length > names.length ? ` (${group.length} samples)` : '';
  return names.join(', ') + count;
}

/** What tells kinds of samples apart, their tasks aside. */
function featuresOf(sample: Sample): string {
  const { strategy, versionInfo } = sample.spec;
  const refs = [...new Set(refsOf(sample).map(kindOf))];
  const pattern = [strategy?.testingPattern, strategy?.deploymentPattern].filter(Boolean);
  const weights = refs.length > 0 ? `weights in ${refs.join(', ')}` : 'no weightObjRef';
  return [...pattern, versionInfo ? weights : 'no versionInfo'].join(', ');
}

function kindOf(ref: string): string {
  return ref === 'serving.knative.dev/v1 Service' ? 'Knative Service' : ref.split(' ')[1]!;
}

function usesOf(group: readonly { sample: Sample }[]): string {
  const tasks = new Set(group.flatMap(({ sample }) => Object.values(tasksOf(sample)).flat()));
  const actions = tasks.size > 0 ? `; tasks ${[...tasks].sort().join(', ')}` : '';
  return featuresOf(group[0]!.sample) + actions;
}

function list(items: Readonly<Record<string, string>>): string {
  return Object.entries(items)
    .map(([name, meaning]) => `- **${name}.** ${meaning}`)
    .join('\n');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
