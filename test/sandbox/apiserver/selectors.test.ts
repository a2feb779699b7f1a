import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  matchesSelector,
  parseFieldSelector,
  parseLabelSelector,
} from '../../../sandbox/apiserver/selectors.ts';

const OBJECTS: Record<string, Record<string, string>> = {
  one: { color: 'red', step: '1' },
  two: { color: 'green', 'example.org/size': 's' },
  three: { size: '' },
  four: {},
};

function withLabels(selector: string): string {
  const isSelected = parseLabelSelector(selector);
  return Object.keys(OBJECTS)
    .filter((name) => isSelected(OBJECTS[name]!))
    .join(' ');
}

function complaint(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('the selector was let through');
}

const labels = suite('label selectors');

labels('select by value', () => {
  assert.is(withLabels('color=green'), 'two');
  assert.is(withLabels('color==green'), 'two');
  assert.is(withLabels(' color = green '), 'two');
  assert.is(withLabels('example.org/size=s'), 'two');
  assert.is(withLabels('size='), 'three');
  assert.is(withLabels('color=blue'), '');
});

labels('take what is not there for different', () => {
  assert.is(withLabels('color!=green'), 'one three four');
  assert.is(withLabels('color notin (red,green)'), 'three four');
  assert.is(withLabels('size!='), 'one two four');
});

labels('select by presence', () => {
  assert.is(withLabels('color'), 'one two');
  assert.is(withLabels('!color'), 'three four');
  assert.is(withLabels('! color'), 'three four');
  assert.is(withLabels('constructor'), '');
});

labels('select by sets of values', () => {
  assert.is(withLabels('color in (red, blue)'), 'one');
  assert.is(withLabels('color in(red,green)'), 'one two');
  assert.is(withLabels('size in ()'), 'three');
  assert.is(withLabels('size in (,x)'), 'three');
  assert.is(withLabels('in in (in)'), '');
});

labels('ask for everything that they list', () => {
  assert.is(withLabels('color,step'), 'one');
  assert.is(withLabels('color,!step'), 'two');
  assert.is(withLabels('color in (red,green),color!=red'), 'two');
});

labels('select all where they are empty', () => {
  assert.is(withLabels(''), 'one two three four');
  assert.is(withLabels(' '), 'one two three four');
});

labels('are refused in the words of the real server where they are malformed', () => {
  const wrong = (text: string) => complaint(() => parseLabelSelector(text));
  const requirement = 'unable to parse requirement: ';
  assert.is(wrong('a=x,'), "found '', expected: identifier after ','");
  assert.is(wrong('a,,b'), "found ',', expected: identifier after ','");
  assert.is(wrong(',a'), "found ',', expected: !, identifier, or 'end of string'");
  assert.is(wrong('a=x b'), "found 'b', expected: ',' or 'end of string'");
  assert.is(wrong('!a=b'), "found '=', expected: ',' or 'end of string'");
  assert.is(wrong('!'), `${requirement}found '', expected: identifier`);
  assert.is(wrong('a===x'), `${requirement}found '=', expected: identifier`);
  assert.is(wrong('a b'), `${requirement}found 'b', expected: in, notin, =, ==, !=, gt, lt`);
  assert.is(wrong('a in x'), `${requirement}found 'x' expected: '('`);
  assert.is(wrong('a in (x'), `${requirement}found '', expected: ',' or ')'`);
  assert.is(wrong('a in ((x))'), `${requirement}found '(', expected: ',', ')' or identifier`);
});

