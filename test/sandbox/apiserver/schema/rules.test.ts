import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { compileSchema } from '../../../../sandbox/apiserver/schema/schema.ts';
import type { ApiObject, Rule, Schema } from '../../../../sandbox/apiserver/types.ts';

const text: Schema = { type: 'string' };
const integer: Schema = { type: 'integer' };

const objectOf = (x: unknown): ApiObject => ({
  apiVersion: 'a/v1',
  kind: 'A',
  metadata: { name: 'a' },
  ...(x !== undefined && { x }),
});

/** What rules of the field `x` say against its value. */
function refusals(schema: Schema, rules: (Rule | string)[], x: unknown, old?: unknown): string[] {
  const validations = rules.map((rule) => (typeof rule === 'string' ? { rule } : rule));
  const property = { ...schema, 'x-kubernetes-validations': validations };
  const { validate } = compileSchema({ type: 'object', properties: { x: property } });
  const errors = validate(objectOf(x), old === undefined ? undefined : objectOf(old));
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

const holds = (schema: Schema, rule: string, x: unknown) =>
  refusals(schema, [rule], x).length === 0;

const messages = suite('messages of rules');

messages('repeat the rule where there is no message, and the value where it is short', () => {
  assert.equal(refusals(text, ["self != 'bad'"], 'bad'), [
    `x: Invalid value: "bad": failed rule: self != 'bad'`,
  ]);
  assert.equal(refusals({ type: 'number' }, ['self > 3.5'], 1.25), [
    'x: Invalid value: 1.25: failed rule: self > 3.5',
  ]);
  const list = { type: 'array', items: integer };
  assert.equal(refusals(list, [{ rule: 'self.all(i, i > 0)', message: ' all above 0 ' }], [0]), [
    'x: Invalid value: all above 0',
  ]);
});

messages('may be expressions; one that gives no line is ignored', () => {
  const of = (messageExpression: string) =>
    refusals(text, [{ rule: 'false', message: 'm', messageExpression }], 'me');
  assert.equal(of("'I got ' + self"), ['x: Invalid value: "me": I got me']);
  for (const useless of ["''", "'a\\nb'", 'self[5]']) {
    assert.equal(of(useless), ['x: Invalid value: "me": m']);
  }
});

messages('depend on the reason', () => {
  const of = (reason: string) => refusals(text, [{ rule: 'false', message: 'm', reason }], 'v');
  assert.equal(of('FieldValueRequired'), ['x: Required value: m']);
  assert.equal(of('FieldValueForbidden'), ['x: Forbidden: m']);
  assert.equal(of('FieldValueDuplicate'), ['x: Duplicate value: "v"']);
  assert.equal(of('FieldValueInvalid'), ['x: Invalid value: "v": m']);
});

messages('name the field that the rule names', () => {
  const of = (fieldPath: string) =>
    refusals({ type: 'object' }, [{ rule: 'false', message: 'm', fieldPath }], {});
  assert.equal(of('.a.b'), ['x.a.b: Invalid value: m']);
  assert.equal(of(".a['b-c']"), ['x.a.b-c: Invalid value: m']);
});

messages('name the entries of lists and maps', () => {
  const entry = { ...integer, 'x-kubernetes-validations': [{ rule: 'self > 3', message: 'm' }] };
  const x = { type: 'object', additionalProperties: { type: 'array', items: entry } };
  const { validate } = compileSchema({ type: 'object', properties: { x } });
  assert.equal(
    validate(objectOf({ 'a.b': [4, 1] })).map(({ field }) => field),
    ['x[a.b][1]'],
  );
});

messages('tell how a rule failed to be evaluated', () => {
  const failure = (schema: Schema, rule: string, x: unknown) =>
    refusals(schema, [{ rule, message: 'm' }], x)[0];
  const list = { type: 'array', items: integer };
  const map = { type: 'object', additionalProperties: integer };
  const conversion = `type conversion error from 'string' to`;
  const mismatch = 'call arguments did not match a supported operator, function or macro signature';
  const said = (type: string, problem: string) =>
    `x: Invalid value: "${type}": ${problem} evaluating rule: m`;
  assert.is(failure(map, 'self.a == 1', {}), said('object', 'no such key: a'));
  assert.is(failure(list, 'self[0] == 1', []), said('array', 'index out of bounds: 0'));
  assert.is(failure(integer, '10 / self > 0', 0), said('integer', 'division by zero'));
  assert.is(failure(integer, '10 % self > 0', 0), said('integer', 'modulus by zero'));
  assert.is(
    failure(text, "duration(self) > duration('1s')", 'x'),
    said('string', `${conversion} 'google.protobuf.Duration'`),
  );
  assert.is(failure(text, 'int(self) > 0', 'x'), said('string', `${conversion} 'int'`));
  assert.is(
    failure({ 'x-kubernetes-int-or-string': true }, 'self < 5', 'x'),
    `x: Invalid value: "": 'no such overload': ${mismatch} for rule: m`,
  );
});

messages.run();

const values = suite('values in rules');

values('are integers, doubles or texts as the schema says', () => {
  assert.ok(holds(integer, 'type(self) == int && self / 2 == 2', 5));
  assert.ok(holds({ type: 'number' }, 'type(self) == double && self / 2.0 == 2.5', 5));
  const either = { 'x-kubernetes-int-or-string': true };
  assert.ok(holds(either, "type(self) == int ? self == 5 : self == '5%'", 5));
  assert.ok(holds(either, "type(self) == int ? self == 5 : self == '5%'", '5%'));
});

values('have fields by their escaped names', () => {
  const names = ['if', 'a-b', 'a.b', 'a/b', 'a__b', 'namespace'];
  const properties = Object.fromEntries(names.map((name) => [name, text]));
  const rule = `[self.__if__, self.a__dash__b, self.a__dot__b, self.a__slash__b,
    self.a__underscores__b, self.__namespace__] == ${JSON.stringify(names)}`;
  const x = Object.fromEntries(names.map((name) => [name, name]));
  assert.equal(refusals({ type: 'object', properties }, [rule], x), []);
});

values('of maps have their keys as they are', () => {
  const map = { type: 'object', additionalProperties: integer };
  assert.ok(
    holds(map, "'a-b' in self && self['a-b'] == 1 && self.all(k, self[k] > 0)", { 'a-b': 1 }),
  );
});

values('of sets are equal in any order', () => {
  const set: Schema = { type: 'array', items: text, 'x-kubernetes-list-type': 'set' };
  assert.equal(refusals(set, ['self == oldSelf'], ['a', 'b'], ['b', 'a']), []);
});

values('that are absent can be asked for, also behind an index', () => {
  const items = { type: 'object', properties: { a: { type: 'object', properties: { b: text } } } };
  const list = { type: 'array', items };
  assert.ok(holds(list, 'has(self[0].a) && !has(self[0].a.b)', [{ a: {} }]));
  assert.ok(holds(list, "!has(self[0].a) && 'has(x)' != ''", [{}]));
  assert.not(holds(list, 'has(self[0].a.b)', [{}]));
});

values('that are null are not looked at', () => {
  assert.ok(holds({ ...text, nullable: true }, 'false', null));
});

values.run();

const changes = suite('rules about changes');

changes('are evaluated only where there was a value', () => {
  const rule = { rule: 'self == oldSelf', message: 'stays as it is' };
  assert.equal(refusals(text, [rule], 'b'), []);
  assert.equal(refusals(text, [rule], 'a', 'a'), []);
  assert.equal(refusals(text, [rule], 'b', 'a'), ['x: Invalid value: "b": stays as it is']);
});

changes('may take the value before as an optional one', () => {
  const rule = {
    rule: "oldSelf.hasValue() ? self == oldSelf.value() : self == 'first'",
    optionalOldSelf: true,
    message: 'm',
  };
  assert.equal(refusals(text, [rule], 'first'), []);
  assert.equal(refusals(text, [rule], 'second'), ['x: Invalid value: "second": m']);
  assert.equal(refusals(text, [rule], 'a', 'a'), []);
  assert.equal(refusals(text, [rule], 'b', 'a'), ['x: Invalid value: "b": m']);
});

changes('find the items of a map by their keys', () => {
  const rules = [{ rule: '!has(self.w) || oldSelf.w == self.w', message: 'm' }];
  const properties = { k: text, w: text };
  const items = { type: 'object', properties, 'x-kubernetes-validations': rules };
  const map: Schema = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] };
  const x = { type: 'array', items, ...map };
  const { validate } = compileSchema({ type: 'object', properties: { x } });
  const old = objectOf([{ k: '1', w: 'a' }]);
  const fields = (entries: unknown) => validate(objectOf(entries), old).map(({ field }) => field);
  assert.equal(
    fields([
      { k: '2', w: 'b' },
      { k: '1', w: 'a' },
    ]),
    [],
  );
  assert.equal(
    fields([
      { k: '2', w: 'b' },
      { k: '1', w: 'b' },
    ]),
    ['x[1]'],
  );
});

