import type { Measurement } from '../experiment/observations.ts';

/** What can be in the way of an answer: a reason for machines and a sentence for people. */
export type Refusal = Extract<Measurement, { kind: 'Error' }>;

/** One HTTP request to a metrics backend, with everything filled in, secrets too. */
export type Question = {
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string | undefined;
  auth?: { username: string; password: string } | undefined;
  tls?: Identity | undefined;
};

/** What a connection proves itself with, and by which authorities it knows the backend: PEM texts. */
export type Identity = { ca?: string; cert?: string; key?: string };

/** A backend's answer with a 2xx status. */
export type Answer = { kind: 'Answer'; contentType: string; text: string };

/** A refusal with a reason and a sentence. */
export function refuse(reason: string, message: string): Refusal {
  return { kind: 'Error', reason, message };
}

/** A measurement that found nothing: no data at all, or a number that is none. */
export function nothing(
  reason: 'NoData' | 'NaN',
  message: string,
): Extract<Measurement, { kind: 'NoData' }> {
  return { kind: 'NoData', reason, message };
}
