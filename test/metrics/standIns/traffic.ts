// What the two versions of the stand-ins' world have been through: every answer is computed from it.

/** A request that a version was sent, and how it ended. */
export type Request = { milliseconds: number; hasFailed: boolean };

/** The requests of each version, by its revision. */
export type Traffic = Readonly<Record<string, readonly Request[]>>;

/** A version as an experiment has it. */
export type Version = { name: string; variables: { name: string; value: string }[] };

/** What can be told of a version's requests. */
export type Summary = {
  requests: number;
  errors: number;
  sumMilliseconds: number;
  meanMilliseconds: number;
  /** By the nearest rank. */
  p95Milliseconds: number;
};

/** The namespace of both versions. */
export const NAMESPACE = 'models';

/** The baseline and the candidate, with the variables that queries need. */
export const VERSIONS = {
  baseline: version('baseline', 'sklearn-iris-predictor-00001'),
  candidate: version('candidate', 'sklearn-iris-predictor-00002'),
} as const;

/** A hundred requests to the baseline, one of which failed; fifty quicker ones to the candidate, of which two did. */
export const TRAFFIC: Traffic = {
  'sklearn-iris-predictor-00001': requestsOf(100, 71, 1),
  'sklearn-iris-predictor-00002': requestsOf(50, 41, 2),
};

function version(name: string, revision: string): Version {
  const variables = [
    { name: 'revision', value: revision },
    { name: 'namespace', value: NAMESPACE },
  ];
  return { name, variables };
}

function requestsOf(count: number, firstMilliseconds: number, errors: number): Request[] {
  return Array.from({ length: count }, (_one, index) => ({
    milliseconds: firstMilliseconds + index,
    hasFailed: index < errors,
  }));
}

/** What can be told of requests; undefined where there are none, for then there is nothing to tell. */
export function summaryOf(requests: readonly Request[] | undefined): Summary | undefined {
  if (!requests?.length) return undefined;
  const times = requests.map(({ milliseconds }) => milliseconds).sort((one, two) => one - two);
  const sumMilliseconds = times.reduce((sum, one) => sum + one, 0);
  return {
    requests: requests.length,
    errors: requests.filter(({ hasFailed }) => hasFailed).length,
    sumMilliseconds,
    meanMilliseconds: sumMilliseconds / requests.length,
    p95Milliseconds: times[Math.ceil(0.95 * times.length) - 1]!,
  };
}

/** What a number about a version is for the baseline and for the candidate. */
export type Expected = { baseline: number; candidate: number };

/** What {@link summaryOf} says of the two versions, as a number about each. */
export function expectedOf(number: (summary: Summary) => number): Expected {
  const [baseline, candidate] = Object.values(TRAFFIC).map((requests) => summaryOf(requests)!);
  return { baseline: number(baseline!), candidate: number(candidate!) };
}
