import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Weight } from '../../functions/lib/analysis/weights.ts';
import type { Probe, TargetObservation } from '../../functions/lib/experiment/observations.ts';
import { weightRefs } from '../../functions/lib/experiment/target.ts';
import { Failure, isFailure } from '../../functions/lib/kubernetes/failure.ts';
import type { AnyObject } from '../../functions/lib/kubernetes/objects.ts';
import type { Target } from '../../functions/lib/targets/port.ts';
import { weightObjectsTarget } from '../../functions/lib/targets/weightObjects.ts';
import type { VersionInfo } from '../../functions/lib/types/experiment.gen.ts';
import { experimentObject, runningStatus } from '../kubernetes/experiment-object.ts';
import { failure, thrownBy } from '../kubernetes/fake-api.ts';
import { fakeObjects, type FakeObjects } from './fake-objects.ts';

const probing = suite('weight objects before an experiment');
const reading = suite('weights that cannot be read');
const observing = suite('weight objects as they are seen');
const splitting = suite('dividing traffic by weight objects');

const ISTIO = 'networking.istio.io/v1beta1';

/** Versions by name and path of their weights ("Kind/name path"), or none. */
function versionsOf(paths: Record<string, string | undefined>): VersionInfo {
  const [baseline, ...candidates] = Object.entries(paths).map(([name, path]) => {
    if (!path) return { name };
    const [, kind = '', object = '', fieldPath = ''] = /^(.*)\/(.*) (.*)$/.exec(path) ?? [];
    return { name, weightObjRef: { apiVersion: ISTIO, kind, name: object, fieldPath } };
  });
  return { baseline: baseline!, candidates };
}

const ROUTES = versionsOf({
  old: 'VirtualService/vs .spec.http[0].route[0].weight',
  new: 'VirtualService/vs .spec.http[0].route[1].weight',
});

function virtualService(...weights: unknown[]): AnyObject {
  const route = weights.map((weight) => ({ destination: { host: 'h' }, weight }));
  return { metadata: { name: 'vs', resourceVersion: '41' }, spec: { http: [{ route }] } };
}

function targetOf(
  stored: Record<string, AnyObject | Failure>,
  versionInfo: VersionInfo = ROUTES,
): Target & FakeObjects {
  const fake = fakeObjects(stored);
  const status = runningStatus(0, { versionInfo, currentWeightDistribution: [] });
  const experiment = experimentObject({ spec: { versionInfo }, status });
  return {
    ...fake,
    ...weightObjectsTarget(fake.objects, experiment, weightRefs(versionInfo, 'team')),
  };
}

const AT_REST = { 'VirtualService team/vs': virtualService(100, 0) };

probing('remembers each field and its value, and finds the weights', async () => {
  const { probe, reads } = targetOf(AT_REST);
  const ref = { apiVersion: ISTIO, kind: 'VirtualService', namespace: 'team', name: 'vs' };
  assert.equal(await probe(), {
    kind: 'Identified',
    target: {
      type: 'WeightObjects',
      originals: [
        { ...ref, fieldPath: '.spec.http[0].route[0].weight', value: 100 },
        { ...ref, fieldPath: '.spec.http[0].route[1].weight', value: 0 },
      ],
    },
    versionInfo: ROUTES,
    weights: [
      { name: 'old', value: 100 },
      { name: 'new', value: 0 },
    ],
  });
  assert.is(reads.length, 1, 'an object that two versions share is read once');
});

async function weightsFound(
  stored: AnyObject,
  versions?: VersionInfo,
): Promise<Weight[] | undefined> {
  const given = await targetOf({ 'VirtualService team/vs': stored }, versions).probe();
  if (given.kind !== 'Identified') throw new Error(given.message);
  return given.weights;
}

probing('finds no weights to keep where one is not set or they do not add up to 100', async () => {
  assert.is(await weightsFound(virtualService(undefined, 0)), undefined);
  assert.is(await weightsFound(virtualService(80, 80)), undefined);
  assert.equal((await weightsFound(virtualService(70, 30)))?.[1], { name: 'new', value: 30 });
});

const IMPLIED = versionsOf({
  old: undefined,
  new: 'VirtualService/vs .spec.http[0].route[1].weight',
});

probing('a version without a field has what is left', async () => {
  assert.equal(await weightsFound(virtualService(95, 5), IMPLIED), [
    { name: 'old', value: 95 },
    { name: 'new', value: 5 },
  ]);
});

async function refusal(given: Promise<Probe>): Promise<string> {
  const probe = await given;
  if (probe.kind === 'Identified') throw new Error('expected a refusal');
  return `${probe.kind} ${probe.reason}: ${probe.message}`;
}

const deleted: AnyObject = virtualService(100, 0);
deleted.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';

for (const [what, stored] of [
  ['does not exist', {}],
  ['is being deleted', { 'VirtualService team/vs': deleted }],
] as [string, Record<string, AnyObject>][]) {
  reading(
    `an object that ${what} is waited for, and missing while the experiment runs`,
    async () => {
      const target = targetOf(stored);
      const told = await refusal(target.probe());
      assert.match(told, /^NotYet TargetNotFound: VirtualService team\/vs .* weightObjRef of old/);
      const { observation, split } = await target.observe();
      assert.is(observation.kind, 'Missing');
      await split([{ name: 'old', value: 0 }]);
      assert.is(target.patches.length, 0);
    },
  );
}

const path = (fieldPath: string): VersionInfo =>
  versionsOf({ old: undefined, new: `VirtualService/vs ${fieldPath}` });

