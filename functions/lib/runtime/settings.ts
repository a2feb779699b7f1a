import type { Settings } from '../experiment/settings.ts';
import type { HostPolicy } from '../metrics/hosts.ts';

/** Everything that is set from outside: by the administrator, or by Knative. */
export type Environment = {
  settings: Settings;
  hosts: HostPolicy;
  /** The Broker's address, where the sweep hands over what is due; without it, it does it itself. */
  sink: string | undefined;
};

/**
 * Reads the environment. Throws an Error that names the variable where a value is not what it
 * should be, so that a function with a mistake in its settings does not start.
 */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
): Environment {
  const seconds = (name: string, fallback: number): number => {
    const text = variables[name];
    const value = text ? Number(text) : fallback;
    if (value > 0 && Number.isFinite(value)) return value;
    throw new Error(`${name}: found "${text ?? ''}"; expected a positive number of seconds`);
  };
  return {
    settings: {
      namespace: variables.ITER8_NAMESPACE || 'iter8-system',
      tickSeconds: seconds('TICK_SECONDS', 10),
      handlerDeadlineSeconds: seconds('HANDLER_DEADLINE_SECONDS', 15),
      clockToleranceSeconds: seconds('CLOCK_TOLERANCE_SECONDS', 5),
      scrapeIntervalSeconds: seconds('SCRAPE_INTERVAL_SECONDS', 15),
      waitingDeadlineSeconds: seconds('WAITING_DEADLINE_SECONDS', 7 * 24 * 3600),
      initializingDeadlineSeconds: seconds('INITIALIZING_DEADLINE_SECONDS', 900),
      finishingDeadlineSeconds: seconds('FINISHING_DEADLINE_SECONDS', 900),
    },
    hosts: {
      allowedHosts: (variables.METRICS_ALLOWED_HOSTS ?? '').split(',').map(trim).filter(Boolean),
      allowsLoopback: variables.ALLOW_LOOPBACK === 'true',
    },
    sink: variables.K_SINK ? address('K_SINK', variables.K_SINK) : undefined,
  };
}

function address(name: string, text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new Error(`${name}: found "${text}"; expected an address such as http://broker`);
}

function trim(text: string): string {
  return text.trim();
}
