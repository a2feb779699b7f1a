// A kind that has everything that custom kinds can have.

const text = { type: 'string' };
const number = { type: 'integer' };

function keyedBy(key: string, properties: Record<string, object>): object {
  return {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [key],
    items: { type: 'object', required: [key], properties: { [key]: text, ...properties } },
  };
}

const spec = {
  type: 'object',
  description: 'What the widget should be.',
  required: ['color'],
  'x-kubernetes-validations': [
    { rule: 'self.minSize <= self.maxSize', message: 'minSize must not exceed maxSize' },
  ],
  properties: {
    color: { ...text, enum: ['red', 'green', 'blue'], description: 'The color of the widget.' },
    minSize: { ...number, default: 1 },
    maxSize: { ...number, default: 10 },
    frozen: {
      ...text,
      'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'frozen is immutable' }],
    },
    parts: keyedBy('name', { count: number }),
  },
};

const status = {
  type: 'object',
  properties: { phase: text, conditions: keyedBy('type', { status: text, reason: text }) },
};

/** The definition of the kind Widget in a group. */
export function widgetDefinition(group: string): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        ...{ plural: 'widgets', singular: 'widget', kind: 'Widget' },
        ...{ shortNames: ['wdg'], categories: ['gadgets'] },
      },
      versions: [
        {
          ...{ name: 'v1', served: true, storage: true, subresources: { status: {} } },
          selectableFields: [{ jsonPath: '.spec.color' }],
          additionalPrinterColumns: [
            { name: 'Color', type: 'string', jsonPath: '.spec.color' },
            {
              name: 'Ready',
              type: 'string',
              jsonPath: '.status.conditions[?(@.type=="Ready")].status',
            },
          ],
          schema: {
            openAPIV3Schema: { type: 'object', required: ['spec'], properties: { spec, status } },
          },
        },
      ],
    },
  };
}

/** What a Widget has besides its name and its color; a color of its own comes before red. */
export interface MoreOfWidget {
  spec?: object;
  metadata?: object;
}

/** A red Widget, to be sent. */
export function widget(group: string, name: string | undefined, more: MoreOfWidget = {}): object {
  return {
    apiVersion: `${group}/v1`,
    kind: 'Widget',
    metadata: { name, ...more.metadata },
    spec: { color: 'red', ...more.spec },
  };
}