changes.run();

const refused = suite('rules that cannot be used');

const compileWith = (rule: Rule) => () => refusals(text, [rule], 'x');

refused('are named with what is wrong', () => {
  assert.throws(
    compileWith({ rule: 'frob(self)' }),
    /the rule frob\(self\) .*no matching overload/,
  );
  assert.throws(compileWith({ rule: 'self.frob()' }), /no matching overload for 'dyn.frob\(\)'/);
  assert.throws(compileWith({ rule: 'other == 1' }), /Unknown variable: other/);
  assert.throws(compileWith({ rule: 'self ==' }), /the rule self == cannot be used/);
  assert.throws(compileWith({ rule: 'self.size()' }), /it gives int, not bool/);
  assert.throws(compileWith({ rule: 'has(self)' }), /has\(\) takes a field/);
  assert.throws(compileWith({ rule: 'true', messageExpression: 'frob()' }), /no matching overload/);
});

refused('are those in combined schemas, and patterns that are no regular expressions', () => {
  const rule = { 'x-kubernetes-validations': [{ rule: 'true' }] };
  assert.throws(() => compileSchema({ allOf: [rule] }), /the rule true .* allOf/);
  assert.throws(() => compileSchema({ properties: { a: { pattern: '(' } } }), /\(/);
});

refused.run();
