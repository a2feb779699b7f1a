import { cloudEventFunction } from '../lib/runtime/function.ts';
import { finish } from './finish.ts';

export const { handle, init, shutdown, liveness, readiness } = cloudEventFunction('finish', finish);
