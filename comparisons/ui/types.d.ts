/** The shapes of what the page's tabs are sent. Read by the type checker alone. */

/** What never changes of the variants, sent once (`picker/catalogue.py`): numbers are places in the lists beside. */
interface CatalogueValue {
  providers: string[];
  families: string[];
  /** Its id, its title and its family. */
  models: [string, string, number][];
  words: string[];
  /** What only single models have: name, label, kind, choices, what may be set in words, and help. */
  options: [string, string, string, string[], string, string][];
  /**
   * Reference, provider, model, label, inputs (a bit each), audio; evidence, note and ending as places in `words`; places in
   * `options`.
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

/** What a refresh says of a variant: detail, price, basis, reason and badge as places in its words; and US dollars. */
type RowValue = [number, number, number, number, number, number | null];

/** What changes of the picker (`picker/value.py`). A row is null where its variant cannot be reached. */
interface PickerValue {
  catalogue: string;
  rows: (RowValue | null)[];
  words: string[];
  chosen: string[];
  past: Record<string, string>;
  last: number[];
  /** What is asked of single variants, by reference and option; only where a run fills the form. */
  own?: Record<string, Record<string, string>>;
  /** What is chosen besides variants, and what it is called: whole models and providers of a plan that was opened. */
  groups: Record<string, string>;
  turn?: number;
  later?: string | null;
}

/** What is picked, above the list: what it is called, and why it takes no part. */
interface Chip {
  key: string;
  name: string;
  why: string;
}

/** A variant of the picker, and what the last refresh said of it. */
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
  /** All that it is found by, folded. */
  text: string;
  /** `there`: it can be reached at all. */
  now: { there: boolean; detail: string; price: string; basis: string; reason: string; badge: string; dollars: number | null; past: string };
}

/** All takes of a run that was under way are in: what to say, and what plays them. */
interface Arrived {
  words: string;
  play: () => void;
}

/** What is looked for among the variants. Of families, and of providers, any will do; all else must hold. */
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

/** What a session's stream tells, as far as it changed (`session_watch.py`). The first four are HTML. */
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
