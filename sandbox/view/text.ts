// Text on a grid of terminal cells. Every character that gets here takes exactly one cell.
import { stripVTControlCharacters, styleText } from 'node:util';

/** The styles that the view uses; nothing else reaches a terminal or a recording. */
export type Style = 'bold' | 'gray' | 'red' | 'green' | 'yellow' | 'magenta' | 'cyan';

/** A line of the screen: pieces of text with their styles. */
export type Line = { text: string; styles: Style[] }[];

const IN_ASCII: Record<string, string> = {
  ...{ '█': '#', '▉': '#', '▊': '#', '▋': '#', '▌': '#', '▍': '.', '▎': '.', '▏': '.', '░': '.' },
  ...{ '✓': '+', '✗': 'x', '●': '*', '·': '.', '–': '-', '→': '>', '…': '~' },
};
const WITHOUT_OWN_CELL = /\p{M}/gu;
const NOT_ONE_CELL = /[^ -~\u00a1-\u024f\u0370-\u052f\u2010-\u2027█▉▊▋▌▍▎▏░✓✗●→]/gu;

/** Text from outside as one line of one cell per character: nothing in it moves a cursor. */
export function clean(text: string): string {
  return stripVTControlCharacters(text)
    .normalize('NFC')
    .replace(/[\p{C}\p{Z}]/gu, ' ')
    .replace(WITHOUT_OWN_CELL, '')
    .replace(NOT_ONE_CELL, '?');
}

/** A piece of a line, cleaned. */
export function span(text: string, ...styles: Style[]): Line[number] {
  return { text: clean(text), styles };
}

/** How many cells a line takes. */
export function widthOf(line: Line): number {
  return line.reduce((sum, { text }) => sum + text.length, 0);
}

/** The text, cleaned, in at most so many cells (from 1 on), with an ellipsis in its middle where it is longer. */
export function shorten(text: string, columns: number): string {
  const whole = clean(text);
  if (whole.length <= columns) return whole;
  const [head, tail] = [Math.ceil((columns - 1) / 2), Math.floor((columns - 1) / 2)];
  return `${whole.slice(0, head)}…${whole.slice(whole.length - tail)}`;
}

/** The text in lines of at most so many cells, broken between words where that can be. */
export function wrap(text: string, columns: number): string[] {
  const most = Math.max(1, columns);
  const line = new RegExp(`\\S(?:.{0,${most - 1}})(?= |$)|\\S{1,${most}}`, 'g');
  return (
    clean(text)
      .match(line)
      ?.map((one) => one.trimEnd()) ?? []
  );
}

/** The line in at most so many cells, with an ellipsis at its end where it is longer. */
export function fit(line: Line, columns: number): Line {
  if (widthOf(line) <= columns) return line;
  let rest = columns - 1;
  const spans = line.map(({ text, styles }) => {
    const taken = text.slice(0, rest);
    rest -= taken.length;
    return { text: taken, styles };
  });
  return [...spans, span('…', 'gray')];
}

/** The line in exactly so many cells. */
export function fill(line: Line, columns: number): Line {
  return fit([...line, span(' '.repeat(Math.max(0, columns - widthOf(line))))], columns);
}

/** A bar of so many cells, of which a share from 0 to 1 is filled, to the eighth of a cell. */
export function bar(share: number, columns: number, style: Style): Line {
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * Math.max(0, columns) * 8);
  const filled = '█'.repeat(eighths / 8) + ' ▏▎▍▌▋▊▉'.charAt(eighths % 8).trim();
  return [span(filled, style), span('░'.repeat(Math.max(0, columns - filled.length)), 'gray')];
}

/** The line as a terminal takes it. Without Unicode each character becomes one of ASCII. */
export function render(line: Line, means: { hasColours: boolean; isUnicode: boolean }): string {
  const texts = line.map(({ text, styles }) => {
    const shown = means.isUnicode ? text : text.replace(/[^ -~]/g, (one) => IN_ASCII[one] ?? '?');
    const isBare = !means.hasColours || styles.length === 0 || shown.trim() === '';
    return isBare ? shown : styleText(styles, shown, { validateStream: false });
  });
  return texts.join('').trimEnd();
}
