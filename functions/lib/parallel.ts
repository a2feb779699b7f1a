/** Runs all tasks, at most so many at a time. Throws the first error after all have ended. */
export async function inParallel(
  tasks: readonly (() => Promise<void>)[],
  concurrency: number,
): Promise<void> {
  const rest = tasks.values();
  const work = async (): Promise<void> => {
    for (const task of rest) await task();
  };
  const workers = Array.from({ length: Math.min(concurrency, tasks.length) }, work);
  const outcomes = await Promise.allSettled(workers);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason as Error;
}

/** As {@link inParallel}, but at most so many at a time of each key. */
export async function inParallelBy(
  tasks: readonly { key: string; run: () => Promise<void> }[],
  concurrency: number,
): Promise<void> {
  const groups = Map.groupBy(tasks, ({ key }) => key);
  const each = [...groups.values()].map(
    (group) => () =>
      inParallel(
        group.map(({ run }) => run),
        concurrency,
      ),
  );
  await inParallel(each, each.length);
}
