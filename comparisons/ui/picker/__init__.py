"""The picker of variants, which the Compare and the Sessions tab share: what it is sent, and what it returns."""
