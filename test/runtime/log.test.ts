import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { logOf } from '../../functions/lib/runtime/log.ts';

const logging = suite('a log entry');

const NOW = new Date('2026-01-01T00:00:00Z');

/** What is printed while something is done. */
function printed(attempt: () => void): string[] {
  const lines: string[] = [];
  const before = console.log;
  console.log = (line: string): void => void lines.push(line);
  try {
    attempt();
  } finally {
    console.log = before;
  }
  return lines;
}

logging('is one line of JSON with the time, the function, a sentence and facts', () => {
  const log = logOf('iterate', () => NOW);
  const lines = printed(() => {
    log('decided', { stage: 'Running', weights: { a: 1 }, missing: undefined });
    log('come again');
  });
  assert.equal(
    lines.map((line) => JSON.parse(line) as unknown),
    [
      {
        time: '2026-01-01T00:00:00.000Z',
        function: 'iterate',
        message: 'decided',
        stage: 'Running',
        weights: { a: 1 },
      },
      { time: '2026-01-01T00:00:00.000Z', function: 'iterate', message: 'come again' },
    ],
  );
});

logging('is one line whatever is in it', () => {
  const lines = printed(() => {
    logOf('start', () => NOW)('two\nlines', { stack: 'a\r\n  at b\u2028', level: 'error' });
  });
  assert.is(lines.length, 1);
  assert.not.match(lines[0] ?? '', /[\r\n]/);
});

logging.run();