const UNREADABLE: [what: string, versions: VersionInfo, says: RegExp][] = [
  [
    'leads nowhere',
    path('.spec.tcp[0].weight'),
    /fieldPath \.spec\.tcp\[0\]\.weight leads nowhere/,
  ],
  ['goes beyond a list', path('.spec.http[0].route[7].weight'), /leads nowhere/],
  ['goes through a number', path('.spec.http[0].route[0].weight.x'), /leads nowhere/],
  ['is no path', path('.spec.http[first].weight'), /cannot be read; expected for instance/],
  ['holds a list', path('.spec.http'), /holds \[.*expected a whole number/],
];

for (const [what, versions, says] of UNREADABLE) {
  reading(`a path that ${what} is told, before and while the experiment runs`, async () => {
    const target = targetOf(AT_REST, versions);
    assert.match(await refusal(target.probe()), says);
    const { observation } = await target.observe();
    assert.is(observation.kind === 'Error' && observation.reason, 'TargetUnreadable');
  });
}

for (const value of ['10', 12.5, true, {}]) {
  reading(`the value ${JSON.stringify(value)} is no weight`, async () => {
    const target = targetOf({ 'VirtualService team/vs': virtualService(90, value) });
    assert.match(await refusal(target.probe()), `holds ${JSON.stringify(value)}; expected a whole`);
  });
}

reading('a large value is not told in full', async () => {
  const large = { 'VirtualService team/vs': virtualService(90, 'x'.repeat(100_000)) };
  assert.ok((await refusal(targetOf(large).probe())).length < 500);
});

async function observe(stored: AnyObject, versions?: VersionInfo): Promise<TargetObservation> {
  const target = targetOf({ 'VirtualService team/vs': stored }, versions);
  return (await target.observe()).observation;
}

observing('have weights by version', async () => {
  assert.equal(await observe(virtualService(60, 40)), {
    kind: 'Observed',
    weights: [
      { name: 'old', value: 60 },
      { name: 'new', value: 40 },
    ],
    servedBy: undefined,
  });
});

observing('are served by the one version that has any weight', async () => {
  const servedBy = async (...weights: unknown[]): Promise<string | undefined> => {
    const seen = await observe(virtualService(...weights));
    return seen.kind === 'Observed' ? seen.servedBy : 'unseen';
  };
  assert.is(await servedBy(100, 0), 'old');
  assert.is(await servedBy(0, 100), 'new');
  assert.is(await servedBy(100, undefined), 'old');
  assert.is(await servedBy(99, 1), undefined);
});

observing('imply the weight of a version without a field', async () => {
  const seen = await observe(virtualService(100, 30), IMPLIED);
  assert.equal(seen.kind === 'Observed' && seen.weights, [
    { name: 'old', value: 70 },
    { name: 'new', value: 30 },
  ]);
});

const NEW_WEIGHTS = [
  { name: 'old', value: 75 },
  { name: 'new', value: 25 },
];

splitting(
  'sends one patch per object, which a write in between makes fail as a whole',
  async () => {
    const { observe: look, patches } = targetOf(AT_REST);
    const { split } = await look();
    await split(NEW_WEIGHTS);
    assert.is(patches.length, 1);
    assert.is(patches[0]?.contentType, 'application/json-patch+json');
    assert.equal(patches[0]?.body, [
      { op: 'replace', path: '/metadata/resourceVersion', value: '41' },
      { op: 'replace', path: '/spec/http/0/route/0/weight', value: 75 },
      { op: 'replace', path: '/spec/http/0/route/1/weight', value: 25 },
    ]);
  },
);

splitting('adds a last field that is not there yet', async () => {
  const { observe: look, patches } = targetOf({ 'VirtualService team/vs': virtualService(100) });
  assert.is((await look()).observation.kind, 'Error', 'but not what is around it');
  const bare = targetOf({ 'VirtualService team/vs': virtualService(100, undefined) });
  const { split } = await bare.observe();
  await split(NEW_WEIGHTS);
  const [, , last] = bare.patches[0]?.body as object[];
  assert.equal(last, { op: 'add', path: '/spec/http/0/route/1/weight', value: 25 });
  assert.is(patches.length, 0);
});

const TWO = versionsOf({ old: 'Route/a .spec.weight', new: "Route/b .spec['x/y'][1]" });

function twoRoutes(): Record<string, AnyObject> {
  return {
    'Route team/a': { metadata: { name: 'a', resourceVersion: '1' }, spec: { weight: 100 } },
    'Route team/b': { metadata: { name: 'b', resourceVersion: '2' }, spec: { 'x/y': [7, 0] } },
  };
}

splitting('writes two objects, each with its own guard', async () => {
  const { observe: look, patches } = targetOf(twoRoutes(), TWO);
  const { split } = await look();
  await split(NEW_WEIGHTS);
  assert.equal(
    patches.map(({ ref, body }) => [ref.name, body]),
    [
      [
        'a',
        [
          { op: 'replace', path: '/metadata/resourceVersion', value: '1' },
          { op: 'replace', path: '/spec/weight', value: 75 },
        ],
      ],
      [
        'b',
        [
          { op: 'replace', path: '/metadata/resourceVersion', value: '2' },
          { op: 'replace', path: '/spec/x~1y/1', value: 25 },
        ],
      ],
    ],
  );
});

splitting('writes only the field of a version that has one', async () => {
  const { observe: look, patches } = targetOf(AT_REST, IMPLIED);
  const { split } = await look();
  await split(NEW_WEIGHTS);
  assert.is((patches[0]?.body as object[]).length, 2);
});

splitting('touches no object of which one is refused', async () => {
  for (const kind of ['Forbidden', 'Unavailable'] as const) {
    const { observe: look, patches } = targetOf(
      { ...twoRoutes(), 'Route team/b': failure(kind) },
      TWO,
    );
    assert.ok(isFailure(await thrownBy(look), kind));
    assert.is(patches.length, 0);
  }
});

probing.run();
reading.run();
observing.run();
splitting.run();
