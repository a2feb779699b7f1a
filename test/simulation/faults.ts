// What may go wrong with a call of the functions, and with the process that makes it.
import type { Agenda } from './agenda.ts';

/**
 * What befalls a call. The process dies right before it, or right after it took effect; and so does
 * the event, where nobody delivers it again. Or the process lives on: it is refused at once, or hears
 * nothing until its patience ends, although the call took effect; or the call takes effect later still.
 */
export const FAULTS = [
  'dies before',
  'dies after',
  'dies before, event lost',
  'dies after, event lost',
  'refused',
  'unanswered',
  'late',
] as const;

/** What else may befall one, and lasts for some seconds. */
export const DELAYS = ['slow', 'stopped'] as const;

export type Fault = (typeof FAULTS)[number];

/**
 * A fault; or a call that takes effect so many seconds later; or a process that is stopped for so
 * many seconds as the call takes effect, so that whatever it does next comes late.
 */
export type Mishap =
  { fault: Fault; seconds?: undefined } | { fault: (typeof DELAYS)[number]; seconds: number };

/** A process that runs a function. */
export type Instance = {
  name: string;
  /** By how much its clock is ahead. */
  aheadSeconds: number;
  /** When it goes on, in true time. */
  stoppedUntil: Date;
};

/** One invocation: it ends with an answer, or its process dies and there is none. */
export type Invocation = {
  name: string;
  instance: Instance;
  isDead: boolean;
  die: (status: number) => void;
};

/** A call on its way. */
export type Call<T> = {
  what: string;
  effect: () => T;
  /** What the caller is left with where there is no answer. */
  lost: () => T;
  patienceSeconds: number;
};

/** What surrounds a call. */
export type Air = {
  agenda: Agenda;
  /** Hears of every call as it arrives, and says what befalls it. */
  befall: (call: string, invocation: Invocation) => Mishap | undefined;
  /** The seconds that a call is on its way. */
  latency: () => number;
};

/** How long after its caller gave up a call may still take effect, in seconds. */
const LATE_SECONDS = 4;
const NO_ANSWER = 0;
/** An answer after which no Broker tries again. */
const TAKEN = 204;

/** Makes a call and gives its answer, as late as it comes; never, where the process dies of it. */
export function makeCall<T>(air: Air, invocation: Invocation, call: Call<T>): Promise<T> {
  const { agenda, befall, latency } = air;
  const { promise, resolve } = Promise.withResolvers<T>();
  const { instance } = invocation;
  const hear = (answer: () => T): void => {
    const answered = attempt(answer);
    // Nobody may hear of a refusal: the process may be dead by then.
    answered.catch(() => undefined);
    whenAwake(agenda, instance, () => {
      resolve(answered);
    });
  };
  agenda.after(latency(), () => {
    if (invocation.isDead) return;
    const mishap = befall(`${invocation.name} ${call.what}`, invocation);
    if (mishap) suffer(mishap, { agenda, invocation, call, hear });
    else hear(call.effect);
  });
  return promise;
}

type Plight<T> = {
  agenda: Agenda;
  invocation: Invocation;
  call: Call<T>;
  hear: (answer: () => T) => void;
};

function suffer<T>({ fault, seconds = 0 }: Mishap, plight: Plight<T>): void {
  const { agenda, invocation, call, hear } = plight;
  const { effect, lost, patienceSeconds } = call;
  const giveUp = (): void => {
    agenda.after(patienceSeconds, () => {
      hear(lost);
    });
  };
  const dieAfter = (answer: number): void => {
    takeEffect(effect);
    invocation.die(answer);
  };
  const play: Record<Mishap['fault'], () => void> = {
    'dies before': () => {
      invocation.die(NO_ANSWER);
    },
    'dies before, event lost': () => {
      invocation.die(TAKEN);
    },
    'dies after': () => {
      dieAfter(NO_ANSWER);
    },
    'dies after, event lost': () => {
      dieAfter(TAKEN);
    },
    refused: () => {
      takeEffect(effect);
      hear(lost);
    },
    unanswered: () => {
      takeEffect(effect);
      giveUp();
    },
    late: () => {
      giveUp();
      takeEffectAfter(plight, patienceSeconds + LATE_SECONDS);
    },
    slow: () => {
      dawdle(plight, seconds);
    },
    stopped: () => {
      stop(agenda, invocation.instance, seconds);
      hear(effect);
    },
  };
  play[fault]();
}

function dawdle<T>(plight: Plight<T>, seconds: number): void {
  const { agenda, call, hear } = plight;
  const isHeard = seconds < call.patienceSeconds;
  agenda.after(Math.min(seconds, call.patienceSeconds), () => {
    hear(isHeard ? call.effect : call.lost);
  });
  if (!isHeard) takeEffectAfter(plight, Math.min(seconds, call.patienceSeconds + LATE_SECONDS));
}

function takeEffectAfter<T>({ agenda, call }: Plight<T>, seconds: number): void {
  agenda.after(seconds, () => {
    takeEffect(call.effect);
  });
}

/** Goes on at once, or as soon as a stopped process does. */
export function whenAwake(agenda: Agenda, instance: Instance, goOn: () => void): void {
  const left = (instance.stoppedUntil.getTime() - agenda.now().getTime()) / 1000;
  if (left <= 0) {
    goOn();
    return;
  }
  agenda.after(left, () => {
    whenAwake(agenda, instance, goOn);
  });
}

function stop(agenda: Agenda, instance: Instance, seconds: number): void {
  const until = agenda.now().getTime() + seconds * 1000;
  instance.stoppedUntil = new Date(Math.max(until, instance.stoppedUntil.getTime()));
}

/** Where nobody hears of it, a refusal does not matter. */
function takeEffect(effect: () => unknown): void {
  attempt(effect).catch(() => undefined);
}

/** What a synchronous step gives, or how it fails, as a promise. */
export function attempt<T>(todo: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(todo());
  });
}
