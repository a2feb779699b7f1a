// Generated from eventing/crd/metric.yaml by scripts/generate-types.ts: do not edit.

/** A number, or a Kubernetes quantity such as "10m", "0.5" or "2k". */
export type Quantity = number | string;

/** Metadata of a stored object. */
export interface ObjectMeta {
  name: string;
  namespace: string;
  /** Unique over time: an object created again under the same name has another one. */
  uid: string;
  /** Changes with every write; sent back, it makes a write fail where another came first. */
  resourceVersion: string;
  /** Counts the changes of spec. */
  generation: number;
  /** RFC 3339, whole seconds. */
  creationTimestamp: string;
  /** RFC 3339; present once deletion was asked for. */
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string }[];
}

/**
 * A number about one version of a model, and the HTTP request that reads it from a metrics backend.
 */
export interface Metric {
  /** Version of this schema, iter8.tools/v2alpha2. */
  apiVersion: string;
  /** Kind of the object, Metric. */
  kind: string;
  metadata: ObjectMeta;
  /** What the metric is and how it is read. */
  spec: MetricSpec;
}

/** What the metric is and how it is read. */
export interface MetricSpec {
  /** What the metric says, for people. */
  description?: string;
  /** Units of the value, for people, for example milliseconds. */
  units?: string;
  /**
   * Counter: the value only grows. Gauge: it may also fall. It matters for mock values alone; no
   * rate or difference is ever computed.
   */
  type: MetricType;
  /**
   * Kind of metrics backend, for example prometheus. iter8 means a built-in metric, which is not
   * queried.
   */
  provider?: string;
  /**
   * URL of the backend's query endpoint. Placeholders ${key} are replaced by the values of the
   * Secret, where one is named, else as in params.
   */
  urlTemplate?: string;
  /** HTTP method of the query. */
  method: HttpMethod;
  /** Query parameters of the URL. */
  params?: NamedValue[];
  /** JSON text to send with the query, with the same placeholders as params. */
  body?: string;
  /** HTTP headers to send with the query. */
  headerTemplates?: NamedValue[];
  /**
   * How to authenticate. Basic takes username and password from the Secret. Bearer and APIKey: the
   * header is written in headerTemplates, with values of the Secret.
   */
  authType?: AuthType;
  /** Secret with the credentials, as name or namespace/name. */
  secret?: string;
  /**
   * jq expression that takes the number out of the backend's JSON answer, for example
   * .data.result[0].value[1] | tonumber. CSV and Prometheus text are given to it as JSON.
   */
  jqExpression?: string;
  /**
   * Metric that counts the samples behind the value, as name (in the same namespace) or
   * namespace/name.
   */
  sampleSize?: string;
  /**
   * How the value comes about, so that its uncertainty can be computed. With provider prometheus
   * only. Each query is a selector of counters such as requests_total{revision='$revision'},
   * without a range and without functions: what each of its series has grown by since the last look
   * is read from its raw samples and added up. Placeholders as in params.
   */
  evidence?: MetricEvidence;
  /**
   * Other names that the same thing has, for example with each version of Knative. With provider
   * prometheus only. The first one whose probe finds a series is used from then on, with its params
   * and evidence; until one does, the first.
   */
  alternatives?: MetricAlternative[];
  /**
   * Invented values by version, for trying things out. Where it is given, even empty, no backend is
   * queried.
   */
  mock?: MockLevel[];
}

/**
 * Counter: the value only grows. Gauge: it may also fall. It matters for mock values alone; no rate
 * or difference is ever computed.
 */
export type MetricType = 'Counter' | 'Gauge';

/** HTTP method of the query. */
export type HttpMethod = 'GET' | 'POST';

export interface NamedValue {
  /** Name, taken as it is. */
  name: string;
  /**
   * Value. Placeholders $key and ${key} are replaced: in params by name (of the version), its
   * variables, elapsedTime (seconds since the start), interval (the same as a duration, 600s),
   * namespace (of the experiment), startTime and endTime (Unix seconds); in headers by the values
   * of the Secret.
   */
  value: string;
}

/**
 * How to authenticate. Basic takes username and password from the Secret. Bearer and APIKey: the
 * header is written in headerTemplates, with values of the Secret.
 */
export type AuthType = 'Basic' | 'Bearer' | 'APIKey';

/**
 * How the value comes about, so that its uncertainty can be computed. With provider prometheus
 * only. Each query is a selector of counters such as requests_total{revision='$revision'}, without
 * a range and without functions: what each of its series has grown by since the last look is read
 * from its raw samples and added up. Placeholders as in params.
 */
export interface MetricEvidence {
  /**
   * Rate: the share of trials that were events. Quantile: a quantile of a histogram. Mean: a sum
   * divided by a count.
   */
  kind: EvidenceKind;
  /** Rate. What is counted, for example requests that failed. */
  events?: string;
  /** Rate. Of what the events are a share, for example all requests. */
  trials?: string;
  /** Quantile. The buckets of a histogram, with the label le. */
  buckets?: string;
  /** Quantile. Which one, for example "0.95". */
  quantile?: string;
  /** Mean. The sum of all values. */
  sum?: string;
  /** Mean. The number of values. */
  count?: string;
  /** Mean. The sum of the squares of all values. A reward needs it. */
  sumOfSquares?: string;
  /** Mean. No single value is lower, in the metric's units. Default 0. */
  lowest?: Quantity;
  /**
   * Mean. No single value is higher, in the metric's units, for example the time-out of requests.
   * An objective needs it: without it one more value could change any mean.
   */
  highest?: Quantity;
  /**
   * By what the counters' units are multiplied to give the metric's, for example 1000 from seconds
   * to milliseconds. Default 1.
   */
  unitFactor?: Quantity;
}

/**
 * Rate: the share of trials that were events. Quantile: a quantile of a histogram. Mean: a sum
 * divided by a count.
 */
export type EvidenceKind = 'Rate' | 'Quantile' | 'Mean';

export interface MetricAlternative {
  /** Name, told in the status of an experiment that uses it. */
  name: string;
  /**
   * PromQL that finds something where this way is the right one, with the placeholders of the
   * baseline.
   */
  probe: string;
  /** Query parameters of the URL. */
  params: NamedValue[];
  /**
   * How the value comes about, so that its uncertainty can be computed. With provider prometheus
   * only. Each query is a selector of counters such as requests_total{revision='$revision'},
   * without a range and without functions: what each of its series has grown by since the last look
   * is read from its raw samples and added up. Placeholders as in params.
   */
  evidence?: MetricEvidence;
}

export interface MockLevel {
  /** Name of the version. */
  name: string;
  /** A Gauge varies around it, a Counter grows by it each second. */
  level: Quantity;
}
