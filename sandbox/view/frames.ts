/** One screen of a recording: when it was shown, in ms since the start, and its lines with colours. */
export interface Frame {
  atMs: number;
  lines: string[];
}

/** A screen of a picture and how long it stands. */
export interface Shot {
  lines: readonly string[];
  forMs: number;
}

const BODY_MS = 20_000;
const LAST_MS = 4000;
/** A run that waits longer than this for something to happen waits no longer in the picture. */
const LONGEST_STILL_MS = 3000;

/** The frames of a recording, one as JSON in each line. Throws where there is none. */
export function readFrames(recording: string): [Frame, ...Frame[]] {
  const [first, ...others] = recording
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Frame);
  if (!first) throw new Error('the recording has no frame');
  return [first, ...others];
}

/**
 * The frames worth showing, at most `most` of them: those with news and the last one. Together they
 * take 20 s however long the run took, and then the last one stands for 4 s more.
 */
export function shotsOf(frames: readonly Frame[], most: number): Shot[] {
  const last = frames.at(-1)!;
  const news = withNews(frames);
  const stills = news.map(({ atMs }, index) =>
    Math.min(LONGEST_STILL_MS, (news[index + 1] ?? last).atMs - atMs),
  );
  const pace = BODY_MS / Math.max(1, total(stills));
  const shots = news.map(({ lines }, index) => ({ lines, forMs: stills[index]! * pace }));
  return [
    ...thinned(shots, BODY_MS / Math.max(1, most - 1)),
    { lines: last.lines, forMs: LAST_MS },
  ];
}

function withNews(frames: readonly Frame[]): Frame[] {
  return frames
    .slice(0, -1)
    .filter((frame, index) => index === 0 || gistOf(frame) !== gistOf(frames[index - 1]!));
}

/** What is left of a screen without clocks, counts and the ends of bars. */
function gistOf({ lines }: Frame): string {
  return lines.join('\n').replace(/[\d.,: ▏▎▍▌▋▊▉]/g, '');
}

/** No shot shorter than this: what comes too soon takes the place of what it follows. */
function thinned(shots: readonly Shot[], shortestMs: number): Shot[] {
  return shots.reduce<Shot[]>((kept, shot) => {
    const before = kept.at(-1);
    if (!before || before.forMs >= shortestMs) return [...kept, shot];
    return [...kept.slice(0, -1), { lines: shot.lines, forMs: before.forMs + shot.forMs }];
  }, []);
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
