/** What a series is called by: its labels, the name of the metric among them as `__name__`. */
export type Labels = Readonly<Record<string, string>>;

/** A value and when it was scraped, in milliseconds since 1970. */
export type Sample = { at: number; value: number };

/** A time series as a backend keeps it, its samples oldest first. */
export type Series = { labels: Labels; samples: readonly Sample[] };

/** A counter's samples of a window, and its last value before; undefined: it was born since. */
export type Counter = Series & { before: number | undefined };

/** When counters began anew, by the labels that the counters of one source share. */
export type Resets = ReadonlyMap<string, ReadonlySet<number>>;

/** How many values of a histogram fell between its edges: one count more than finite edges. */
export type Buckets = { edges: number[]; counts: number[] };

/**
 * The counters of a window from their samples within it, of which those at or before `from` do not
 * count, and the last sample of each before it. One that has nothing new is among them.
 */
export function countersOf(
  within: readonly Series[],
  before: readonly Series[],
  from: Date,
): Counter[] {
  const counters = new Map(
    before.map(({ labels, samples }) => [
      keyOf(labels),
      { labels, before: samples.at(-1)?.value, samples: [] as Sample[] },
    ]),
  );
  for (const { labels, samples } of within) {
    const fresh = samples.filter(({ at }) => at > from.getTime());
    const known = take(counters, labels);
    if (!known && fresh.length === 0) continue;
    const all = [...(known?.samples ?? []), ...fresh].sort((one, other) => one.at - other.at);
    counters.set(keyOf(labels), { labels, before: known?.before, samples: all });
  }
  return [...counters.values()];
}

/** Some backends give a function's result without the name of the metric. */
function take<T>(counters: Map<string, T>, labels: Labels): T | undefined {
  const key = [keyOf(labels), keyOf(labels, '__name__')].find((one) => counters.has(one));
  if (key === undefined) return undefined;
  const found = counters.get(key);
  counters.delete(key);
  return found;
}

/**
 * When the counters of each source began anew: where one of them falls, all of that source did.
 * Of one source are those that differ in nothing but their name and bucket: a histogram, for instance.
 */
export function resetsOf(counters: readonly Counter[]): Resets {
  const resets = new Map<string, Set<number>>();
  for (const counter of counters) {
    const source = sourceOf(counter);
    const times = resets.get(source) ?? new Set();
    resets.set(source, times);
    for (const at of fallsOf(counter)) times.add(at);
  }
  return resets;
}

/**
 * By how much counters have grown in their window, all together: the differences of each, and what
 * it had once it was born or began anew, which counts in full. Nothing is extrapolated.
 * Worked: before 5, then 7, 9, 2, 3 → 2 + 2 + 2 + 1 = 7.
 */
export function grown(counters: readonly Counter[], resets: Resets = resetsOf(counters)): number {
  return counters.reduce((sum, counter) => sum + growthOf(counter, resets), 0);
}

function growthOf(counter: Counter, resets: Resets): number {
  const times = resets.get(sourceOf(counter)) ?? new Set(fallsOf(counter));
  let last = counter.before ?? 0;
  let sum = 0;
  for (const { at, value } of counter.samples) {
    sum += times.has(at) ? value : value - last;
    last = value;
  }
  return sum;
}

function fallsOf({ before = 0, samples }: Counter): number[] {
  const fell = samples.filter(
    ({ value }, index) => value < (index === 0 ? before : samples[index - 1]!.value),
  );
  return fell.map(({ at }) => at);
}

/**
 * What the histograms of several sources have got in their window, together, or what is wrong with
 * them. Sources that have different edges are put together by those they share; those without a new
 * value have no say. A bucket never has more than a wider one.
 */
export function bucketsOf(counters: readonly Counter[]): Buckets | { problem: string } {
  if (!counters.every(({ labels }) => edgeOf(labels) !== undefined)) {
    return { problem: 'a series has no label le with a number' };
  }
  const resets = resetsOf(counters);
  const histograms = [...Map.groupBy(counters, sourceOf).values()].map(
    (buckets) => new Map(buckets.map((one) => [edgeOf(one.labels)!, growthOf(one, resets)])),
  );
  if (!histograms.every((one) => one.has(Infinity))) {
    return { problem: 'a histogram has no bucket le="+Inf"' };
  }
  const growing = histograms.filter((one) => one.get(Infinity)! > 0);
  return together(growing.length > 0 ? growing : histograms);
}

type Histogram = ReadonlyMap<number, number>;

function together(histograms: readonly Histogram[]): Buckets | { problem: string } {
  const [first = new Map<number, number>()] = histograms;
  const shared = [...first.keys()].filter((edge) => histograms.every((one) => one.has(edge)));
  const edges = shared.filter(Number.isFinite).sort((one, other) => one - other);
  if (edges.length === 0) return { problem: 'its histograms have no edge of a bucket in common' };
  const sumAt = (edge: number): number => histograms.reduce((sum, one) => sum + one.get(edge)!, 0);
  const total = sumAt(Infinity);
  let below = 0;
  const counts = [...edges.map(sumAt), total].map((cumulated) => {
    const here = Math.max(0, Math.min(cumulated, total) - below);
    below += here;
    return here;
  });
  return { edges, counts };
}

/** The upper edge of a bucket, Infinity for the last; undefined where the label le is no number. */
function edgeOf({ le = '' }: Labels): number | undefined {
  if (/^\+?Inf$/.test(le)) return Infinity;
  const edge = Number(le);
  return le.trim() === '' || Number.isNaN(edge) ? undefined : edge;
}

function sourceOf({ labels }: Counter): string {
  return keyOf(labels, '__name__', 'le');
}

/** One text for the same labels. Edges go by number: "1" in Prometheus 2 is "1.0" in Prometheus 3. */
function keyOf(labels: Labels, ...without: readonly string[]): string {
  const { le } = labels;
  const edge = edgeOf(labels);
  const given = le === undefined ? labels : { ...labels, le: edge === undefined ? le : `${edge}` };
  const entries = Object.entries(given).filter(([name]) => !without.includes(name));
  return JSON.stringify(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}
