"""What the person configured: the only reader of the environment and of ``.env``."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from dotenv import dotenv_values

from providers import PROVIDERS, InvalidRequest, Provider, decimal_of

VARIABLES: dict[str, str] = {
    **{provider.key_env: f"{provider.name} key" for provider in PROVIDERS.values()},
    **{provider.base_url_env: f"{provider.name} base URL" for provider in PROVIDERS.values()},
    "TAKES_HOME": "Data folder: ledger, clips, your own catalogue. Default ./.takes",
    "TAKES_USD_PER_CNY": "Dollars per yuan and its date, as 0.1405@2026-11-21. Unset: no dollar figures for CNY",
    "TAKES_USD_PER_CREDIT": "Dollars per Apiframe credit and its date, as 0.01@2026-11-21. Unset: none for credits",
    "TAKES_SANDBOX_SPEED": "How much faster than real the built-in sandbox runs. Default 1",
    "TAKES_SANDBOX_SEED": "Seed of the built-in sandbox's latencies and looks. Default 0",
    "TAKES_SANDBOX_FAULTS": "A fault plan (TOML) for the built-in sandbox. Default none",
}
"""Every environment variable Takes reads, with what it is for."""

RATES = {"CNY": "TAKES_USD_PER_CNY", "credits": "TAKES_USD_PER_CREDIT"}


@dataclass(frozen=True)
class Target:
    """Where a provider is reached, and with which key. The key never shows in a repr."""

    base_url: str
    key: str = field(default="", repr=False)

    @property
    def is_sandbox(self) -> bool:
        """No vendor is reached over plain http; what answers there is an emulation, and its figures are simulated."""
        return self.base_url.startswith("http://")


@dataclass(frozen=True)
class DatedRate:
    """US dollars one unit of a currency is worth, and the day that was so."""

    usd: Decimal
    dated: str


@dataclass(frozen=True)
class Settings:
    """One reading of the environment."""

    home: Path
    targets: Mapping[str, Target]
    rates: Mapping[str, DatedRate]
    sandbox_speed: float = 1.0
    sandbox_seed: int = 0
    sandbox_faults: Path | None = None
    on_space: bool = False

    @property
    def with_keys(self) -> tuple[str, ...]:
        """The providers a live run can reach. On a public Space the host's keys are nobody's to spend."""
        return () if self.on_space else tuple(slug for slug, target in self.targets.items() if target.key)

    @property
    def usd(self) -> dict[str, Decimal]:
        return {currency: rate.usd for currency, rate in self.rates.items()}


def read(env: Mapping[str, str] | None = None, dotenv: Path = Path(".env")) -> Settings:
    """Settings from the environment, with ``.env`` below it.

    Raises:
        InvalidRequest: a variable holds something unusable; the message names it.
    """
    own = os.environ if env is None else env
    values = {**{k: v for k, v in dotenv_values(dotenv).items() if v is not None}, **own}
    faults = values.get("TAKES_SANDBOX_FAULTS", "").strip()
    return Settings(
        home=Path(values.get("TAKES_HOME", "").strip() or ".takes").resolve(),
        targets={slug: _target(provider, values) for slug, provider in PROVIDERS.items()},
        rates={c: rate for c, name in RATES.items() if (rate := _rate(name, values)) is not None},
        sandbox_speed=_speed(values),
        sandbox_seed=_seed(values),
        sandbox_faults=Path(faults) if faults else None,
        on_space=bool(values.get("SPACE_ID")),
    )


def _target(provider: Provider, values: Mapping[str, str]) -> Target:
    given = values.get(provider.base_url_env, "").strip() or provider.base_url
    base = given.rstrip("/").removesuffix(provider.base_path)
    if not base.startswith(("https://", "http://")):
        raise InvalidRequest(f"{provider.base_url_env} must start with https:// (or http:// for a sandbox)")
    key = values.get(provider.key_env, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise InvalidRequest(f"{provider.key_env} holds a character that no key has; paste it again.")
    return Target(base.rstrip("/"), key)


def _rate(name: str, values: Mapping[str, str]) -> DatedRate | None:
    text = values.get(name, "").strip()
    if not text:
        return None
    amount, _, dated = text.partition("@")
    usd = decimal_of(amount)
    if usd is None or usd == 0 or not dated:
        raise InvalidRequest(f"{name} should look like 0.1405@2026-11-21 (a rate and its date), not {text!r}")
    return DatedRate(usd, dated)


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
