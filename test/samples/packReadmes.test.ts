import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseAllDocuments } from 'yaml';
import { whyUnprovable } from '../../functions/lib/experiment/strength.ts';
import { validate } from '../../functions/lib/experiment/validation.ts';
import type { Experiment, ExperimentSpec } from '../../functions/lib/types/experiment.gen.ts';
import type { Metric } from '../../functions/lib/types/metric.gen.ts';
import { checkBy } from '../definitions.ts';

const ROOT = join(import.meta.dirname, '../..');
const check = checkBy([join(ROOT, 'eventing/crd/experiment.yaml')]);

function read(pack: string, file: string): string {
  return readFileSync(join(ROOT, 'samples/metrics', pack, file), 'utf8');
}

/** What the last example of a pack says of an experiment. */
function exampleOf(pack: string): Partial<ExperimentSpec> {
  const [, yaml] = [...read(pack, 'README.md').matchAll(/```yaml\n(.+?)```/gs)].at(-1)!;
  return parse(yaml!) as Partial<ExperimentSpec>;
}

/** The example in an experiment that decides by proof. */
function experimentWith(example: Partial<ExperimentSpec>): Experiment {
  const testingPattern = example.criteria?.rewards ? 'A/B' : 'Canary';
  const criteria = { ...example.criteria, strength: { method: 'Proven' } };
  const checked = check({
    apiVersion: 'iter8.tools/v2alpha2',
    kind: 'Experiment',
    metadata: { name: 'example', namespace: 'models' },
    spec: { target: 'iris', strategy: { testingPattern }, ...example, criteria },
  })!;
  assert.equal(checked.mistakes, []);
  return checked.stored as unknown as Experiment;
}

const readmes = suite('examples of the packs for other sources');

for (const pack of ['istio', 'kserve', 'vllm', 'system', 'ml', 'business']) {
  const metrics = parseAllDocuments(read(pack, 'metrics.yaml')).map((one) => one.toJS() as Metric);

  readmes(`${pack}: an experiment with the example is one that this version runs`, () => {
    assert.equal(validate(experimentWith(exampleOf(pack))), []);
  });

  readmes(
    `${pack}: the example has Metrics of the pack, and what it would prove can be proved`,
    () => {
      const { spec } = experimentWith(exampleOf(pack));
      const { requestCount, objectives = [], rewards = [] } = spec.criteria!;
      const find = (name: string): Metric | undefined =>
        metrics.find(({ metadata }) => metadata.name === name);
      const names = [...objectives, ...rewards].map(({ metric }) => metric);
      for (const name of [...names, ...(requestCount ? [requestCount] : [])]) {
        assert.ok(find(name), name);
      }
      const problem = whyUnprovable(spec, (name) => ({
        name,
        metricObj: { spec: find(name)!.spec },
      }));
      assert.is(problem, undefined);
    },
  );
}

readmes.run();
