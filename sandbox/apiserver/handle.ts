// From a request to its answer: who asks, whether he may, and what is done.
import type { ServerResponse } from 'node:http';
import { authenticate, authorize, authorizePath, type Tokens } from './access.ts';
import { discover } from './discovery.ts';
import { ApiError, noSuchPath, notAllowed } from './errors.ts';
import { bucketOf, SERVICE_ACCOUNTS } from './kinds.ts';
import { inVersion, type Lister } from './list.ts';
import { readObject } from './metadata.ts';
import { openApiDocument, openApiIndex } from './openapi.ts';
import { checkOptions, isDryRun, isTrue } from './options.ts';
import type { PatchType } from './patch.ts';
import type { Attributes, User } from './rbac.ts';
import type { Registry } from './registry.ts';
import { readForm, representList, representObject, type Form } from './represent.ts';
import { remove, type DeleteOptions } from './remove.ts';
import type { ApiRequest, Target } from './request.ts';
import { requestToken, review } from './reviews.ts';
import type { Store } from './store.ts';
import type { ApiObject, Resource } from './types.ts';
import { serveWatch } from './watch.ts';
import { create, findObject, patch, update, type NamedWrite, type Write } from './write.ts';

/** What requests are answered from. */
export interface Machinery {
  store: Store;
  registry: Registry;
  lister: Lister;
  tokens: Tokens;
}

/** An answer: JSON, or text where the body is a string. */
export interface Answer {
  status: number;
  body: object | string;
  warnings?: string[];
}

/** A request for objects, understood and allowed. */
interface Call extends Machinery {
  request: ApiRequest;
  user: User;
  resource: Resource;
  target: Target;
  form: Form;
  warnings: string[];
}

const HEALTH = ['/healthz', '/livez', '/readyz'];

/** Answers a request; undefined where the response is written by a watch. Throws ApiError. */
export async function answer(
  machinery: Machinery,
  request: ApiRequest,
  response: ServerResponse,
): Promise<Answer | undefined> {
  const { path, target, method } = request;
  const { tokens, store } = machinery;
  if (HEALTH.includes(path)) return { status: 200, body: 'ok' };
  const user = authenticate(request, tokens, store);
  if (target === undefined) {
    authorizePath(user, { verb: method.toLowerCase(), path }, store);
    return answerPath(machinery, path);
  }
  const verb = verbOf(request, target);
  authorize(user, attributesOf(verb, target, request.query), store);
  const resource = findResource(machinery, target, verb);
  checkOptions(verb, request.query);
  const form = readForm(request.headers.accept, request.query);
  const call = { ...machinery, request, user, resource, target, form, warnings: [] };
  if (verb !== 'watch') return HANDLERS[verb]!(call);
  const { namespace } = target;
  serveWatch(store, { resource, namespace, query: request.query, form }, response);
  return undefined;
}

/** What is asked for; a list of the objects of one name is as good as the object. */
function attributesOf(verb: string, target: Target, query: URLSearchParams): Attributes {
  const { group, plural, subresource, namespace } = target;
  const [, selected] =
    /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get('fieldSelector') ?? '') ?? [];
  const name = target.name ?? (['list', 'watch'].includes(verb) ? selected : undefined);
  return { verb, group, resource: plural, subresource, namespace, name };
}

const OF_ALL_NAMESPACES = ['list', 'watch', 'deletecollection'];

function findResource({ registry }: Machinery, target: Target, verb: string): Resource {
  const { group, version, plural, namespace } = target;
  const resource = registry.find(group, version, plural);
  if (resource === undefined) throw noSuchPath();
  if (!resource.isNamespaced && namespace !== undefined) throw noSuchPath();
  const isHomeless =
    resource.isNamespaced && namespace === undefined && !OF_ALL_NAMESPACES.includes(verb);
  if (isHomeless || !resource.verbs.includes(verb)) throw notAllowed();
  return resource;
}

function answerPath({ registry }: Machinery, path: string): Answer {
  const [, version] = /^\/openapi\/v3\/(.+)$/.exec(path) ?? [];
  const body =
    path === '/openapi/v3'
      ? openApiIndex(registry.all())
      : version === undefined
        ? discover(path, registry.all())
        : openApiOf(registry, version);
  if (body === undefined) throw noSuchPath();
  return { status: 200, body };
}

function openApiOf(registry: Registry, path: string): object | undefined {
  const [root, ...rest] = path.split('/');
  const [group, version] = root === 'api' ? ['', rest[0]] : [rest[0] ?? '', rest[1]];
  return version === undefined ? undefined : openApiDocument(registry.all(), group, version);
}

const VERBS: Record<string, [withName: string, ofMany: string]> = {
  GET: ['get', 'list'],
  HEAD: ['get', 'list'],
  POST: ['create', 'create'],
  PUT: ['update', ''],
  PATCH: ['patch', ''],
  DELETE: ['delete', 'deletecollection'],
};

function verbOf({ method, query }: ApiRequest, { name }: Target): string {
  const verbs = VERBS[method];
  const verb = verbs?.[name === undefined ? 1 : 0];
  if (verb === undefined || verb === '') throw notAllowed();
  return verb === 'list' && isTrue(query.get('watch')) ? 'watch' : verb;
}

