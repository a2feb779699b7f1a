// What is counted of the requests that pods have answered, while pods come, go and die:
//   node scripts/bench-counts.ts [--seconds 120] [--every-seconds 10] [--scrape-seconds 2]
//                                [--requests-per-second 30]
// The pods are processes and Prometheus is the real one. What was answered is told by those who asked.
import { parseArgs } from 'node:util';
import { measureCounts, type Figures } from './counts/measure.ts';
import { STORIES } from './counts/stories.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    'every-seconds': { type: 'string', default: '10' },
    'scrape-seconds': { type: 'string', default: '2' },
    'requests-per-second': { type: 'string', default: '30' },
  },
});

const figures = await measureCounts({
  seconds: Number(values.seconds),
  everySeconds: Number(values['every-seconds']),
  scrapeSeconds: Number(values['scrape-seconds']),
  requestsPerSecond: Number(values['requests-per-second']),
  stories: STORIES.map(({ name }) => name),
});
console.log('| what happens | deaths | answered | counted | | errors answered | counted | |');
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
for (const one of figures) console.log(`| ${cells(one).join(' | ')} |`);

function cells({ story, deaths, served, counted }: Figures): (string | number)[] {
  const title = STORIES.find(({ name }) => name === story)!.title;
  const requests = [served.requests, counted.requests, share(served.requests, counted.requests)];
  const errors = [served.errors, counted.errors, share(served.errors, counted.errors)];
  return [title, deaths, ...requests, ...errors];
}

function share(served: number, counted: number): string {
  const percent = ((counted - served) / served) * 100;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(1)} %`;
}
