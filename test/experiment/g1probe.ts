import * as p from './proven.ts';
import { conditionOf, following, having, reasons, stored } from '../fixtures.ts';
import { NO_SAMPLES, recordWith, proofOf } from '../../functions/lib/analysis/record.ts';
import { encode, decode } from '../../functions/lib/analysis/knowledge.ts';
const show = (title: string, f: () => unknown) => { try { console.log('##', title, '\n', f()); } catch (e) { console.log('##', title, 'THROWS', (e as Error).stack?.split('\n').slice(0,6).join('\n')); } };
const many = (n: number) => ['default', ...Array.from({ length: n - 1 }, (_, i) => `c${i}`)];
show('rounding', () => {
  let bad = 0; let msg = ''; const q = { side: 'Upper' as const, value: 0.5, limit: 0.5 };
  for (let seed = 1; seed < 300; seed++) {
    let r = recordWith(NO_SAMPLES, { samples: 3, most: 3, least: 3 }, q, { horizon: 30, isExcused: false });
    try {
      for (let k = 0; k < 6; k++) {
        const s = (700 + seed) * (0.6 + seed / 700.123);
        r = recordWith(r, { samples: 700 + seed, most: s, least: s }, q, { horizon: 30, isExcused: true });
        const kn = { horizon: 30, objectives: [{ key: 'k', share: 1, records: [[r]], edges: [], buckets: [[]] }], rewards: [], budget: 1, proved: [] };
        r = decode(encode(kn), 1)!.objectives[0]!.records[0]![0]!;
        proofOf(r, q);
      }
    } catch (e) { bad++; msg = (e as Error).message; }
  }
  return [bad, msg];
});
show('two candidates', () => {
  let x = p.proving({ iterations: 5, versions: many(3), strategy: { testingPattern: 'A/B/N' }, rewards: [{ metric: 'conversion', preferredDirection: 'High' }] });
  return p.weightsIn(x);
});
for (const [n, m] of [[5, 5], [17, 14], [17, 8], [8, 32], [2, 32]] as const) show(`size ${n} versions ${m} objectives`, () => {
  const versions = many(n);
  const edges = Array.from({ length: 13 }, (_, i) => 2 ** i * 5);
  const objectives = Array.from({ length: m }, (_, i) => i % 2 ? { metric: `errors-of-kind-${i}`, upperLimit: '0.02' } : { metric: 'latency', upperLimit: 320, lowerLimit: '0.00' + i });
  const rewards = [{ metric: 'conversion', preferredDirection: 'High' as const }, { metric: 'revenue', preferredDirection: 'High' as const }];
  let x = p.proving({ versions, objectives, rewards, iterations: 30, strategy: { testingPattern: 'A/B/N' }});
  let seed = 1; const r = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  for (let i = 0; i < 3; i++) {
    const t: Record<string, Record<string, any>> = { latency: {}, conversion: {}, revenue: {} };
    for (let k = 0; k < m; k++) if (k % 2) t[`errors-of-kind-${k}`] = Object.fromEntries(versions.map((v) => [v, p.rate(Math.round(5000 * r()), 1e6 + Math.round(1e5 * r()))]));
    t.latency = Object.fromEntries(versions.map((v) => [v, p.histogram([...edges, 1].map((_, j) => Math.round((j > 7 ? 1e3 : 1e5) * r())), edges)]));
    t.conversion = Object.fromEntries(versions.map((v) => [v, p.rate(Math.round(50000 + 1000 * r()), 1e6)]));
    t.revenue = Object.fromEntries(versions.map((v) => [v, p.mean(1e6, 123456.789 + 1000 * r(), 323456.789 + 1000 * r())]));
    x = p.after(x, p.tallied(t));
    if (x.status!.stage !== 'Running') return x.status!.outcome;
  }
  return [x.status!.analysis!.state!.length, JSON.stringify(x.status).length, x.status!.message];
});
