// A recording as an SVG that moves by CSS alone, as GitHub shows it in a README.
import { stripVTControlCharacters } from 'node:util';
import { shotsOf, type Frame, type Shot } from './frames.ts';

const CELL = { width: 8.4, height: 19 };
const MARGIN = 18;
const TITLE_BAR = 38;
const MOST_SHOTS = 90;
const FEWEST_SHOTS = 10;
const EIGHTHS = '▏▎▍▌▋▊▉█';
const CODE = /\x1b\[(\d+)m/;
const PIECES = /[▏▎▍▌▋▊▉█]+|░+|[!-~]+(?: [!-~]+)*|[^ ]/g;

const [BOLD, END_OF_BOLD, END_OF_COLOUR] = ['1', '22', '39'];

/** By the numbers that `styleText` writes. */
const STYLES: Record<string, string> = {
  1: 'font-weight:bold',
  31: 'fill:#ff7b72',
  32: 'fill:#56d364',
  33: 'fill:#e3b341',
  35: 'fill:#d2a8ff',
  36: 'fill:#39d0d8',
  90: 'fill:#8b949e',
};

/** How a run is drawn: `isStill` is its last screen alone. */
export interface PictureOptions {
  title: string;
  isStill: boolean;
  mostBytes: number;
}

/**
 * An SVG of a terminal in which the frames follow each other without end. It shows fewer of them
 * where it would have too many bytes, and throws where even a few are too many.
 */
export function drawPicture(frames: readonly Frame[], options: PictureOptions): string {
  const { title, isStill, mostBytes } = options;
  for (let most = MOST_SHOTS; most >= FEWEST_SHOTS; most -= 5) {
    const shots = shotsOf(frames, most);
    const svg = draw(isStill ? shots.slice(-1) : shots, title);
    if (Buffer.byteLength(svg) <= mostBytes) return svg;
  }
  throw new Error(`the picture does not fit into ${mostBytes} bytes`);
}

function draw(shots: readonly Shot[], title: string): string {
  const all = shots.flatMap(({ lines }) => lines);
  const columns = Math.max(...all.map((line) => stripVTControlCharacters(line).length));
  const width = Math.ceil(columns * CELL.width);
  const height = Math.max(...shots.map(({ lines }) => lines.length)) * CELL.height;
  const [outerWidth, outerHeight] = [width + 2 * MARGIN, height + TITLE_BAR + MARGIN];
  // What a row shows is drawn once, in however many shots it stands.
  const rows = new Map([...new Set(all)].map((line, index) => [line, index]));
  const film = shots.map(({ lines }, shot) => {
    const uses = lines.map((line, row) => {
      const place = `x="${shot * width}" y="${row * CELL.height}"`;
      return line && `<use href="#r${rows.get(line)!}" ${place}/>`;
    });
    return uses.join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${outerWidth} ${outerHeight}" width="${outerWidth}" height="${outerHeight}">
<title>${escape(title)}</title>
<style>${styles(shots, width)}</style>
<defs>${[...rows].map(([line, id]) => `<g id="r${id}">${drawRow(line)}</g>`).join('\n')}</defs>
<rect width="${outerWidth}" height="${outerHeight}" rx="10" style="fill:#0d1117"/>
<circle cx="22" cy="19" r="6" fill="#ff5f57"/><circle cx="42" cy="19" r="6" fill="#febc2e"/><circle cx="62" cy="19" r="6" fill="#28c840"/>
<text x="${outerWidth / 2}" y="24" text-anchor="middle" class="s90">${escape(title)}</text>
<svg x="${MARGIN}" y="${TITLE_BAR}" width="${width}" height="${height}"><g class="film">
${film.join('\n')}
</g></svg></svg>
`;
}

/** All shots lie side by side, and the film jumps from one to the next; unmoved, it shows the last. */
function styles(shots: readonly Shot[], width: number): string {
  const wholeMs = shots.reduce((sum, { forMs }) => sum + forMs, 0);
  const jumpTo = (shot: number): string => `{transform:translateX(${-shot * width}px)}`;
  const steps = shots.map((_, shot) => {
    const beginMs = shots.slice(0, shot).reduce((sum, { forMs }) => sum + forMs, 0);
    return `${((beginMs / wholeMs) * 100).toFixed(2)}%${jumpTo(shot)}`;
  });
  const moving = `@media (prefers-reduced-motion:no-preference){.film{animation:film ${Math.round(wholeMs)}ms step-end infinite}}`;
  return [
    'text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}',
    'text,rect{fill:#e6edf3}.rest{opacity:.3}',
    ...Object.entries(STYLES).map(([code, style]) => `.s${code}{${style}}`),
    `.film${jumpTo(shots.length - 1)}`,
    ...(shots.length > 1 ? [`@keyframes film{${steps.join('')}}`, moving] : []),
  ].join('\n');
}

function drawRow(line: string): string {
  let column = 0;
  let codes: string[] = [];
  const drawn = line.split(CODE).map((part, index) => {
    if (index % 2 === 1) {
      codes = after(codes, part);
      return '';
    }
    const begin = column;
    column += part.length;
    const pieces = [...part.matchAll(PIECES)];
    return pieces.map(({ 0: piece, index: at }) => drawPiece(piece, begin + at, codes)).join('');
  });
  return drawn.join('');
}

function after(codes: readonly string[], code: string): string[] {
  if (code === END_OF_BOLD) return codes.filter((one) => one !== BOLD);
  return code === END_OF_COLOUR ? codes.filter((one) => one === BOLD) : [...codes, code];
}

/** A bar, or a text stretched to its cells, so that all fits whatever font there is. */
function drawPiece(piece: string, column: number, codes: readonly string[]): string {
  const x = round(column * CELL.width);
  const isRest = piece.startsWith('░');
  const classes = [...codes.map((code) => `s${code}`), ...(isRest ? ['rest'] : [])].join(' ');
  const style = classes && ` class="${classes}"`;
  const last = EIGHTHS.indexOf(piece.at(-1)!);
  if (isRest || last >= 0) {
    const cells = isRest ? piece.length : piece.length - 1 + (last + 1) / 8;
    return `<rect x="${x}" y="3" width="${round(cells * CELL.width)}" height="13"${style}/>`;
  }
  const length = round(piece.length * CELL.width);
  const stretch = piece.length > 1 ? ` textLength="${length}"` : '';
  return `<text x="${x}" y="14"${stretch}${style}>${escape(piece)}</text>`;
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
