import { cloudEventFunction } from '../lib/runtime/function.ts';
import { iterate } from './iterate.ts';

export const { handle, init, shutdown, liveness, readiness } = cloudEventFunction(
  'iterate',
  iterate,
);
