/** The shapes of the data that the page's tabs are sent. Only the type checker reads this file. */

/** What never changes about the variants, sent once (`picker/catalogue.py`). Numbers are indexes into the other lists. */
interface CatalogueValue {
  providers: string[];
  families: string[];
  /** Its id, its title and its family. */
  models: [string, string, number][];
  words: string[];
  /** Options that only some models have: name, label, kind, choices, what may be set in words, and help. */
  options: [string, string, string, string[], string, string][];
  /**
   * Reference, provider, model, label, inputs (a bit each), audio; evidence, note and ending as indexes into `words`; indexes
   * into `options`.
   */
  variants: [string, number, number, string, number, number, number, number, number, number[]][];
}

/** An option that only some models have. */
interface OwnOption {
  name: string;
  label: string;
  kind: string;
  choices: string[];
  offered: string;
  help: string;
}

/** What a refresh says about a variant: detail, price, basis, reason and badge as indexes into its `words`; and US dollars. */
type RowValue = [number, number, number, number, number, number | null];

/** What changes in the picker (`picker/value.py`). A row is null where its variant cannot be called. */
interface PickerValue {
  catalogue: string;
  rows: (RowValue | null)[];
  /** The places of variants that would not use an image that is set. */
  unused: number[];
  words: string[];
  chosen: string[];
  past: Record<string, string>;
  last: number[];
  /** Options set for single variants, by reference and option; only where a run fills the form. */
  own?: Record<string, Record<string, string>>;
  /** Chosen whole models and providers, which an opened plan may name, and the text shown for each. */
  groups: Record<string, string>;
  turn?: number;
  later?: string | null;
}

/** A picked variant or group, shown above the list: its name, and why it cannot take part (else empty). */
interface Chip {
  key: string;
  name: string;
  why: string;
}

/** A variant of the picker, and what the last refresh said about it. */
interface Choosable {
  /** Its place in the list. */
  number: number;
  ref: string;
  provider: string;
  family: string;
  model: string;
  title: string;
  label: string;
  inputs: number;
  audio: boolean;
  evidence: string;
  note: string;
  ending: string;
  own: OwnOption[];
  /** The text that searches look in, folded to lower case without accents. */
  text: string;
  /** What the last refresh said; `there`: whether it can be called at all. */
  now: {
    there: boolean;
    detail: string;
    price: string;
    basis: string;
    reason: string;
    badge: string;
    dollars: number | null;
    past: string;
    /** Whether it would not use an image that is set. */
    unused: boolean;
  };
}

/** Sent when the last take of a run has arrived: what to say, and a function that plays the takes. */
interface Arrived {
  words: string;
  play: () => void;
}

/** A search among the variants. A variant needs one of the families and one of the providers; all else must hold. */
interface Sought {
  words: string;
  families: Set<string>;
  providers: Set<string>;
  /** The inputs that it must take, as in `CatalogueValue`. */
  inputs: Set<number>;
  audio: boolean;
  priced: boolean;
  ending: boolean;
}

/** What changed in a session's stream (`sessions/watch.py`). The first four are HTML. */
interface Told {
  rows?: string;
  head?: string;
  figures?: string;
  runs?: string;
  told?: string;
  can_stop?: boolean;
  can_go_on?: boolean;
  hold?: string;
  said?: string;
}
