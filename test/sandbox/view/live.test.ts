import { stripVTControlCharacters } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { randomFrom } from '../../../functions/lib/runtime/seed.ts';
import type { Experiment } from '../../../functions/lib/types/experiment.gen.ts';
import { renderScreen, type Screen, type Snapshot } from '../../../sandbox/view/live.ts';
import { experimentOf } from '../../fixtures.ts';
import { EXPERIMENTS, snapshotOf } from './snapshots.ts';

const BARE: Screen = { columns: 80, rows: 23, hasColours: false, isUnicode: true };
const SIZES = [
  [20, 5],
  [40, 12],
  [60, 16],
  [80, 24],
  [119, 30],
  [160, 50],
  [300, 90],
] as const;
const LONG = snapshotOf(
  experimentOf({
    metadata: { name: 'n'.repeat(253) },
    spec: {
      target: 't'.repeat(300),
      versionInfo: {
        baseline: { name: 'b'.repeat(99) },
        candidates: [{ name: '模型'.repeat(40) }],
      },
      criteria: {
        objectives: Array.from({ length: 30 }, (_, index) => ({
          metric: `${'m'.repeat(80)}${index}`,
          upperLimit: `0.${'1'.repeat(40)}`,
        })),
      },
    },
  }),
  { note: 'note '.repeat(99), log: [{ atMs: 0, text: '👩‍💻\n\x1b[2J'.repeat(99) }] },
);

function screenOf(snapshot: Snapshot, screen: Partial<Screen> = {}): string {
  return renderScreen(snapshot, { ...BARE, ...screen }).join('\n');
}

function shows(text: string, ...patterns: RegExp[]): void {
  for (const pattern of patterns) assert.match(text, pattern);
}

const live = suite('the screen');

live('shows a newcomer what runs, how far it is, the traffic, the objectives and why', () => {
  shows(
    screenOf(snapshotOf(EXPERIMENTS.violated)),
    /^models\/iris on sklearn-iris {2}Canary, Progressive +1:19$/m,
    /^Waiting → Initializing → ● Running → Finishing → Completed$/m,
    /^Iteration 3 of 15 {2}█+.?░+ {2}3:52 left$/m,
    /^default {2}baseline {3}sklearn-iris-predictor-00001 {2}█+.░ {3}95 %$/m,
    /^canary {3}candidate {2}sklearn-iris-predictor-00002 {2}█.░+ {4}5 %$/m,
    /^Objectives +default +canary$/m,
    /^error-rate {4}max 0\.02 {3}0 +✓ met {2}0\.312 +✗ violated$/m,
    /^✗ canary violates error-rate\. If it still does/m,
    /^Requests {2}12,340 answered, 7 failed \(503: 7\), 40 per second$/m,
    /^ 0:51 {2}WeightsChanged: default 79 %, canary 21 %$/m,
  );
});

live('ends with the verdict in its colour', () => {
  const last = (name: string): string =>
    renderScreen(snapshotOf(EXPERIMENTS[name]), { ...BARE, columns: 140, hasColours: true }).at(
      -1,
    )!;
  assert.match(
    last('promoted'),
    '\x1b[1m\x1b[32m✓ PROMOTED\x1b[39m\x1b[22m  canary has all traffic',
  );
  assert.match(last('rolled back'), '\x1b[31m✗ ROLLED BACK\x1b[39m');
});

live('says what is prepared before there is an experiment', () => {
  const text = screenOf(
    snapshotOf(undefined, { note: 'Starting Prometheus', answers: {}, requestsPerSecond: 0 }),
  );
  shows(text, /^Getting ready/, /→ Starting Prometheus/);
  assert.not.match(text, /Requests/);
  assert.match(screenOf(snapshotOf(undefined)), /The sandbox is starting/);
});

live('says what to do next below everything else', () => {
  const snapshot = snapshotOf(EXPERIMENTS.promoted, { note: 'kubectl get experiments -A' });
  assert.match(screenOf(snapshot), /kubectl get experiments -A$/);
});

live('puts traffic and objectives side by side where there is room', () => {
  const text = screenOf(snapshotOf(EXPERIMENTS.begun), { columns: 160, rows: 50 });
  assert.match(text, /^Traffic +Objectives +default +canary$/m);
});

live('keeps what matters most where there is little room', () => {
  const text = screenOf(snapshotOf(EXPERIMENTS.violated), { columns: 40, rows: 12 });
  shows(text, /Iteration 3 of 15/, /canary .* 5 %/, /✗ 0\.312/, /✗ canary violates/);
  const tiny = screenOf(snapshotOf(EXPERIMENTS['rolled back']), { columns: 40, rows: 5 });
  shows(tiny, /^models\/iris/, /ROLLED BACK/);
});

live('shows the latest of a long log', () => {
  const log = Array.from({ length: 99 }, (_, index) => ({ atMs: 0, text: `entry ${index}.` }));
  const text = screenOf(snapshotOf(EXPERIMENTS.begun, { log }));
  assert.match(text, /entry 98\.$/);
  assert.not.match(text, /entry 80\./);
});

live('is never larger than the terminal, at any stage and size', () => {
  const snapshots = [
    LONG,
    snapshotOf(undefined),
    ...Object.values(EXPERIMENTS).map((one) => snapshotOf(one)),
  ];
  for (const [columns, rows] of SIZES) {
    for (const snapshot of snapshots) {
      const lines = renderScreen(snapshot, { ...BARE, columns, rows, hasColours: true });
      assert.ok(lines.length <= rows, `${lines.length} rows of ${rows}`);
      const widest = Math.max(...lines.map((line) => stripVTControlCharacters(line).length));
      assert.ok(widest <= columns, `${widest} columns of ${columns}`);
    }
  }
});

live('is plain ASCII without colours where that is asked for', () => {
  for (const experiment of Object.values(EXPERIMENTS)) {
    const text = screenOf(snapshotOf(experiment), { isUnicode: false });
    assert.match(text, /^[ -~\n]+$/);
  }
});

/** The value with some of its fields gone. */
function torn(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((one) => torn(one, random));
  if (typeof value !== 'object' || value === null) return value;
  const left = Object.entries(value).filter(([key]) => KEPT.has(key) || random() > 0.1);
  return Object.fromEntries(left.map(([key, one]) => [key, torn(one, random)]));
}

/** Fields that the schema requires. */
const KEPT = new Set(['name', 'type', 'status', 'spec', 'metricObj', 'version', 'verdict']);
for (const key of ['value', 'decision', 'reason', 'message', 'baseline']) KEPT.add(key);

live('never shows undefined or NaN, whatever a status leaves out', () => {
  const random = randomFrom('torn');
  for (let round = 0; round < 300; round++) {
    const names = Object.keys(EXPERIMENTS);
    const whole = EXPERIMENTS[names[Math.floor(random() * names.length)]!]!;
    const experiment = { ...whole, status: torn(whole.status, random) } as Experiment;
    assert.not.match(screenOf(snapshotOf(experiment)), /undefined|NaN|Infinity|\[object/);
  }
});

live.run();
