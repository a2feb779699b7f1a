import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { discover } from '../../../sandbox/apiserver/discovery.ts';
import { allKinds, plainKind } from './resources.ts';

interface ResourceList {
  groupVersion: string;
  resources: { name: string }[];
}

const group = {
  name: 'iter8.tools',
  versions: [{ groupVersion: 'iter8.tools/v2alpha2', version: 'v2alpha2' }],
  preferredVersion: { groupVersion: 'iter8.tools/v2alpha2', version: 'v2alpha2' },
};

const discovery = suite('discover');

discovery('tells the version', () => {
  const version = discover('/version', []) as Record<string, string>;
  const { major, minor, gitVersion } = version;
  assert.equal([major, minor, gitVersion], ['1', '33', 'v1.33.0+sandbox']);
});

discovery('lists the versions of the core group', () => {
  assert.equal(discover('/api', allKinds), {
    ...{ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] },
  });
});

discovery('lists the other groups', () => {
  const { groups } = discover('/apis', allKinds) as { groups: { name: string }[] };
  assert.equal(
    groups.find(({ name }) => name === 'iter8.tools'),
    group,
  );
  assert.is(new Set(groups.map(({ name }) => name)).size, groups.length);
  assert.not.ok(groups.some(({ name }) => name === ''));
});

discovery('describes a group', () => {
  assert.equal(discover('/apis/iter8.tools', allKinds), {
    ...{ kind: 'APIGroup', apiVersion: 'v1', ...group },
  });
});

discovery('orders versions as Kubernetes does', () => {
  const versions = ['v1alpha2', 'v1beta1', 'foo', 'v1', 'v2beta1', 'v10', 'v1beta2', 'v2', 'bar'];
  const resources = versions.map((version) => ({ ...plainKind, version }));
  const answer = discover('/apis/test.io', resources) as typeof group;
  assert.is(
    answer.versions.map(({ version }) => version).join(' '),
    'v10 v2 v1 v2beta1 v1beta2 v1beta1 v1alpha2 bar foo',
  );
  assert.is(answer.preferredVersion.version, 'v10');
});

discovery('describes the kinds of a version and their status', () => {
  const list = discover('/apis/iter8.tools/v2alpha2', allKinds) as ResourceList;
  const { resources, ...head } = list;
  assert.equal(head, {
    ...{ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'iter8.tools/v2alpha2' },
  });
  const [experiments, status, metrics] = resources;
  const verbs = 'create delete deletecollection get list patch update watch'.split(' ');
  assert.equal(experiments, {
    ...{ name: 'experiments', singularName: 'experiment', namespaced: true, kind: 'Experiment' },
    ...{ verbs, shortNames: ['iexp'], categories: ['iter8'] },
  });
  assert.equal(status, {
    ...{ name: 'experiments/status', singularName: '', namespaced: true, kind: 'Experiment' },
    verbs: ['get', 'patch', 'update'],
  });
  assert.is(metrics?.name, 'metrics');
  assert.is(resources.length, 3);
});

discovery('describes the core kinds', () => {
  const list = discover('/api/v1', allKinds) as ResourceList;
  assert.is(list.groupVersion, 'v1');
  const names = list.resources.map(({ name }) => name);
  for (const name of ['namespaces', 'namespaces/status', 'secrets']) {
    assert.ok(names.includes(name), name);
  }
});

discovery('knows nothing of what is not served', () => {
  const paths = ['/', '/apis/', '/apis/nope', '/apis/iter8.tools/v9', '/api/v2', '/api/'];
  for (const path of [...paths, '/apis/v1', '/api/iter8.tools/v2alpha2', '/versions']) {
    assert.is(discover(path, allKinds), undefined, path);
  }
});

discovery.run();
