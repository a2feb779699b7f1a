import { isObject } from '../json.ts';
import { type FieldError, fieldError, toText } from './errors.ts';
import { mapKey, type Place } from './places.ts';
import { joined } from './structural.ts';

/** What lists that are sets or maps have against their items: each may be there once. */
export function listErrors({ schema, value, keyedPath: path }: Place): FieldError[] {
  const type = schema['x-kubernetes-list-type'];
  if (!Array.isArray(value) || type === undefined || type === 'atomic') return [];
  const at = (index: number) => `${path}[${index}]`;
  if (type === 'map') {
    const wrong = value.findIndex((item) => item !== null && !isObject(item));
    const expectation = 'must be an object for an array of list-type map';
    if (wrong >= 0) return [fieldError('Invalid', at(wrong), toText(value[wrong]), expectation)];
  }
  const texts = value.map((item) => toText(type === 'map' ? mapKey(schema, item) : item));
  return texts.flatMap((text, index) => {
    // The API server tells of the second of equal items only.
    const isSecond = texts.slice(0, index).filter((one) => one === text).length === 1;
    return isSecond ? [fieldError('Duplicate', at(index), text)] : [];
  });
}

/** What a resource embedded in an object lacks. */
export function resourceErrors({ schema, value, keyedPath: path, isRoot }: Place): FieldError[] {
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true && !isRoot;
  if (!isEmbedded || !isObject(value)) return [];
  const missing = ['apiVersion', 'kind'].filter((name) => (value[name] ?? '') === '');
  return missing.map((name) => fieldError('Required', joined(path, name)));
}