labels('are refused where a key or value can be none', () => {
  const wrong = (text: string) => complaint(() => parseLabelSelector(text));
  assert.match(wrong('-a'), '<nil>: Invalid value: "-a": name part must consist of');
  assert.match(wrong('a/'), 'name part must be non-empty; name part must consist of');
  assert.match(wrong('/a'), 'Invalid value: "/a": prefix part must be non-empty');
  assert.match(wrong('A/b'), 'prefix part a lowercase RFC 1123 subdomain must consist of');
  assert.match(wrong('a/b/c'), 'a valid label key must consist of');
  assert.match(wrong('x'.repeat(64)), 'name part must be no more than 63 bytes');
  assert.match(wrong(`${'x'.repeat(254)}/a`), 'prefix part must be no more than 253 bytes');
  assert.match(wrong('a=-b'), 'values[0][a]: Invalid value: "-b": a valid label must be an empty');
  assert.match(wrong(`a in (${'x'.repeat(64)})`), 'must be no more than 63 bytes');
});

labels.run();

const selectors = suite('label selectors in objects');

selectors('ask for all labels and expressions', () => {
  const selected = (selector: Parameters<typeof matchesSelector>[0]) =>
    Object.keys(OBJECTS).filter((name) => matchesSelector(selector, OBJECTS[name]));
  const expression = (operator: string, values?: string[]) => ({
    matchExpressions: [{ key: 'color', operator, values }],
  });
  assert.equal(selected({}), ['one', 'two', 'three', 'four']);
  assert.equal(selected({ matchLabels: { color: 'red', step: '1' } }), ['one']);
  assert.equal(selected(expression('In', ['red'])), ['one']);
  assert.equal(selected(expression('NotIn', ['red'])), ['two', 'three', 'four']);
  assert.equal(selected(expression('Exists')), ['one', 'two']);
  assert.equal(selected(expression('DoesNotExist')), ['three', 'four']);
});

selectors('find nothing where there are no labels', () => {
  assert.not(matchesSelector({ matchLabels: { color: 'red' } }, undefined));
});

selectors.run();

const fields = suite('field selectors');

const SUPPORTED = ['metadata.name', 'spec.color'];
const WIDGETS: Record<string, Record<string, string>> = {
  one: { 'metadata.name': 'one', 'spec.color': 'red' },
  two: { 'metadata.name': 'two', 'spec.color': 'a,b=c\\d' },
  three: { 'metadata.name': 'three' },
};

function withFields(selector: string): string {
  const isSelected = parseFieldSelector(selector, SUPPORTED);
  return Object.keys(WIDGETS)
    .filter((name) => isSelected((path) => WIDGETS[name]?.[path] ?? ''))
    .join(' ');
}

fields('select by value, or by another value', () => {
  assert.is(withFields('metadata.name=one'), 'one');
  assert.is(withFields('metadata.name==one'), 'one');
  assert.is(withFields('metadata.name!=one'), 'two three');
  assert.is(withFields('metadata.name!=one,spec.color='), 'three');
});

fields('select all where they are empty, and mind no comma too many', () => {
  assert.is(withFields(''), 'one two three');
  assert.is(withFields(',metadata.name=one,'), 'one');
});

fields('read what is escaped', () => {
  assert.is(withFields('spec.color=a\\,b\\=c\\\\d,metadata.name=two'), 'two');
});

fields('are refused where a field is not supported', () => {
  const wrong = (text: string) => complaint(() => parseFieldSelector(text, SUPPORTED));
  assert.is(wrong('spec.minSize=1'), 'field label not supported: spec.minSize');
  assert.is(wrong('metadata.name=a, spec.color=red'), 'field label not supported:  spec.color');
});

fields('are refused where they are malformed', () => {
  const wrong = (text: string) => complaint(() => parseFieldSelector(text, SUPPORTED));
  const selector = 'metadata.name=a,nonsense';
  assert.is(wrong(selector), `invalid selector: '${selector}'; can't understand 'nonsense'`);
  assert.is(wrong('spec.x=a=b'), 'invalid field selector: unescaped character in value: 61');
  assert.is(wrong('spec.color=a\\b'), 'invalid field selector: invalid escape sequence: \\b');
  assert.is(wrong('spec.color=a\\'), 'invalid field selector: invalid escape sequence: \\');
});

fields.run();
