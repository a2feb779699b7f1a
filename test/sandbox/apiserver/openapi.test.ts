import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openApiDocument, openApiIndex } from '../../../sandbox/apiserver/openapi.ts';
import { allKinds, kind, plainKind } from './resources.ts';

interface Operation {
  parameters: { name: string }[];
  requestBody?: { content: object };
  'x-kubernetes-action': string;
  'x-kubernetes-group-version-kind': object;
}

interface Document {
  paths: Record<string, Record<string, Operation> & { parameters: { name: string }[] }>;
  components: { schemas: Record<string, Record<string, unknown>> };
}

const documentOf = (group: string, version: string) =>
  openApiDocument(allKinds, group, version) as Document;
const urlOf = (resources = allKinds) => {
  const { paths } = openApiIndex(resources) as { paths: Record<string, Record<string, string>> };
  return paths['apis/iter8.tools/v2alpha2']?.['serverRelativeURL'] ?? '';
};

const index = suite('the OpenAPI index');

index('has a URL for each version', () => {
  const { paths } = openApiIndex(allKinds) as { paths: object };
  for (const path of ['api/v1', 'apis/iter8.tools/v2alpha2', 'apis/coordination.k8s.io/v1']) {
    assert.ok(path in paths, path);
  }
  assert.match(urlOf(), /^\/openapi\/v3\/apis\/iter8\.tools\/v2alpha2\?hash=[0-9A-F]{128}$/);
});

index('has another URL where the schema has changed, and only there', () => {
  const change = (name: string) =>
    allKinds.map((one) => (one.kind === name ? { ...one, schema: { type: 'object' } } : one));
  assert.is(urlOf(structuredClone(allKinds)), urlOf());
  assert.is.not(urlOf(change('Metric')), urlOf());
  assert.is(urlOf(change('InferenceService')), urlOf());
});

index.run();

const documents = suite('an OpenAPI document');

documents('has the schemas of its kinds under their usual names', () => {
  const { schemas } = documentOf('iter8.tools', 'v2alpha2').components;
  const experiment = schemas['tools.iter8.v2alpha2.Experiment'];
  assert.equal(experiment?.['x-kubernetes-group-version-kind'], [
    { group: 'iter8.tools', version: 'v2alpha2', kind: 'Experiment' },
  ]);
  const { spec, metadata } = experiment?.['properties'] as Record<string, object>;
  assert.is(spec, kind('Experiment').schema?.properties?.['spec']);
  assert.match(JSON.stringify(metadata), '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta');
  assert.ok('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' in schemas);
});

documents('has plain schemas of the built-in kinds', () => {
  const { schemas } = documentOf('', 'v1').components;
  const properties = schemas['io.k8s.api.core.v1.ConfigMap']?.['properties'] as object;
  assert.equal(Object.keys(properties), ['apiVersion', 'kind', 'metadata']);
  const definitions = documentOf('apiextensions.k8s.io', 'v1').components.schemas;
  const prefix = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
  assert.ok(`${prefix}.CustomResourceDefinition` in definitions);
  const name = 'io.k8s.api.coordination.v1.Lease';
  assert.ok(name in documentOf('coordination.k8s.io', 'v1').components.schemas);
});

documents('says of each path what can be done there', () => {
  const { paths } = documentOf('iter8.tools', 'v2alpha2');
  const actions = Object.entries(paths).map(([path, { parameters, ...operations }]) => [
    path.replace('/apis/iter8.tools/v2alpha2/', ''),
    Object.values(operations)
      .map((operation) => operation['x-kubernetes-action'])
      .join(' '),
    parameters.map(({ name }) => name).join(' '),
  ]);
  assert.equal(actions, [
    ['experiments', 'list', ''],
    ['namespaces/{namespace}/experiments', 'list post deletecollection', 'namespace'],
    ['namespaces/{namespace}/experiments/{name}', 'get put patch delete', 'namespace name'],
    ['namespaces/{namespace}/experiments/{name}/status', 'get put patch', 'namespace name'],
    ['metrics', 'list', ''],
    ['namespaces/{namespace}/metrics', 'list post deletecollection', 'namespace'],
    ['namespaces/{namespace}/metrics/{name}', 'get put patch delete', 'namespace name'],
  ]);
});

documents('puts cluster-wide kinds beside the namespaces', () => {
  const resources = [{ ...plainKind, isNamespaced: false, verbs: ['create'] }];
  const { paths } = openApiDocument(resources, 'test.io', 'v1') as Document;
  assert.equal(Object.keys(paths), ['/apis/test.io/v1/plains', '/apis/test.io/v1/plains/{name}']);
  assert.equal(Object.keys(paths['/apis/test.io/v1/plains']!), ['post', 'parameters']);
});

documents('offers validation and dry run to whoever patches', () => {
  const { paths } = documentOf('iter8.tools', 'v2alpha2');
  const item = paths['/apis/iter8.tools/v2alpha2/namespaces/{namespace}/experiments/{name}'];
  const { parameters, requestBody, ...patch } = item!['patch']!;
  const names = parameters.map(({ name }) => name);
  assert.equal(names, ['dryRun', 'fieldManager', 'fieldValidation', 'force']);
  assert.equal(Object.keys(requestBody!.content), [
    'application/apply-patch+yaml',
    'application/json-patch+json',
    'application/merge-patch+json',
  ]);
  assert.equal(patch['x-kubernetes-group-version-kind'], {
    ...{ group: 'iter8.tools', version: 'v2alpha2', kind: 'Experiment' },
  });
});

documents('exists only for what is served', () => {
  assert.is(openApiDocument(allKinds, 'iter8.tools', 'v9'), undefined);
});

documents.run();
