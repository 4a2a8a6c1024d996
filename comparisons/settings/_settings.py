"""The settings, read from the environment and ``.env``."""

from __future__ import annotations

import hashlib
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from comparisons.folders import UPLOADS
from comparisons.settings import _env_file, _hosting, _proxies, _volumes
from comparisons.settings._hosting import Network
from comparisons.settings._proxies import NO_PROXIES, Proxies
from comparisons.settings._rates import DatedRate, Rates
from comparisons.settings._targets import Target, target
from providers import PROVIDERS, InvalidRequest, decimal_of

VARIABLES: dict[str, str] = {
    **{provider.key_env: f"{provider.name} key" for provider in PROVIDERS.values()},
    **{provider.base_url_env: f"{provider.name} base URL" for provider in PROVIDERS.values()},
    "TAKES_HOME": "Data folder: ledger, clips, your own catalogue. Default ./.takes",
    "TAKES_BUDGET": "US dollars that all live runs of this data folder may cost in any 24 hours. Unset: no limit",
    "TAKES_PUBLIC": "1 where strangers visit: each sees only what is theirs. Default 0 on 127.0.0.1 alone, else 1",
    "TAKES_ORIGIN": "The page's own address where strangers visit, as https://takes.example. Default a Space's own",
    "TAKES_PROXIES": "How many proxies before Takes add to X-Forwarded-For; 0: people reach it itself. Default unknown",
    "TAKES_HOSTS": "On your own machine: further names it is reached by, with commas between. Default none",
    "TAKES_CLIP_NETWORKS": "On your own machine: inside networks files may come from, as 198.18.0.0/15. Default none",
    "GRADIO_SERVER_NAME": "The address to listen on. Default 127.0.0.1; any other is public unless TAKES_PUBLIC=0",
    "GRADIO_TEMP_DIR": "A folder for what the page is given, instead of one in the data folder. Default none",
    "GRADIO_SHARE": "True for a public link through Gradio. Default False, on a hosted notebook True",
    "TAKES_VISITOR_BUDGET": "US dollars of yours that one visitor may spend in 24 hours. Unset: your keys are off",
    "TAKES_VISITORS_BUDGET": "The same for all visitors together. Unset: your keys are off for visitors",
    "TAKES_VISITOR_STORAGE": "What one visitor's clips and images may fill of the disk. Default 500 MB",
    "TAKES_VISITORS_STORAGE": "The same for all visitors together. Default 10 GB",
    "TAKES_VISITOR_DAYS": "Days after which a visitor's runs that are over are deleted. Default 7",
    "TAKES_USD_PER_CNY": "Dollars per yuan and its date, as 0.1405@2026-11-21. none: no dollars. Unset: the ECB's",
    "TAKES_USD_PER_CREDIT": "Dollars per Apiframe credit, as 0.01@2026-11-21. none: no dollars. Unset: a third party's",
    "TAKES_USD_PER_GPU_HOUR": "Dollars per hour of your own server, as 1.99@2026-11-21. Unset or none: no dollars",
    "TAKES_DAILY_RATES": "0 so that no exchange rates are asked of the European Central Bank (once a day). Default 1",
    "TAKES_WORKERS": "Processes that measure clips, or a Dask scheduler, dask://host:8786. 0: when asked. Default 1",
    "TAKES_SANDBOX_SPEED": "How much faster than real the built-in sandbox runs. Default 1",
    "TAKES_SANDBOX_SEED": "Seed of the built-in sandbox's latencies and looks. Default 0",
    "TAKES_SANDBOX_FAULTS": "A fault plan (TOML) for the built-in sandbox. Default none",
}
"""Every environment variable that Takes reads, with what it is for."""

UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
MOST_DAYS = 36_500
"""The most days that ``TAKES_VISITOR_DAYS`` may be."""
RATES = {"CNY": "TAKES_USD_PER_CNY", "credits": "TAKES_USD_PER_CREDIT", "GPU hours": "TAKES_USD_PER_GPU_HOUR"}