const HANDLERS: Record<string, (call: Call) => Answer | Promise<Answer>> = {
  get: (call) => ok(call, findObject(namedWrite(call))),
  list: (call) => {
    const { lister, resource, target, request, form } = call;
    const page = lister.list(resource, target.namespace, request.query);
    return { status: 200, body: representList(resource, page, form) };
  },
  create: async (call) => {
    const body = await call.request.readBody();
    return call.target.name === undefined ? answerCreate(call, body) : answerToken(call, body);
  },
  update: async (call) => {
    const body = await call.request.readBody();
    return ok(call, update(namedWrite(call), body));
  },
  patch: async (call) => {
    const { 'content-type': contentType = '' } = call.request.headers;
    const type = contentType.split(';')[0]!.trim();
    const body = await call.request.readBody();
    const write = namedWrite(call);
    const { object, isCreated } = patch(write, patchType(type, call.resource), body);
    return { ...ok(call, object), status: isCreated ? 201 : 200 };
  },
  delete: async (call) => {
    if (call.target.subresource !== undefined) throw notAllowed();
    const options = await readDeleteOptions(call);
    const object = remove({ ...namedWrite(call), ...dry(call, options) }, options);
    const { uid, name, deletionTimestamp } = object.metadata;
    if (deletionTimestamp !== undefined && isThere(call, object)) return ok(call, object);
    const { group, plural } = call.resource;
    const details = { name, ...(group !== '' && { group }), kind: plural, uid };
    const head = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
    return { status: 200, body: { ...head, details } };
  },
  deletecollection: async (call) => {
    const options = await readDeleteOptions(call);
    const page = call.lister.list(call.resource, call.target.namespace, call.request.query);
    for (const { metadata } of page.items) {
      const target = { ...call.target, name: metadata.name, namespace: metadata.namespace };
      remove({ ...namedWrite({ ...call, target }), ...dry(call, options) }, options);
    }
    return { status: 200, body: representList(call.resource, page, call.form) };
  },
};

function ok({ resource, form, warnings }: Call, object: ApiObject): Answer {
  const body = representObject(resource, inVersion(resource, object), form);
  return { status: 200, body, warnings };
}

function requireSubresource(resource: Resource, subresource: string | undefined): void {
  const isKnown = subresource === undefined || (subresource === 'status' && resource.hasStatus);
  if (!isKnown) throw noSuchPath();
}

function isThere({ store, resource }: Call, { metadata }: ApiObject): boolean {
  return store.get(bucketOf(resource), metadata.namespace, metadata.name) !== undefined;
}

function answerCreate(call: Call, body: unknown): Answer {
  const { resource, target } = call;
  if (resource.verbs.includes('get')) {
    return { ...ok(call, create(toWrite(call), body)), status: 201 };
  }
  const asked = readObject(body, { resource, namespace: target.namespace });
  return { status: 201, body: review(asked, call) };
}

function answerToken(call: Call, body: unknown): Answer {
  const { resource, target } = call;
  const isToken =
    bucketOf(resource) === bucketOf(SERVICE_ACCOUNTS) && target.subresource === 'token';
  if (!isToken) throw notAllowed();
  const account = findObject(
    namedWrite({ ...call, target: { ...target, subresource: undefined } }),
  );
  return { status: 201, body: requestToken(body as ApiObject, account, call.tokens) };
}

const APPLY = 'application/apply-patch+yaml';
const PATCHES = ['application/json-patch+json', 'application/merge-patch+json'];
const STRATEGIC = 'application/strategic-merge-patch+json';

/** Only built-in kinds say how their lists are merged. */
function patchType(type: string, resource: Resource): PatchType | 'apply' {
  if (type === APPLY) return 'apply';
  const known = resource.schema === undefined ? [...PATCHES, STRATEGIC] : PATCHES;
  if (known.includes(type)) return type as PatchType;
  const message = `the body of the request was in an unknown format - accepted media types include: ${[...known, APPLY].join(', ')}`;
  throw new ApiError(415, 'UnsupportedMediaType', message);
}

async function readDeleteOptions({
  request,
}: Call): Promise<DeleteOptions & { dryRun?: string[] }> {
  const body = (await request.readBody()) as DeleteOptions | undefined;
  const policy = request.query.get('propagationPolicy');
  return { ...body, ...(policy !== null && { propagationPolicy: policy }) };
}

function dry({ request }: Call, { dryRun = [] }: { dryRun?: string[] }): { isDryRun: boolean } {
  return { isDryRun: isDryRun(request.query) || dryRun.includes('All') };
}

function namedWrite(call: Call): NamedWrite {
  requireSubresource(call.resource, call.target.subresource);
  return { ...toWrite(call), name: call.target.name ?? '' };
}

function toWrite({ request, target, resource, user, store, registry, warnings }: Call): Write {
  const { query, headers } = request;
  return {
    store,
    registry,
    user,
    resource,
    namespace: target.namespace,
    subresource: target.subresource,
    isDryRun: isDryRun(query),
    isForced: isTrue(query.get('force')),
    fieldValidation: query.get('fieldValidation') ?? 'Warn',
    fieldManager: query.get('fieldManager') ?? (headers['user-agent'] ?? '').split('/')[0]!,
    warn: (text) => warnings.push(text),
  };
}
