"""The picker of variants, which the Compare and the Sessions tab share: what it is told, and what comes back."""