@dataclass(frozen=True)
class Settings:
    """The settings as they were when the environment was read.

    Attributes:
        targets: each provider's base URL and key, by slug.
        public: whether strangers may visit; ``public_why`` says why, as part of a sentence.
        proxies: how many proxies are in front of Takes, None if not known; ``outgoing``: those for its own requests.
        budget, visitor_budget, visitors_budget: US dollars in 24 hours; None if not set.
        lasting: whether the data folder survives a restart.
        visitor_storage, visitors_storage: bytes.
    """

    home: Path
    uploads: Path
    targets: Mapping[str, Target]
    rates: Rates
    daily_rates: bool = True
    workers: str = "1"
    sandbox_speed: float = 1.0
    sandbox_seed: int = 0
    sandbox_faults: Path | None = None
    public: bool = False
    public_why: str = "it listens on 127.0.0.1"
    server_name: str = "127.0.0.1"
    share: bool = False
    origin: str = ""
    proxies: int | None = None
    direct: bool = False
    hosts: frozenset[str] = frozenset()
    clip_networks: tuple[Network, ...] = ()
    outgoing: Proxies = NO_PROXIES
    budget: Decimal | None = None
    visitor_budget: Decimal | None = None
    visitors_budget: Decimal | None = None
    lasting: bool = True
    visitor_storage: int = 500_000_000
    visitors_storage: int = 10_000_000_000
    visitor_days: float = 7.0

    @property
    def host_pays(self) -> bool:
        """Whether visitors may spend the host's money: only if both budgets are set and the data folder lasts.

        What was spent is in the ledger; if a restart emptied the data folder, every budget would begin at zero again.
        """
        return self.lasting and self.visitor_budget is not None and self.visitors_budget is not None

    @property
    def not_lasting(self) -> str:
        """A sentence that says why budgets that are set cannot be used; empty if they can, or are not set."""
        if self.lasting or self.visitor_budget is None or self.visitors_budget is None:
            return ""
        return (
            "The host's keys are off: the data folder is on this Space's own disk, which every restart empties, so no"
            " budget would hold. For the host: mount a volume, and set TAKES_HOME to a folder on it."
        )

    @property
    def keys(self) -> dict[str, str]:
        """The host's keys that may be used, by provider. Where strangers visit there are none without budgets."""
        if self.public and not self.host_pays:
            return {}
        return {slug: target.key for slug, target in self.targets.items() if target.key}

    @property
    def usd(self) -> dict[str, Decimal]:
        """US dollars for one unit of each currency."""
        return {currency: rate.usd for currency, rate in self.rates.items()}

    @property
    def rate_days(self) -> dict[str, str]:
        """The day and the source of each rate, by currency, in words."""
        return {currency: rate.told for currency, rate in self.rates.items()}


def read(env: Mapping[str, str] | None = None, dotenv: Path = Path(".env"), mounts: Path = _volumes.MOUNTS) -> Settings:
    """The settings from the environment, else from ``.env``; ``mounts``: the system's table of mounted file systems.

    Raises:
        InvalidRequest: a variable's value cannot be used; the sentence names the variable.
    """
    own = os.environ if env is None else env
    values = {**_env_file.read(dotenv, VARIABLES), **own}
    faults = values.get("TAKES_SANDBOX_FAULTS", "").strip()
    home = _home(values)
    server, share = _hosting.server_name(values), _hosting.share(values)
    public, why = _hosting.public(values, server, share)
    return Settings(
        home=home,
        uploads=_uploads(values, home),
        lasting=not values.get("SPACE_ID") or _volumes.is_on_a_volume(home, mounts),
        targets={slug: target(provider, values) for slug, provider in PROVIDERS.items()},
        rates=Rates({c: _rate(name, values) for c, name in RATES.items() if values.get(name, "").strip()}),
        daily_rates=_switch("TAKES_DAILY_RATES", values, default=True),
        workers=values.get("TAKES_WORKERS", "").strip() or "1",
        sandbox_speed=_speed(values),
        sandbox_seed=_seed(values),
        sandbox_faults=Path(faults) if faults else None,
        public=public,
        public_why=why,
        server_name=server,
        share=share,
        origin=_hosting.origin(values),
        proxies=_hosting.proxies(values),
        direct=_hosting.is_direct(values, server, share),
        hosts=_hosting.hosts(values),
        clip_networks=_hosting.clip_networks(values, public),
        outgoing=_proxies.read(values, of_system=env is None),
        budget=_amount("TAKES_BUDGET", values),
        visitor_budget=_amount("TAKES_VISITOR_BUDGET", values),
        visitors_budget=_amount("TAKES_VISITORS_BUDGET", values),
        visitor_storage=_bytes("TAKES_VISITOR_STORAGE", values, "500 MB"),
        visitors_storage=_bytes("TAKES_VISITORS_STORAGE", values, "10 GB"),
        visitor_days=_days("TAKES_VISITOR_DAYS", values, "7"),
    )


