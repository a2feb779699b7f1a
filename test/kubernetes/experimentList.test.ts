import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { listCompleted, listUnfinished } from '../../functions/lib/kubernetes/experiments.ts';
import { fakeApi } from './fake-api.ts';

const listing = suite('listing experiments');

const CELLS: Record<string, unknown> = {
  Name: 'exp',
  Type: 'Canary',
  Stage: 'Running',
  'Completed Iterations': 7,
  'Next Iteration': '2026-01-01T00:01:00.000Z',
  UID: 'uid-1',
  Namespace: 'team',
  Created: '2026-01-01T00:00:00Z',
  Deleted: '',
  Label: 'Running',
  Acquired: 'True',
  Lock: 'InferenceService.serving.kserve.io/team/model,target:x',
  Run: '2',
  Interval: '30',
  Paused: 'NotPaused',
  Suspended: '',
  Verdict: null,
  Retry: undefined,
};

function table(rows: Record<string, unknown>[], columns: string[], next?: string): object {
  return {
    kind: 'Table',
    metadata: { resourceVersion: '1', ...(next && { continue: next }) },
    columnDefinitions: columns.map((name) => ({ name, type: 'string' })),
    rows: rows.map((row) => ({ cells: columns.map((column) => row[column]), object: null })),
  };
}

listing('reads the columns by their names, in any order', async () => {
  const expected = {
    namespace: 'team',
    name: 'exp',
    uid: 'uid-1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    stage: 'Running',
    run: 2,
    completedIterations: 7,
    intervalSeconds: 30,
    nextIterationTime: '2026-01-01T00:01:00.000Z',
    isDeleted: false,
    isSuspended: false,
    paused: 'NotPaused',
    hasVerdict: false,
    retry: undefined,
    label: 'Running',
    lockKeys: ['InferenceService.serving.kserve.io/team/model', 'target:x'],
    isHolder: true,
  };
  const columns = Object.keys(CELLS);
  for (const order of [
    columns,
    columns.toReversed(),
    [...columns.slice(5), ...columns.slice(0, 5)],
  ]) {
    const { api } = fakeApi(() => table([CELLS], order));
    assert.equal(await listUnfinished(api), [expected]);
  }
});

listing('takes empty cells for what is not there', async () => {
  const empty = { ...CELLS, Stage: '', 'Completed Iterations': null, 'Next Iteration': undefined };
  const isNew = { ...empty, Label: '', Acquired: '', Lock: '', Run: '', Deleted: '' };
  const { api } = fakeApi(() => table([isNew], Object.keys(CELLS)));
  const [row] = await listUnfinished(api);
  assert.is(row?.stage, 'New');
  assert.is(row?.run, 1);
  assert.is(row?.completedIterations, 0);
  assert.is(row?.nextIterationTime, undefined);
  assert.is(row?.label, undefined);
  assert.equal(row?.lockKeys, []);
  assert.is(row?.isHolder, false);
});

listing('sees that one is being deleted, and that one holds no target', async () => {
  const cells = { ...CELLS, Deleted: '2026-01-01T00:00:00Z', Acquired: 'False' };
  const { api } = fakeApi(() => table([cells], Object.keys(CELLS)));
  const [row] = await listUnfinished(api);
  assert.is(row?.isDeleted, true);
  assert.is(row?.isHolder, false);
});

listing('sees what a person asks for, however a server writes what is true', async () => {
  for (const Suspended of ['true', true]) {
    const cells = { ...CELLS, Paused: 'Suspended', Suspended, Verdict: 'Promote', Retry: '3' };
    const { api } = fakeApi(() => table([cells], Object.keys(CELLS)));
    const [row] = await listUnfinished(api);
    assert.is(row?.isSuspended, true);
    assert.is(row?.paused, 'Suspended');
    assert.is(row?.hasVerdict, true);
    assert.is(row?.retry, '3');
  }
});

listing('sees that one is suspended no more', async () => {
  for (const Suspended of ['false', false, '', null, undefined]) {
    const { api } = fakeApi(() => table([{ ...CELLS, Suspended }], Object.keys(CELLS)));
    assert.is((await listUnfinished(api))[0]?.isSuspended, false);
  }
});

listing('takes what an older definition has no column for as not asked for', async () => {
  const added = ['Paused', 'Suspended', 'Verdict', 'Retry'];
  const columns = Object.keys(CELLS).filter((name) => !added.includes(name));
  const { api } = fakeApi(() => table([CELLS], columns));
  const [row] = await listUnfinished(api);
  assert.equal([row?.isSuspended, row?.hasVerdict], [false, false]);
  assert.equal([row?.paused, row?.retry], [undefined, undefined]);
});

listing('has the completed ones apart', async () => {
  const cells = { ...CELLS, Stage: 'Completed', Retry: '2' };
  const { api, asked } = fakeApi(() => table([cells], Object.keys(CELLS)));
  const [row] = await listCompleted(api);
  assert.equal([row?.stage, row?.retry], ['Completed', '2']);
  assert.is(asked[0]?.query?.fieldSelector, 'status.stage=Completed');
  assert.is(asked[0]?.query?.includeObject, 'None');
});

listing('goes through all pages', async () => {
  const columns = Object.keys(CELLS);
  const pages = [
    table([{ ...CELLS, Name: 'a' }], columns, 'page-2'),
    table([{ ...CELLS, Name: 'b' }], columns, 'page-3'),
    { ...table([], columns), rows: null },
  ];
  const { api, asked } = fakeApi(() => pages.shift());
  const rows = await listUnfinished(api);
  assert.equal(
    rows.map(({ name }) => name),
    ['a', 'b'],
  );
  assert.equal(
    asked.map(({ query }) => query?.continue),
    [undefined, 'page-2', 'page-3'],
  );
});

listing('asks for a table without objects, and for unfinished experiments only', async () => {
  const { api, asked } = fakeApi(() => table([], Object.keys(CELLS)));
  assert.equal(await listUnfinished(api), []);
  const [request] = asked;
  assert.is(request?.path, '/apis/iter8.tools/v2alpha2/experiments');
  assert.match(request?.accept ?? '', 'as=Table');
  assert.is(request?.query?.includeObject, 'None');
  assert.is(request?.query?.fieldSelector, 'status.stage!=Completed');
});

listing.run();
