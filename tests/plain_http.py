"""How tests ask over loopback, where nothing is encrypted and no proxy is wanted."""

from __future__ import annotations

LOOPBACK = {"trust_env": False, "verify": False}
"""For ``httpx``: without a look at all certificates that this machine trusts, which takes 50 ms of CPU each time."""
