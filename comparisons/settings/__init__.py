"""The only reader of the environment and of ``.env``."""

from __future__ import annotations

from comparisons.settings._pasted import pasted_key
from comparisons.settings._proxies import NO_PROXIES, Proxies, Proxy
from comparisons.settings._settings import VARIABLES, Settings, Target, mend_proxies, read, tell_gradio

__all__ = [
    "NO_PROXIES",
    "VARIABLES",
    "Proxies",
    "Proxy",
    "Settings",
    "Target",
    "mend_proxies",
    "pasted_key",
    "read",
    "tell_gradio",
]
