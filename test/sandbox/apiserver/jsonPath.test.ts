import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readPath } from '../../../sandbox/apiserver/jsonPath.ts';

const object = {
  metadata: { labels: { 'iter8.tools/stage': 'Running' } },
  spec: {
    text: 'hello',
    nothing: null,
    list: ['x', 'y', 'z'],
    lists: [['p', 'q'], ['r']],
    object: { x: 1, 'a.b': 'dotted', 'dash-ed': 2 },
    objects: [
      { name: 'a', value: 1, flag: true },
      { name: 'b', value: 2, flag: false, partial: 'p', nested: { x: 1 } },
    ],
    fractions: [{ value: 1.5 }, { value: 2 }],
    nulls: [{ type: null }, { type: 'Ready' }],
    quotes: [{ text: 'a"b' }, { text: 'a)]b' }],
  },
};

const reading = suite('readPath');

const reads = (path: string, ...values: unknown[]) => {
  reading(`reads ${path}`, () => {
    assert.equal(readPath(path, object), values);
  });
};

reads('.spec.text', 'hello');
reads('$.spec.text', 'hello');
reads('{.spec.text}', 'hello');
reads('.spec.object.dash-ed', 2);
reads('.metadata.labels.iter8\\.tools/stage', 'Running');
reads(".spec['object']['x']", 1);
reads(".spec.object['a\\.b']", 'dotted');
reads(".spec.object['a.b']");
reads('.spec.object.*', 1, 'dotted', 2);
reads('.spec.nothing', null);
reads('.spec.nothing.more');
reads('.spec.missing.more');
reads('.spec.missing[0].more');
reads('.spec.text.more');
reads('.spec.list', ['x', 'y', 'z']);
reads('.spec.list[1]', 'y');
reads('.spec.list[-1]', 'z');
reads('.spec.list[3]');
reads('.spec.list[-4]');
reads('.spec.text[0]');
reads('.spec.object[0]');
reads('.spec.objects.name');
reads('.spec.list[*]', 'x', 'y', 'z');
reads('.spec.objects[*].name', 'a', 'b');
reads('.spec.lists[*][0]', 'p', 'r');
reads('.spec.lists[*][1]');
reads('.spec.objects[?(@.name=="b")].value', 2);
reads(".spec.objects[?( @.name == 'b' )].value", 2);
reads('.spec.objects[?(@.name!="b")].value', 1);
reads('.spec.objects[?(@.value==2)].name', 'b');
reads('.spec.objects[?(@.value!=2)].name', 'a');
reads('.spec.objects[?(@.flag==true)].name', 'a');
reads('.spec.objects[?(@.flag!=true)].name', 'b');
reads('.spec.objects[?(@.nested.x==1)].name', 'b');
reads('.spec.objects[?(@.partial=="p")].name', 'b');
reads('.spec.objects[?(@.missing!="p")].name');
reads('.spec.objects[?(@.value=="2")].name');
reads('.spec.objects[?(@.value!="2")].name');
reads('.spec.fractions[?(@.value==2)].value');
reads('.spec.nulls[?(@.type=="Ready")].type');
reads('.spec.list[?(@=="y")]', 'y');
reads('.spec.text[?(@.x==1)].y');
reads('.spec.quotes[?(@.text=="a\\"b")].text', 'a"b');
reads('.spec.quotes[?(@.text=="a)]b")].text', 'a)]b');

reading('names a path that it cannot read', () => {
  const paths = ['spec', '.spec.', '.spec list', '.list[x]', '.list[', '.list["x"]'];
  for (const path of [...paths, '..name', '.a[?(@.b=="c"].d', '.a[?(@.b==c)]', ".a['b c']"]) {
    assert.throws(
      () => readPath(path, object),
      (error: Error) => error.message === `cannot read the JSONPath ${path}`,
    );
  }
});

reading('does not read what only the prototype has', () => {
  assert.equal(readPath('.spec.constructor', object), []);
});

reading.run();
