"""The settings. Nothing else reads the environment or ``.env``."""

from __future__ import annotations

from comparisons.settings._pasted import pasted_key
from comparisons.settings._proxies import NO_PROXIES, Proxies, Proxy
from comparisons.settings._rates import DAILY, SHIPPED, DatedRate, Rates, read_daily
from comparisons.settings._settings import VARIABLES, Settings, mend_proxies, read, tell_gradio
from comparisons.settings._targets import Target

__all__ = [
    "DAILY",
    "NO_PROXIES",
    "SHIPPED",
    "VARIABLES",
    "DatedRate",
    "Proxies",
    "Proxy",
    "Rates",
    "Settings",
    "Target",
    "mend_proxies",
    "pasted_key",
    "read",
    "read_daily",
    "tell_gradio",
]
