import type { ExperimentStatus } from '../types/experiment.gen.ts';

/** Something to be told in a Kubernetes Event. */
export type Announcement = { type: 'Normal' | 'Warning'; reason: string; message: string };

/** What a step decides: the new status, and what is to be told of it. */
export type Plan = { status: ExperimentStatus; announcements: Announcement[] };
