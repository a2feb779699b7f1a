import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { auditMessage } from '../../functions/lib/analysis/audit.ts';

const audit = suite('auditMessage');

audit('always has three parts, with their labels also where they are empty', () => {
  assert.is(auditMessage({}), 'Error: ; Warning: ; Info: ');
  assert.is(auditMessage({ info: ['all ok'] }), 'Error: ; Warning: ; Info: all ok');
});

audit('joins the entries of a part with commas', () => {
  const found = { error: ['a', 'b'], warning: ['c'], info: [] };
  assert.is(auditMessage(found), 'Error: a, b; Warning: c; Info: ');
});

audit.run();
