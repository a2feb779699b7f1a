import { refuse, type Answer, type Refusal } from './answer.ts';
import { readFluxCsv } from './fluxCsv.ts';
import { parseOpenMetrics, type Dialect } from './openMetrics.ts';
import { quoted } from './providers.ts';

/**
 * The JSON of an answer, by its content type: JSON as it is; of CSV the rows as objects; of exposed
 * metrics what Prometheus would answer for an instant vector. Other types are read as JSON or exposed
 * metrics if they are that. NaN and Infinity as bare words are no JSON: the answer is refused rather than
 * changed. Messages do not say which backend it was.
 */
export function decode({ contentType, text: sent }: Answer): { json: string } | Refusal {
  const text = sent.startsWith('\uFEFF') ? sent.slice(1) : sent;
  const format = formatOf(contentType);
  // With a line feed alone, InfluxDB says that it found no tables.
  const isEmpty = format === 'CSV' ? text === '' : text.trim() === '';
  if (isEmpty) return refuse('BadAnswer', 'an empty answer');
  if (format === 'CSV') return csv(text);
  if (format === 'JSON') return isJson(text) ? { json: text } : notJson(text);
  if (format !== undefined) return metrics(text, format);
  return isJson(text) ? { json: text } : anyMetrics(text);
}

function formatOf(contentType: string): 'JSON' | 'CSV' | Dialect | undefined {
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  if (type === 'application/json' || type.endsWith('+json')) return 'JSON';
  if (type === 'text/csv' || type === 'application/csv') return 'CSV';
  if (type === 'application/openmetrics-text') return 'OpenMetrics';
  const isMetrics = type === 'text/plain' && parameters.includes('version=0.0.4');
  return isMetrics ? '0.0.4' : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function csv(text: string): { json: string } | Refusal {
  const read = readFluxCsv(text);
  return 'rows' in read ? { json: JSON.stringify(read.rows) } : read;
}

function metrics(text: string, dialect: Dialect): { json: string } | Refusal {
  const read = parseOpenMetrics(text, dialect);
  if (read.kind === 'Samples') return { json: JSON.stringify(read.body) };
  const message = `the answer is not Prometheus text: line ${read.line}: ${quoted(read.message)}`;
  return refuse('BadAnswer', message);
}

function anyMetrics(text: string): { json: string } | Refusal {
  const read = parseOpenMetrics(text);
  const hasSamples = read.kind === 'Samples' && read.body.data.result.length > 0;
  return hasSamples ? { json: JSON.stringify(read.body) } : notJson(text);
}

function notJson(text: string): Refusal {
  const hint = /\b(?:NaN|Infinity)\b/.test(text)
    ? ', in which NaN and Infinity are no numbers'
    : '';
  return refuse('BadAnswer', `the answer is not JSON${hint}: it begins with "${quoted(text, 80)}"`);
}
