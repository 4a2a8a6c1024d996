/**
 * The shapes of the data that the page's scripts share. Only the type checker reads this file; it is never sent to a browser.
 * `snapshot.py` makes what the server sends. Times and lengths are in seconds.
 */

/** What Gradio gives the script of a component. */
interface Component {
  element: HTMLElement;
  props: { value: unknown };
  trigger(event: string, data: object): void;
  watch(name: string, then: () => void): void;
}

/** One clip: the URLs of its files, and what was measured. */
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
  /** Null if all takes shown together have the same. */
  prompt: string | null;
  provider: string;
  /** The reference of its variant; empty on a blind ballot. */
  variant: string;
  label: string;
  state: string;
  phase: string | null;
  words: string;
  waiting: boolean;
  /** It is not over, and no process asks its provider about it any more. */
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
  /** Its cost in US dollars; null if not known. */
  usd: number | null;
  mark?: MarkValue | null;
  cost_words: string;
  /** Its cost with what that is known from, in one sentence. */
  cost_told: string;
  /** Width by height that its clip is to have; null if that was not asked. */
  shape: number | null;
  badges: string[];
  asked: string | null;
  sent: string | null;
  came: string | null;
  /** What its provider told of it, each with its label. */
  told: [string, string][];
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

/** A person's star, note and tags; tags as they were typed, separated by commas. */
interface MarkValue {
  star: boolean;
  note: string;
  tags: string;
}

/** Which takes of a run a browser shows, and in which order; the lists hold job ids. */
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
  /** Takes of several runs: what their requests do not have in common. */
  differs: string[];
  cells: CellValue[];
  ended?: number;
  trouble?: string;
  mark?: MarkValue | null;
  /** The address that opens this run again. */
  link?: string | null;
  /** Texts that ask for the same run elsewhere, such as on the command line, by the label of their button. */
  copies?: Record<string, string>;
  judge_url?: string | null;
  export_url?: string | null;
  watch_url?: string | null;
  blind?: boolean;
  ballot?: BallotValue;
}

/** What `timeline.js` needs to know about a clip: pictures a second, their number, when each of them begins if they come
 * unevenly, the length in seconds, and by how many of its frames a person moved it against the others. */
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
  /** The URLs that it may play from, in the order in which they are tried; and a small copy's. */
  files: string[];
  small: string | null;
  audio: boolean;
  /** Pixels a second. */
  load: number;
  /** Whether its first picture has been shown. */
  loaded: boolean;
  /** Whether some of its pictures were shown before it failed. */
  partly: boolean;
  /** Where it is to be sought once it can be. */
  want: number | null;
  /** Whether it runs with the others (`joined`), is about to (`joining`), or has done so since all started (`kept`). */
  joined: boolean;
  joining: boolean;
  kept: boolean;
  nudging: boolean;
  /** How long a seek takes, and when the last one began, in milliseconds of the page's clock. */
  lead: number;
  sought: number;
  /** The last time that its video element showed, and when that changed. */
  seen: number;
  movedAt: number;
}

/** When a file's first picture is shown and which one is on screen, in seconds of the file's own clock; and how many were. */
interface Reel {
  first: number | null;
  shown: number | null;
  shows: number;
}

/** A zoom, and the point of the picture that is in the middle of the view, as fractions of its width and height. */
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
