/** The shapes of what the page's tabs are sent. Read by the type checker alone. */

/** One variant of the picker (`view.py`). */
interface VariantValue {
  ref: string;
  provider: string;
  label: string;
  detail: string;
  price: string | null;
  price_basis: string | null;
  evidence: string;
  evidence_note: string;
  disabled: string | null;
  badge: string | null;
  checked: boolean;
}

interface PickerValue {
  groups: { model: string; title: string; variants: VariantValue[] }[];
  chosen: string[];
  turn?: number;
  later?: string | null;
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
