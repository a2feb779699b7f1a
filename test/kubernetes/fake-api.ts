import type { Api, ApiRequest } from '../../functions/lib/kubernetes/client.ts';
import { Failure, type FailureKind } from '../../functions/lib/kubernetes/failure.ts';

/** An API server in the same process, and what it was asked. */
export type FakeApi = { api: Api; asked: ApiRequest[] };

/** Answers requests as a test says. An answer that is a {@link Failure} is thrown. */
export function fakeApi(answer: (request: ApiRequest) => unknown): FakeApi {
  const asked: ApiRequest[] = [];
  const api: Api = async <T>(request: ApiRequest): Promise<T> => {
    asked.push(request);
    const given = await answer(request);
    if (given instanceof Failure) throw given;
    return given as T;
  };
  return { api, asked };
}

/** A failure as the client would throw it. */
export function failure(kind: FailureKind): Failure {
  return new Failure(kind, `the API server said: ${kind}`);
}

/** What an attempt throws. Throws itself where it throws nothing. */
export async function thrownBy<E extends Error>(attempt: () => Promise<unknown>): Promise<E> {
  try {
    await attempt();
  } catch (error) {
    return error as E;
  }
  throw new Error('expected an error, and there was none');
}