def _amount(name: str, values: Mapping[str, str]) -> Decimal | None:
    text = values.get(name, "").strip()
    amount = decimal_of(text.removeprefix("$")) if text else None
    if text and amount is None:
        raise InvalidRequest(f"{name} must be an amount of US dollars, such as 5 or 0.50, not {text!r}")
    return amount


def _bytes(name: str, values: Mapping[str, str], default: str) -> int:
    text = values.get(name, "").strip() or default
    told = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?(kB|MB|GB|TB)", text, re.IGNORECASE)
    if told is None:
        raise InvalidRequest(f"{name} must be a size on disk, such as 500 MB or 10 GB, not {text!r}")
    return int(Decimal(told[1]) * UNITS[told[2].upper()])


def _days(name: str, values: Mapping[str, str], default: str) -> float:
    text = values.get(name, "").strip() or default
    days = decimal_of(text)
    if days is None or not 0 < days <= MOST_DAYS:
        raise InvalidRequest(f"{name} must be a number of days above 0, such as 7 or 0.5, not {text!r}")
    return float(days)


def _rate(name: str, values: Mapping[str, str]) -> DatedRate | None:
    text = values[name].strip()
    if text.lower() == "none":
        return None
    amount, _, dated = text.partition("@")
    usd = decimal_of(amount)
    if usd is None or usd == 0 or not dated:
        raise InvalidRequest(
            f"{name} should look like 0.1405@2026-11-21 (a rate and its date), or be none, not {text!r}"
        )
    return DatedRate(usd, dated)


def _switch(name: str, values: Mapping[str, str], *, default: bool) -> bool:
    text = values.get(name, "").strip()
    if text not in ("", "0", "1"):
        raise InvalidRequest(f"{name} must be 0 or 1, not {text!r}")
    return default if not text else text == "1"


def _home(values: Mapping[str, str]) -> Path:
    try:
        return Path(values.get("TAKES_HOME", "").strip() or ".takes").resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead to one another
        raise InvalidRequest("TAKES_HOME is no path of a folder: no file system could hold it.") from error
    except ValueError as error:
        raise InvalidRequest("TAKES_HOME is no path of a folder: it holds a character that none can.") from error


def _uploads(values: Mapping[str, str], home: Path) -> Path:
    """Where the page keeps uploads. In ``GRADIO_TEMP_DIR``, which others may use too, this data folder has its own."""
    text = values.get("GRADIO_TEMP_DIR", "").strip()
    try:
        return (
            Path(text).resolve() / f"takes-{hashlib.sha256(bytes(home)).hexdigest()[:16]}" if text else home / UPLOADS
        )
    except ValueError as error:
        raise InvalidRequest("GRADIO_TEMP_DIR is no path of a folder: it holds a character that none can.") from error


def mend_proxies(found: Proxies) -> None:
    """Rewrites the proxy variables of this process so that Gradio and other libraries can use them.

    None of them then leads to this machine itself.
    """
    for name, value in found.written(os.environ).items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def tell_gradio(server_name: str, uploads: Path) -> None:
    """Sets the variables that Gradio, and uvicorn below it, read only from the environment.

    uvicorn must not take the address of a connection from X-Forwarded-For: how much of that is trusted is decided by
    ``TAKES_PROXIES``.

    Args:
        server_name: the address to listen on. Gradio looks for a free port over IPv4, which fails for an IPv6 address.
        uploads: the folder for uploads.
    """
    os.environ["GRADIO_SERVER_NAME"] = "127.0.0.1" if ":" in server_name else server_name
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    os.environ["FORWARDED_ALLOW_IPS"] = ""  # uvicorn's default trusts anybody who comes by a proxy on this machine


def _speed(values: Mapping[str, str]) -> float:
    text = values.get("TAKES_SANDBOX_SPEED", "").strip() or "1"
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not (speed > 0 and math.isfinite(speed)):
        raise InvalidRequest(f"TAKES_SANDBOX_SPEED must be a number above 0, not {text!r}")
    return speed


def _seed(values: Mapping[str, str]) -> int:
    text = values.get("TAKES_SANDBOX_SEED", "").strip() or "0"
    if not text.lstrip("-").isdecimal():
        raise InvalidRequest(f"TAKES_SANDBOX_SEED must be a whole number, not {text!r}")
    return int(text)
