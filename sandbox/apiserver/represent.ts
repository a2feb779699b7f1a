import { ApiError } from './errors.ts';
import { without } from './json.ts';
import { apiVersionOf } from './kinds.ts';
import type { Page } from './list.ts';
import { toPartial, toTable } from './table.ts';
import type { ApiObject, Resource } from './types.ts';

/** In which form a client wants objects. */
export interface Form {
  as: 'Object' | 'Table' | 'PartialObjectMetadata';
  include: 'None' | 'Metadata' | 'Object';
}

const INCLUDES = ['None', 'Metadata', 'Object'] as const;

/** Reads the first form in an Accept header that can be given; JSON otherwise. */
export function readForm(accept: string | undefined, query: URLSearchParams): Form {
  const wanted = query.get('includeObject') || 'Metadata';
  const include = INCLUDES.find((one) => one === wanted);
  if (include === undefined) {
    throw new ApiError(400, 'BadRequest', `Invalid value: "${wanted}": includeObject`);
  }
  const forms = (accept ?? '').split(',').map(readMediaType);
  return { as: forms.find((form) => form !== undefined) ?? 'Object', include };
}

/** The form that a media type asks for; undefined where it cannot be given. */
function readMediaType(text: string): Form['as'] | undefined {
  const [type, ...parameters] = text.split(';').map((part) => part.trim());
  if (type !== 'application/json' && type !== '*/*') return undefined;
  const as = parameters.find((part) => part.startsWith('as='))?.slice('as='.length);
  if (as === undefined) return 'Object';
  if (as === 'Table') return as;
  return as.startsWith('PartialObjectMetadata') ? 'PartialObjectMetadata' : undefined;
}

/** An object in the form asked for; `isWatchRow`: a Table whose columns are known already. */
export function representObject(
  resource: Resource,
  object: ApiObject,
  form: Form & { isWatchRow?: boolean },
): object {
  if (form.as === 'PartialObjectMetadata') return toPartial(object);
  if (form.as === 'Object') return object;
  const listMeta = { resourceVersion: object.metadata.resourceVersion };
  return toTable(resource, [object], { ...form, now: new Date(), listMeta });
}

/** A list in the form asked for. */
export function representList(resource: Resource, page: Page, form: Form): object {
  const { items, metadata } = page;
  if (form.as === 'Table') {
    return toTable(resource, items, { ...form, now: new Date(), listMeta: metadata });
  }
  if (form.as === 'PartialObjectMetadata') {
    const head = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' };
    return { ...head, metadata, items: items.map(toPartial) };
  }
  const head = { apiVersion: apiVersionOf(resource), kind: resource.listKind, metadata };
  // In a list of a built-in kind, the items do not say again what they are.
  const isSaidOnce = resource.schema === undefined;
  return {
    ...head,
    items: isSaidOnce ? items.map((item) => without(item, 'apiVersion', 'kind')) : items,
  };
}
