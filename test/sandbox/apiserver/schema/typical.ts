import type { ApiObject } from '../../../../sandbox/apiserver/types.ts';

const metadata = { name: 'x', namespace: 'default' };
/** Objects as they are written for the kinds of other projects. */
export const typical: ApiObject[] = [
  {
    apiVersion: 'serving.kserve.io/v1beta1',
    kind: 'InferenceService',
    metadata,
    spec: {
      predictor: {
        minReplicas: 1,
        maxReplicas: 3,
        canaryTrafficPercent: 20,
        scaleTarget: 5,
        model: {
          modelFormat: { name: 'sklearn' },
          protocolVersion: 'v2',
          storageUri: 'gs://kfserving/models/iris',
          resources: { requests: { cpu: '100m', memory: '1Gi' }, limits: { cpu: 1 } },
          env: [{ name: 'A', value: 'b' }],
          ports: [{ containerPort: 8080, protocol: 'TCP' }],
          livenessProbe: { httpGet: { path: '/', port: 8080 } },
        },
        tolerations: [{ key: 'a', operator: 'Exists' }],
        volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Gi' } }],
      },
    },
  },
  {
    apiVersion: 'networking.istio.io/v1beta1',
    kind: 'VirtualService',
    metadata,
    spec: {
      hosts: ['iris.example.com'],
      gateways: ['mesh'],
      http: [
        {
          name: 'main',
          match: [{ uri: { prefix: '/v2' }, headers: { x: { exact: 'y' } } }],
          route: [
            {
              destination: { host: 'a', port: { number: 80 } },
              weight: 80,
              headers: { request: { set: { a: 'b' } } },
            },
            { destination: { host: 'b' }, weight: 20 },
          ],
          timeout: '5s',
          retries: { attempts: 3, perTryTimeout: '2s' },
          fault: { delay: { percentage: { value: 0.5 }, fixedDelay: '1s' } },
          mirror: { host: 'c' },
          mirrorPercentage: { value: 10.5 },
        },
      ],
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata,
    spec: { hosts: ['a'], http: [{ redirect: { uri: '/x', redirectCode: 301 } }] },
  },
  {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'VirtualService',
    metadata,
    spec: { hosts: ['a'], http: [{ route: [{ destination: { host: 'x', subset: 's' } }] }] },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata,
    spec: {
      parentRefs: [
        { name: 'gw', sectionName: 'http' },
        { name: 'gw', sectionName: 'https' },
      ],
      hostnames: ['a.example.com'],
      rules: [
        {
          matches: [
            { path: { type: 'PathPrefix', value: '/v2' }, headers: [{ name: 'x', value: 'y' }] },
          ],
          filters: [
            {
              type: 'RequestHeaderModifier',
              requestHeaderModifier: { set: [{ name: 'a', value: 'b' }] },
            },
          ],
          backendRefs: [
            { name: 'a', port: 80, weight: 80 },
            { name: 'b', port: 80, weight: 20 },
          ],
          timeouts: { request: '10s', backendRequest: '5s' },
        },
      ],
    },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'HTTPRoute',
    metadata,
    spec: {
      rules: [
        {
          backendRefs: [{ name: 'a', port: 80 }],
          filters: [
            {
              type: 'URLRewrite',
              urlRewrite: {
                hostname: 'h',
                path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/x' },
              },
            },
          ],
        },
      ],
    },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata,
    spec: {
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/v2' } }],
          filters: [
            {
              type: 'RequestRedirect',
              requestRedirect: {
                path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/x' },
                statusCode: 301,
              },
            },
          ],
        },
      ],
    },
  },
  {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata,
    spec: {
      template: {
        metadata: { annotations: { 'autoscaling.knative.dev/min-scale': '1' } },
        spec: {
          containerConcurrency: 5,
          timeoutSeconds: 30,
          containers: [
            {
              image: 'x:1',
              ports: [{ containerPort: 8080 }],
              env: [{ name: 'A', value: 'b' }],
              resources: { limits: { cpu: '1', memory: '1Gi' } },
              readinessProbe: { httpGet: { port: 0 } },
            },
          ],
        },
      },
      traffic: [
        { percent: 80, revisionName: 'x-1' },
        { percent: 20, latestRevision: true, tag: 't' },
      ],
    },
  },
  {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    metadata,
    spec: {
      broker: 'default',
      filter: { attributes: { type: 'a' } },
      subscriber: { ref: { apiVersion: 'v1', kind: 'Service', name: 's' }, uri: '/x' },
      delivery: { retry: 3, backoffPolicy: 'exponential', backoffDelay: 'PT1S' },
    },
  },
  {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Broker',
    metadata,
    spec: {
      config: { apiVersion: 'v1', kind: 'ConfigMap', name: 'c' },
      delivery: { deadLetterSink: { uri: 'http://x' } },
    },
  },
  {
    apiVersion: 'messaging.knative.dev/v1',
    kind: 'Channel',
    metadata,
    spec: {
      channelTemplate: {
        apiVersion: 'messaging.knative.dev/v1',
        kind: 'InMemoryChannel',
        spec: { a: 1 },
      },
    },
  },
  {
    apiVersion: 'messaging.knative.dev/v1',
    kind: 'Subscription',
    metadata,
    spec: {
      channel: { apiVersion: 'messaging.knative.dev/v1', kind: 'Channel', name: 'c' },
      subscriber: { uri: 'http://x' },
    },
  },
  {
    apiVersion: 'sources.knative.dev/v1',
    kind: 'PingSource',
    metadata,
    spec: {
      schedule: '*/1 * * * *',
      data: '{}',
      contentType: 'application/json',
      sink: { ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'b' } },
    },
  },
  {
    apiVersion: 'sources.knative.dev/v1beta2',
    kind: 'PingSource',
    metadata,
    spec: { schedule: '*/1 * * * *', data: '{}', sink: { uri: 'http://x' } },
  },
  {
    apiVersion: 'sources.knative.dev/v1',
    kind: 'SinkBinding',
    metadata,
    spec: {
      subject: { apiVersion: 'apps/v1', kind: 'Deployment', selector: { matchLabels: { a: 'b' } } },
      sink: { uri: 'http://x' },
    },
  },
  {
    apiVersion: 'sources.knative.dev/v1',
    kind: 'ApiServerSource',
    metadata,
    spec: {
      mode: 'Resource',
      resources: [{ apiVersion: 'v1', kind: 'Event' }],
      serviceAccountName: 'x',
      sink: { uri: 'http://x' },
    },
  },
  {
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind: 'InferenceGraph',
    metadata,
    spec: {
      nodes: {
        root: {
          routerType: 'Sequence',
          steps: [
            { serviceName: 'a', data: '$request' },
            { serviceName: 'b', weight: 50 },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind: 'LLMInferenceService',
    metadata,
    spec: {
      model: { uri: 'hf://a/b', name: 'n' },
      replicas: 2,
      template: {
        containers: [{ name: 'main', image: 'x', resources: { limits: { 'nvidia.com/gpu': 1 } } }],
      },
      router: { gateway: {}, route: {}, scheduler: {} },
    },
  },
  {
    apiVersion: 'serving.kserve.io/v1alpha2',
    kind: 'LLMInferenceService',
    metadata,
    spec: {
      model: { uri: 'hf://a/b', name: 'n' },
      scaling: {
        minReplicas: 1,
        maxReplicas: 4,
        keda: { triggers: [{ type: 'prometheus', metadata: { a: 'b' } }] },
      },
      template: { containers: [{ name: 'main', image: 'x' }] },
    },
  },
];
