/** The time that lies some seconds after another. */
export function after(time: Date | string, seconds: number): Date {
  return new Date(new Date(time).getTime() + seconds * 1000);
}

/** Whole and broken seconds from one time to another; negative where it lies before. */
export function secondsBetween(from: Date | string, to: Date | string): number {
  return (new Date(to).getTime() - new Date(from).getTime()) / 1000;
}
