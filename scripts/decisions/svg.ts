// Charts as SVG, readable on light and on dark ground, without a library.

/** A line of a chart: a value for each position, where there is one. */
export type Series = { name: string; values: readonly (number | undefined)[]; isOurs: boolean };

/** A chart of lines over positions that have names. */
export type LineChart = {
  title: string;
  /** What it shows, for those who cannot see it. */
  description: string;
  across: { title: string; names: readonly string[] };
  /** Values from `ticks[0]` to the last tick; `isLogarithmic` asks for positive ones. */
  up: { title: string; ticks: readonly number[]; isLogarithmic: boolean };
  series: readonly Series[];
};

/** A chart of bars from left to right. */
export type BarChart = {
  title: string;
  description: string;
  across: { title: string; ticks: readonly number[] };
  groups: readonly {
    name: string;
    bars: readonly { name: string; value: number; isOurs: boolean }[];
  }[];
};

const COLOURS = ['#d55e00', '#009e73', '#b66dbf', '#b8860b', '#7f7f7f', '#e0609a', '#5a9e9e'];
const OURS = '#2f86d1';
const DASHES = ['', '6 3', '2 3', '8 3 2 3', '10 4', '3 2', '1 3'];
const WIDTH = 780;
const STYLE = `text{font:13px system-ui,sans-serif;fill:#767676}.title{font-size:15px;font-weight:600}.grid{stroke:#8884}.axis{stroke:#888}.ours{font-weight:600}@media(prefers-color-scheme:light){text{fill:#444}}@media(prefers-color-scheme:dark){text{fill:#ccc}}`;

/** The chart as an SVG document. */
export function lineChart({ title, description, across, up, series }: LineChart): string {
  const plot = { left: 80, top: 44, width: 420, height: 300 };
  const x = (index: number): number =>
    plot.left + (plot.width * (index + 0.5)) / across.names.length;
  const scale = up.isLogarithmic ? Math.log10 : (value: number) => value;
  const [low, high] = [scale(up.ticks[0]!), scale(up.ticks.at(-1)!)];
  const y = (value: number): number =>
    plot.top + plot.height * (1 - (scale(Math.max(value, up.ticks[0]!)) - low) / (high - low));
  const bottom = plot.top + plot.height;
  const grid = up.ticks.flatMap((tick) => [
    line([plot.left, y(tick)], [plot.left + plot.width, y(tick)], 'grid'),
    text([plot.left - 8, y(tick) + 4], tick.toLocaleString('en'), 'end'),
  ]);
  const names = across.names.map((name, index) => text([x(index), bottom + 20], name, 'middle'));
  const lines = series.flatMap((one, index) => {
    const look = lookOf(one.isOurs, index);
    const points = one.values.flatMap((value, position) =>
      value === undefined ? [] : [[x(position), y(value)] as const],
    );
    const height = plot.top + 10 + 24 * index;
    const from = plot.left + plot.width + 18;
    return [
      `<polyline points="${points.map((point) => point.map(figure).join(',')).join(' ')}" fill="none" ${look}/>`,
      ...points.map(
        ([cx, cy]) =>
          `<circle cx="${figure(cx)}" cy="${figure(cy)}" r="3" fill="${colourOf(one.isOurs, index)}"/>`,
      ),
      `<path d="M${from} ${height}h26" fill="none" ${look}/>`,
      text([from + 34, height + 4], one.name, 'start', one.isOurs ? 'ours' : undefined),
    ];
  });
  const axes = [
    line([plot.left, bottom], [plot.left + plot.width, bottom], 'axis'),
    line([plot.left, plot.top], [plot.left, bottom], 'axis'),
    text([plot.left + plot.width / 2, bottom + 44], across.title, 'middle'),
    `<text transform="translate(20 ${plot.top + plot.height / 2}) rotate(-90)" text-anchor="middle">${escaped(up.title)}</text>`,
  ];
  const body = [...grid, ...axes, ...names, ...lines];
  return documentOf({ title, description, height: bottom + 60 }, body);
}

/** The chart as an SVG document. */
export function barChart({ title, description, across, groups }: BarChart): string {
  const [left, width, step] = [230, 470, 20];
  const most = across.ticks.at(-1)!;
  const x = (value: number): number => left + (width * Math.min(value, most)) / most;
  let height = 40;
  const bars = groups.flatMap(({ name, bars: own }) => {
    const heading = name === '' ? [] : [text([16, (height += step) - 4], name, 'start', 'ours')];
    const drawn = own.flatMap((bar) => {
      height += step;
      const look = bar.isOurs ? `fill="${OURS}"` : 'fill="#9a9a9a"';
      return [
        `<rect x="${left}" y="${height - 14}" width="${figure(Math.max(1, x(bar.value) - left))}" height="14" ${look}/>`,
        text([left - 8, height - 3], bar.name, 'end', bar.isOurs ? 'ours' : undefined),
        text([x(bar.value) + 6, height - 3], figure(bar.value), 'start'),
      ];
    });
    height += 8;
    return [...heading, ...drawn];
  });
  const bottom = height + 4;
  const grid = across.ticks.flatMap((tick) => [
    line([x(tick), 44], [x(tick), bottom], 'grid'),
    text([x(tick), bottom + 18], tick.toLocaleString('en'), 'middle'),
  ]);
  const axes = [
    line([left, bottom], [left + width, bottom], 'axis'),
    text([left + width / 2, bottom + 40], across.title, 'middle'),
  ];
  return documentOf({ title, description, height: bottom + 56 }, [...grid, ...bars, ...axes]);
}

type Point = readonly [number, number];

function line([x1, y1]: Point, [x2, y2]: Point, kind: string): string {
  return `<line x1="${figure(x1)}" y1="${figure(y1)}" x2="${figure(x2)}" y2="${figure(y2)}" class="${kind}"/>`;
}

function text([x, y]: Point, content: string, anchor: string, kind?: string): string {
  const look = kind === undefined ? '' : ` class="${kind}"`;
  return `<text x="${figure(x)}" y="${figure(y)}" text-anchor="${anchor}"${look}>${escaped(content)}</text>`;
}

function colourOf(isOurs: boolean, index: number): string {
  return isOurs ? OURS : COLOURS[index % COLOURS.length]!;
}

function lookOf(isOurs: boolean, index: number): string {
  const dashes = isOurs ? '' : DASHES[index % DASHES.length]!;
  const pattern = dashes === '' ? '' : ` stroke-dasharray="${dashes}"`;
  return `stroke="${colourOf(isOurs, index)}" stroke-width="${isOurs ? 3 : 1.8}"${pattern}`;
}

function figure(value: number): string {
  return String(Number(value.toFixed(value < 10 ? 2 : 1)));
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function documentOf(
  { title, description, height }: { title: string; description: string; height: number },
  body: readonly string[],
): string {
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description">`;
  const told = `<title id="title">${escaped(title)}</title>\n<desc id="description">${escaped(description)}</desc>`;
  const heading = text([16, 24], title, 'start', 'title');
  return `${head}\n${told}\n<style>${STYLE}</style>\n${[heading, ...body].join('\n')}\n</svg>\n`;
}
