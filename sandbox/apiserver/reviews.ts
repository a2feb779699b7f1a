// Questions about rights and identities: asked as a creation, answered at once, never stored.
import { roleObjects, serviceAccountUser, type Tokens } from './access.ts';
import { invalid } from './errors.ts';
import { without } from './json.ts';
import { timestamp } from './metadata.ts';
import { isAllowed, rulesFor, type Attributes, type NonResource, type User } from './rbac.ts';
import { fieldError } from './schema/errors.ts';
import type { Store } from './store.ts';
import type { ApiObject } from './types.ts';

/** Who asks, and where the answer comes from. */
export interface Asker {
  user: User;
  store: Store;
  tokens: Tokens;
}

interface AccessSpec {
  user?: string;
  groups?: string[];
  resourceAttributes?: Partial<Attributes>;
  nonResourceAttributes?: NonResource;
}

/** The answer to a review of any kind. */
export function review(object: ApiObject, asker: Asker): ApiObject {
  const status = ANSWERS[object.kind]?.(object, asker);
  return { ...object, metadata: without(object.metadata, 'name'), status };
}

const ANSWERS: Record<string, (object: ApiObject, asker: Asker) => object> = {
  SelfSubjectReview: (_object, { user }) => ({ userInfo: userInfo(user) }),
  SelfSubjectAccessReview: ({ spec }, { user, store }) => access(user, spec as AccessSpec, store),
  SubjectAccessReview: ({ spec }, { store }) => accessOf(spec as AccessSpec, store),
  LocalSubjectAccessReview: ({ spec }, { store }) => accessOf(spec as AccessSpec, store),
  SelfSubjectRulesReview: ({ spec }, { user, store }) => {
    const { namespace } = spec as { namespace?: string };
    const rules = rulesFor(user, roleObjects(store), namespace);
    return {
      resourceRules: rules.filter(({ resources }) => resources !== undefined),
      nonResourceRules: rules.filter(({ nonResourceURLs }) => nonResourceURLs !== undefined),
      incomplete: false,
    };
  },
  TokenReview: ({ spec }, { tokens }) => {
    const user = tokens.find((spec as { token: string }).token);
    return user === undefined ? { user: {} } : { authenticated: true, user: userInfo(user) };
  },
};

function userInfo({ name, groups, uid }: User): object {
  return { username: name, groups, ...(uid !== undefined && { uid }) };
}

function accessOf(spec: AccessSpec, store: Store): object {
  return access({ name: spec.user ?? '', groups: spec.groups ?? [] }, spec, store);
}

function access(user: User, spec: AccessSpec, store: Store): object {
  const { resourceAttributes, nonResourceAttributes } = spec;
  const question = nonResourceAttributes ?? attributesOf(resourceAttributes ?? {});
  return { allowed: isAllowed(user, question, roleObjects(store)) };
}

function attributesOf(given: Partial<Attributes>): Attributes {
  const { verb = '', group = '', resource = '', subresource, namespace, name } = given;
  return {
    verb,
    group,
    resource,
    subresource: subresource || undefined,
    namespace: namespace || undefined,
    name: name || undefined,
  };
}

const LEAST_SECONDS = 600;

/** The answer to a TokenRequest for a service account. Throws 422 where the token would be too short-lived. */
export function requestToken(request: ApiObject, account: ApiObject, tokens: Tokens): ApiObject {
  const { name, namespace = '', uid } = account.metadata;
  const { expirationSeconds = 3600, ...spec } = (request['spec'] ?? {}) as {
    expirationSeconds?: number;
  };
  const group = 'authentication.k8s.io';
  const kind = 'TokenRequest';
  if (expirationSeconds < LEAST_SECONDS) {
    const why = 'may not specify a duration less than 10 minutes';
    const error = fieldError('Invalid', 'spec.expirationSeconds', `${expirationSeconds}`, why);
    throw invalid({ group, kind }, name, [error]);
  }
  const now = new Date();
  const expires = new Date(now.getTime() + expirationSeconds * 1000);
  const token = tokens.issue(serviceAccountUser(namespace, name, uid));
  return {
    apiVersion: `${group}/v1`,
    kind,
    metadata: { name, namespace, creationTimestamp: timestamp(now) },
    spec: { ...spec, expirationSeconds },
    status: { token, expirationTimestamp: timestamp(expires) },
  };
}
