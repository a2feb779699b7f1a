import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ApiError } from '../../../sandbox/apiserver/errors.ts';
import { decodeProtobuf } from '../../../sandbox/apiserver/protobuf.ts';
import { readRequest } from '../../../sandbox/apiserver/request.ts';
import { ANSWERED, SENT } from './protobufBodies.ts';

const RBAC = { apiVersion: 'rbac.authorization.k8s.io/v1' };
const ACCESS = { apiVersion: 'authorization.k8s.io/v1', metadata: {} };
const IDENTITY = { apiVersion: 'authentication.k8s.io/v1', metadata: {} };
const apiGroup = 'rbac.authorization.k8s.io';

function decode(base64: string): Record<string, unknown> {
  return decodeProtobuf(Buffer.from(base64, 'base64')) as Record<string, unknown>;
}

const SENT_OBJECTS: Record<keyof typeof SENT, object> = {
  'create namespace': {
    ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'pb' } },
    ...{ spec: {}, status: {} },
  },
  'create configmap': {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'pb' } },
    ...{ data: { color: 'blue', empty: '' }, binaryData: { blob: 'AAH/' } },
  },
  'create secret generic': {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key', namespace: 'pb' } },
    ...{ data: { password: 'czNjcmV0' }, type: 'example.com/key' },
  },
  'create serviceaccount': {
    ...{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'pb' } },
  },
  'create service clusterip': {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'pb', labels: { app: 'web' } },
    spec: {
      ports: [
        { name: '80-8080', protocol: 'TCP', port: 80, targetPort: 8080 },
        { name: '443-https', protocol: 'TCP', port: 443, targetPort: 'https' },
      ],
      selector: { app: 'web' },
      type: 'ClusterIP',
    },
    status: { loadBalancer: {} },
  },
  'create role': {
    ...{ ...RBAC, kind: 'Role', metadata: { name: 'reader', namespace: 'pb' } },
    rules: [
      {
        ...{ verbs: ['get', 'list'], apiGroups: [''] },
        ...{ resources: ['pods', 'configmaps'], resourceNames: ['settings'] },
      },
    ],
  },
  'create rolebinding': {
    ...{ ...RBAC, kind: 'RoleBinding', metadata: { name: 'readers', namespace: 'pb' } },
    subjects: [
      { kind: 'User', apiGroup, name: 'jane' },
      { kind: 'Group', apiGroup, name: 'devs' },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'pb' },
    ],
    roleRef: { apiGroup, kind: 'Role', name: 'reader' },
  },
  'create clusterrole --non-resource-url': {
    ...{ ...RBAC, kind: 'ClusterRole', metadata: { name: 'health' } },
    rules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }],
  },
  'create clusterrole --aggregation-rule': {
    ...{ ...RBAC, kind: 'ClusterRole', metadata: { name: 'all-in' } },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { team: 'pb' } }] },
  },
  'create clusterrolebinding': {
    ...{ ...RBAC, kind: 'ClusterRoleBinding', metadata: { name: 'health' } },
    subjects: [{ kind: 'Group', apiGroup, name: 'system:authenticated' }],
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'health' },
  },
  'create job': {
    ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'x', namespace: 'pb' } },
    spec: {
      template: {
        metadata: {},
        spec: {
          containers: [{ name: 'x', image: 'y', command: ['cmd', 'arg'] }],
          restartPolicy: 'Never',
        },
      },
    },
  },
  'auth can-i VERB RESOURCE': {
    ...{ ...ACCESS, kind: 'SelfSubjectAccessReview' },
    spec: {
      resourceAttributes: {
        ...{ namespace: 'pb', verb: 'get', resource: 'pods', subresource: 'log', name: 'log' },
      },
    },
  },
  'auth can-i VERB URL': {
    ...{ ...ACCESS, kind: 'SelfSubjectAccessReview' },
    spec: { nonResourceAttributes: { path: '/healthz', verb: 'get' } },
  },
  'auth can-i --list': {
    ...{ ...ACCESS, kind: 'SelfSubjectRulesReview' },
    spec: { namespace: 'pb' },
  },
  'auth whoami': { ...IDENTITY, kind: 'SelfSubjectReview' },
  'create token': {
    ...{ ...IDENTITY, kind: 'TokenRequest' },
    spec: { audiences: ['x'], expirationSeconds: 3600 },
  },
  drain: { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 },
};

const sent = suite('what kubectl sends in protobuf');

for (const [command, base64] of Object.entries(SENT)) {
  sent(`is read for kubectl ${command}`, () => {
    assert.equal(decode(base64), SENT_OBJECTS[command as keyof typeof SENT]);
  });
}

sent.run();

const answered = suite('what Go clients send in protobuf');

answered('are events with times in seconds', () => {
  assert.equal(decode(ANSWERED.Event), {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      ...{ name: 'started', namespace: 'default', uid: 'fbac4726-2eef-4ef1-9bd0-4b3d1599501a' },
      ...{ resourceVersion: '106', creationTimestamp: '2026-11-23T13:31:02Z' },
    },
    involvedObject: { kind: 'ConfigMap', namespace: 'default', name: 'settings' },
    ...{ reason: 'Started', message: 'it started', source: { component: 'tester' } },
    ...{ firstTimestamp: '2024-05-06T07:08:09Z', lastTimestamp: '2024-05-06T07:08:10Z' },
    ...{ count: 3, type: 'Normal', reportingComponent: '', reportingInstance: '' },
  });
});

answered('are events with times in microseconds', () => {
  const { eventTime, action, firstTimestamp } = decode(ANSWERED.PreciseEvent);
  assert.equal([eventTime, action], ['2024-05-06T07:08:09.000045Z', 'End']);
  assert.is(firstTimestamp, undefined);
});

