import type { VersionDetail, VersionInfo } from '../types/experiment.gen.ts';

/** All versions of an experiment: the baseline, then the candidates in the order of the spec. */
export function versionsOf(versionInfo: VersionInfo): VersionDetail[] {
  return [versionInfo.baseline, ...(versionInfo.candidates ?? [])];
}

/** The names of all versions, the baseline's first. */
export function versionNames(versionInfo: VersionInfo): string[] {
  return versionsOf(versionInfo).map(({ name }) => name);
}
