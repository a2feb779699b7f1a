import type { Random } from '../analysis/random.ts';
import type { Measurement } from '../experiment/observations.ts';
import { refuse } from './answer.ts';
import { decode } from './decode.ts';
import type { HostPolicy } from './hosts.ts';
import { http } from './http.ts';
import { jq } from './jq.ts';
import { hiddenIn, seriesIn } from './providers.ts';
import { hostOf, redacted, secretsOf } from './refusals.ts';
import type { SecretQuestion } from './request.ts';

/** A question, and how to find the one number in what is answered. */
export type HttpQuery = {
  question: SecretQuestion;
  /** Whose answer it is, as the Metric says. */
  provider?: string | undefined;
  /** In jq. */
  program: string;
  signal: AbortSignal;
  /** When the signal comes, in milliseconds since 1970. */
  endsAt: number;
};

/** Asks any HTTP API for a number. Every outcome is a measurement: it never throws. */
export type AskHttp = (query: HttpQuery) => Promise<Measurement>;

/** HTTP APIs with hosts held to the policy, connections kept, and jq loaded with the first answer. */
export function httpJson(policy: HostPolicy, random: Random): AskHttp {
  const send = http(policy, random);
  const evaluate = jq();
  return async ({ question, provider, program, signal, endsAt }) => {
    const answer = await send(question, { signal, endsAt });
    if (answer.kind === 'Error') return answer;
    const read = async (text: string): Promise<Measurement> => {
      const decoded = decode({ ...answer, text });
      if ('kind' in decoded) return decoded;
      const hidden = hiddenOf(decoded.json, provider, program);
      if (hidden?.kind === 'Error') return hidden;
      const found = await evaluate(program, decoded.json);
      // An expression may say what nothing is worth.
      return found.kind === 'Value' ? found : (hidden ?? found);
    };
    const measured = await read(answer.text);
    if (measured.kind === 'Value') return measured;
    // What is told of an answer is cut, and half a secret would not be found.
    const secrets = secretsOf(question.secrets, question);
    const harmless = redacted(answer.text, secrets);
    const told = harmless === answer.text ? measured : await read(harmless);
    const { message } = told.kind === 'Value' ? measured : told;
    return { ...measured, message: from(question.url, redacted(message, secrets)) };
  };
}

/** What is said of an answer begins with whose it is, as what is said of a Metric does with its field. */
function from(url: string, message: string): string {
  return message.startsWith('spec.') ? message : `${hostOf(url)}: ${message}`;
}

/** What is not to be taken for a number, whatever the expression makes of it. */
function hiddenOf(
  json: string,
  provider: string | undefined,
  program: string,
): Measurement | undefined {
  const body: unknown = JSON.parse(json);
  const hidden = hiddenIn(provider, body);
  if (hidden) return hidden;
  const series = seriesIn(body);
  if (series < 2 || !program.includes('.result[0]')) return undefined;
  const message = `the query found ${series} series, of which spec.jqExpression takes the first; aggregate them in the query, for instance with sum(…)`;
  return refuse('SeveralSeries', message);
}
