import { cloudEventFunction } from '../lib/runtime/function.ts';
import { start } from './start.ts';

export const { handle, init, shutdown, liveness, readiness } = cloudEventFunction('start', start);
