"""Money, and how sure we are of it: list price, then quote, then bill."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

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

    ``site`` is the host the price list is of; on another site of the same vendor it does not hold.
    """

    money: Money
    dated: date
    source: str
    site: str | None = None

    def holds_for(self, host: str) -> bool:
        return self.site is None or self.site == host


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
