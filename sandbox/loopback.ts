// Loaded into a function's process before the runtime, which would listen on every interface.
import { Server } from 'node:net';

type Listen = (this: Server, ...args: unknown[]) => Server;

const prototype = Server.prototype as { listen: Listen };
const { listen } = prototype;

prototype.listen = function (...args) {
  const [first, ...others] = args;
  const isOptions = typeof first === 'object' && first !== null && 'host' in first;
  const given = isOptions ? [{ ...first, host: '127.0.0.1' }, ...others] : args;
  return listen.apply(this, given);
};