answered('are leases, of which a zero that says something is kept', () => {
  const { metadata, spec } = decode(ANSWERED.Lease);
  assert.equal(spec, {
    ...{ holderIdentity: 'me', leaseDurationSeconds: 15, leaseTransitions: 0 },
    renewTime: '2024-05-06T07:08:09.120000Z',
  });
  const uid = '11111111-1111-1111-1111-111111111111';
  const { ownerReferences } = metadata as { ownerReferences: object[] };
  assert.equal(ownerReferences, [
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid, controller: false },
  ]);
});

answered('may carry managed fields', () => {
  const { managedFields } = decode(ANSWERED.TokenReview)['metadata'] as { managedFields: object[] };
  assert.equal(managedFields, [
    {
      ...{ manager: 'unknown', operation: 'Update', apiVersion: 'authentication.k8s.io/v1' },
      ...{ time: '2026-11-23T13:31:02Z', fieldsType: 'FieldsV1' },
      fieldsV1: { 'f:spec': { 'f:audiences': {}, 'f:token': {} } },
    },
  ]);
});

answered('are questions about the rights of others', () => {
  assert.equal(decode(ANSWERED.SubjectAccessReview)['spec'], {
    resourceAttributes: { verb: 'get', resource: 'pods' },
    ...{ user: 'jane', groups: ['devs'], extra: { scopes: ['a', 'b'] } },
  });
  assert.equal(decode(ANSWERED.LocalSubjectAccessReview)['spec'], {
    resourceAttributes: { namespace: 'default', verb: 'get', resource: 'pods' },
    user: 'jane',
  });
});

answered('are questions about tokens', () => {
  assert.equal(decode(ANSWERED.TokenReview)['spec'], { token: 'x', audiences: ['a'] });
});

answered.run();

const decoding = suite('decodeProtobuf');

/** A body of a kind in the version v1, with less than 128 bytes in it. */
function envelope(kind: string, raw: number[]): Buffer {
  const bytes = (number: number, of: Buffer): Buffer =>
    Buffer.concat([Buffer.from([number * 8 + 2, of.length]), of]);
  const typeMeta = Buffer.concat([bytes(1, Buffer.from('v1')), bytes(2, Buffer.from(kind))]);
  return Buffer.concat([Buffer.from('k8s\0'), bytes(1, typeMeta), bytes(2, Buffer.from(raw))]);
}

function refusal(body: Buffer): [status: number, message: string] {
  try {
    return [0, JSON.stringify(decodeProtobuf(body))];
  } catch (error) {
    assert.instance(error, ApiError);
    const { status, message } = error as ApiError;
    return [status, message];
  }
}

decoding('skips fields that it does not know, however they are sent', () => {
  const unknown = [0x98, 6, 1, 0x99, 6, 1, 2, 3, 4, 5, 6, 7, 8, 0x9a, 6, 1, 1, 0x9d, 6, 1, 2, 3, 4];
  assert.equal(decodeProtobuf(envelope('Namespace', [...unknown, 0x12, 0])), {
    ...{ apiVersion: 'v1', kind: 'Namespace', spec: {} },
  });
});

decoding('reads negative numbers', () => {
  const minusOne = [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
  const options = decodeProtobuf(envelope('DeleteOptions', minusOne));
  assert.equal(options, { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: -1 });
});

decoding('refuses kinds that it does not know by their names', () => {
  for (const kind of ['Widget', 'ObjectMeta', 'toString', '']) {
    const [status, message] = refusal(envelope(kind, []));
    assert.is(status, 415);
    assert.match(message, `protobuf of the kind "${kind}"`);
  }
});

decoding('refuses what is not in the envelope', () => {
  const unrecognized = 'the object provided is unrecognized: ';
  const notProtobuf = `${unrecognized}provided data does not appear to be a protobuf message`;
  assert.equal(refusal(Buffer.from('{}')), [400, notProtobuf]);
  const whole = Buffer.from(SENT['create namespace'], 'base64');
  assert.equal(refusal(whole.subarray(0, -20)), [400, `${unrecognized}unexpected EOF`]);
});

const MALFORMED: Record<string, number[]> = {
  'unexpected EOF': [10, 50, 10],
  'proto: integer overflow': Array<number>(11).fill(255),
  'proto: wrong wireType = 0 for field metadata': [8, 1],
  'proto: illegal wireType 3': [11, 1],
  'proto: illegal tag 0 (wire type 2)': [2, 1, 1],
};

for (const [why, raw] of Object.entries(MALFORMED)) {
  decoding(`says of a malformed object: ${why}`, () => {
    const what = 'Namespace in version "v1" cannot be handled as a Namespace';
    assert.equal(refusal(envelope('Namespace', raw)), [400, `${what}: ${why}`]);
  });
}

decoding.run();

const body = suite('readBody');

function bodyOf(bytes: Buffer, contentType: string): Promise<unknown> {
  const headers = { 'content-type': contentType };
  const message = Object.assign(Readable.from([bytes]), { method: 'POST', url: '/', headers });
  return readRequest(message as unknown as IncomingMessage).readBody();
}

body('is protobuf where the header says so', async () => {
  const bytes = Buffer.from(SENT['auth whoami'], 'base64');
  const object = await bodyOf(bytes, 'application/vnd.kubernetes.protobuf');
  assert.equal(object, SENT_OBJECTS['auth whoami']);
});

body('is JSON or YAML otherwise', async () => {
  assert.equal(await bodyOf(Buffer.from('{"a":"é"}'), 'application/json'), { a: 'é' });
  assert.equal(await bodyOf(Buffer.from('a: é'), 'application/yaml'), { a: 'é' });
  assert.is(await bodyOf(Buffer.alloc(0), 'application/vnd.kubernetes.protobuf'), undefined);
});

body.run();
