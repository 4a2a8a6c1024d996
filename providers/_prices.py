"""Money, and how sure we are of it: list price, then quote, then bill."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from providers._options import Value, is_one_of

Basis = Literal["billed", "quoted", "list", "unknown"]

AMOUNT = re.compile(r"\+?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})(e[+-]?\d{1,4})?", re.ASCII | re.IGNORECASE)
"""How amounts are written. Decimal itself also reads NaN, underscores, any script's digits and endless exponents."""
CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Money:
    """An amount in its own currency. ``currency`` is an ISO code, ``"credits"``, or None if not said."""

    amount: Decimal
    currency: str | None

    def __str__(self) -> str:
        """``¥1.50``, ``5 credits``; at least cents for a currency that has them."""
        if self.currency in SYMBOLS:
            whole = self.amount.quantize(Decimal("0.01"))
            return f"{SYMBOLS[self.currency]}{whole if whole == self.amount else self.amount.normalize():f}"
        return f"{self.amount.normalize():f} {self.currency or '(currency not stated)'}"


SYMBOLS = {"USD": "$", "CNY": "¥", "EUR": "€"}


@dataclass(frozen=True)
class Rate:
    """A published price for one clip: what the catalogue knows before anyone is asked.

    ``site`` is the host whose price list it is on; None where it holds everywhere.
    """

    money: Money
    dated: date
    source: str
    site: str | None = None


@dataclass(frozen=True)
class PriceRule:
    """What a price list says of one combination of settings: so much per clip, or per second of it.

    ``when`` gives, by option, the values it holds for; ``site`` is the host whose list it is: on another site of the
    same vendor it does not hold.
    """

    per: Literal["clip", "second"]
    money: Money
    dated: date
    source: str
    when: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    site: str | None = None

    def holds(self, settings: Mapping[str, Value], host: str | None) -> bool:
        """Whether it is the price of a clip with these settings, on any site where ``host`` is None."""
        if host is not None and self.site not in (None, host):
            return False
        return all(name in settings and is_one_of(settings[name], values) for name, values in self.when.items())

    def of(self, settings: Mapping[str, Value]) -> Money | None:
        """The price of one clip; None where it is per second and nobody knows how long the clip is."""
        if self.per == "clip":
            return self.money
        seconds = seconds_in(settings)
        return None if seconds is None else Money(self.money.amount * seconds, self.money.currency)


def seconds_in(settings: Mapping[str, Value]) -> int | None:
    """How long a clip with these settings is to be; None where nobody says."""
    seconds = settings.get("duration")
    return seconds if isinstance(seconds, int) and not isinstance(seconds, bool) else None


def rate_of(rules: Sequence[PriceRule], settings: Mapping[str, Value], host: str | None) -> Rate | None:
    """The list price of a clip with these settings, by the first rule that holds; None where none does."""
    rule = next((each for each in rules if each.holds(settings, host)), None)
    money = None if rule is None else rule.of(settings)
    return None if rule is None or money is None else Rate(money, rule.dated, rule.source, rule.site)


@dataclass(frozen=True)
class Quote:
    """A provider's own price for one request, given before it runs."""

    money: Money


@dataclass(frozen=True)
class Cost:
    """What is known of one job's price. Each part is None until somebody says it."""

    listed: Money | None = None
    quoted: Money | None = None
    billed: Money | None = None

    @property
    def basis(self) -> Basis:
        """Which part is the best known; ``unknown`` when there is none."""
        if self.billed is not None:
            return "billed"
        if self.quoted is not None:
            return "quoted"
        return "list" if self.listed is not None else "unknown"

    @property
    def best(self) -> Money | None:
        return self.billed or self.quoted or self.listed

    def usd(self, rates: Mapping[str, Decimal]) -> Decimal | None:
        """The best figure in US dollars, or None where its currency has no rate. Never 0 for unknown."""
        return in_usd(self.best, rates)


def in_usd(money: Money | None, rates: Mapping[str, Decimal]) -> Decimal | None:
    """``money`` in US dollars; ``rates`` holds the dollars one unit of a currency is worth."""
    if money is None or money.currency is None:
        return None
    if money.currency == "USD":
        return money.amount
    rate = rates.get(money.currency)
    return None if rate is None else (money.amount * rate).quantize(Decimal("0.0001"))


def decimal_of(value: object) -> Decimal | None:
    """A non-negative amount out of a reply's number or text, if it has a size prices have; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    text = str(value).strip()
    if len(text) > 90 or not AMOUNT.fullmatch(text):
        return None
    amount = Decimal(text)
    return amount if -13 < amount.adjusted() < 12 else None


def currency_of(value: object) -> str | None:
    """An ISO code out of a reply's text; None for anything else."""
    code = value.strip().upper() if isinstance(value, str) else ""
    return code if CURRENCY.fullmatch(code) else None
