/**
 * The shapes that the page's scripts share. Read by the type checker alone; the page is never sent it.
 * What the server sends is made in `snapshot.py`; times and lengths are seconds.
 */

/** What Gradio gives the script of a component. */
interface Component {
  element: HTMLElement;
  props: { value: unknown };
  trigger(event: string, data: object): void;
  watch(name: string, then: () => void): void;
}

/** What is known of one clip: its files as URLs, and what was measured of it. */
interface ClipInfo {
  url: string | null;
  small: string | null;
  playable: string | null;
  seekable: string | null;
  moments: string | number[] | null;
  poster: string | null;
  strip: string | null;
  width: number | null;
  height: number | null;
  fps: number | null;
  frames: number | null;
  duration_s: number | null;
  audio: boolean | null;
  codec: string | null;
  container: string | null;
  pixel_format: string | null;
  first_s: number | null;
}

/** What is shown of one take. */
interface CellValue {
  job: string;
  run: string;
  /** Where not all have the same. */
  prompt: string | null;
  provider: string;
  label: string;
  state: string;
  phase: string | null;
  words: string;
  waiting: boolean;
  /** It is not over, and nobody asks its provider about it any more. */
  unwatched: boolean;
  ending: string | null;
  is_news: boolean;
  since: number | null;
  total_s: number | null;
  queue_position: number | null;
  progress: number | null;
  eta_s: number | null;
  phases: [string, number][];
  uncertainty_s: number | null;
  clip: ClipInfo | null;
  given: string | null;
  /** What it cost, in US dollars, as far as that is known. */
  usd: number | null;
  mark?: MarkValue | null;
  cost_words: string;
  basis_words: string;
  badges: string[];
  asked: string | null;
  sent: string | null;
  came: string | null;
  error: string | null;
  can_cancel: boolean;
  can_fetch: boolean;
  can_retry: boolean;
  retry_label: string;
}

interface BallotValue {
  token: string;
  kind: string;
  said: string;
}

/** What a person noted; tags as they are typed, separated by commas. */
interface MarkValue {
  star: boolean;
  note: string;
  tags: string;
}

/** Which takes of a run are shown in a browser, and in which order; takes by their job ids. */
interface Arranged {
  sort: string;
  placed: string[];
  pinned: string[];
  hidden: string[];
}

/** What is shown of a run. */
interface RunValue {
  run: string;
  prompt: string;
  simulated: boolean;
  done: boolean;
  can_go_on: boolean;
  /** Whether takes of further variants may be added. */
  can_add?: boolean;
  now: number;
  title: string;
  /** What was not asked alike of the takes of several runs. */
  differs: string[];
  cells: CellValue[];
  ended?: number;
  trouble?: string;
  mark?: MarkValue | null;
  /** That leads to it again. */
  link?: string | null;
  /** The run as one asks for it elsewhere, by what that is called. */
  copies?: Record<string, string>;
  judge_url?: string | null;
  export_url?: string | null;
  watch_url?: string | null;
  blind?: boolean;
  ballot?: BallotValue;
}

/** What the one clock must know of a clip: pictures a second, how many, when each shows where they come unevenly, how long
 * all of it lasts, and by how many frames of its own a person moved it against the others. */
interface Timed {
  fps: number;
  frames: number;
  moments: number[] | null;
  lasts: number;
  shift: number;
}

/** A clip that plays. */
interface Clip extends Timed {
  cell: Cell;
  info: ClipInfo;
  video: HTMLVideoElement;
  /** The video element that is to take the place of `video`. */
  next: HTMLVideoElement | null;
  /** What it may play from, first what is tried first; and a small copy. */
  files: string[];
  small: string | null;
  audio: boolean;
  /** Pixels a second. */
  load: number;
  /** Its first picture is there. */
  loaded: boolean;
  /** Some of its pictures were shown before it failed. */
  partly: boolean;
  /** Where it is to go once it can. */
  want: number | null;
  /** Whether it runs with the others, is about to, or did since all started. */
  joined: boolean;
  joining: boolean;
  kept: boolean;
  nudging: boolean;
  /** What a seek of it takes, and when one began, in milliseconds of the page's clock. */
  lead: number;
  sought: number;
  /** The time last seen of its video element, and when that changed. */
  seen: number;
  movedAt: number;
}

/** When a file's first picture shows, which one is on screen, in seconds of the file's own clock, and how many were. */
interface Reel {
  first: number | null;
  shown: number | null;
  shows: number;
}

/** A zoom, and the point of the picture that stands in the middle, as fractions of it. */
interface View {
  zoom: number;
  x: number;
  y: number;
}

interface Strip {
  node: HTMLElement;
  name: HTMLElement;
  head: HTMLElement;
}

type Bar = InstanceType<typeof takes.bar.Bar>;
type Cell = ReturnType<typeof takes.cell.makeCell>;
type Pair = InstanceType<typeof takes.pair.Pair>;
type Room = InstanceType<typeof takes.room.Room>;
