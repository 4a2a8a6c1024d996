"""The Compare tab: its fields, the picker of variants, and what it shows of a run."""
