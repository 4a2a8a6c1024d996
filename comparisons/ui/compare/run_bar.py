"""The words on and beside the Run button: how many takes, what they cost, and how much of a budget is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from comparisons.records import Balance, Pot
from comparisons.runs import Offer
from comparisons.settings import DatedRate
from comparisons.ui.picker.value import is_asked
from comparisons.words import total_words
from providers import Money, in_usd


def unpriced(offers: Sequence[Offer]) -> list[Offer]:
    """The offers whose price is not known."""
    return [each for each in offers if each.price is None]


NO_KEY = "Live needs a key"
"""The text of the Run button where a live run has no key."""


def run_label(
    offers: Sequence[Offer],
    repeats: int,
    simulated: bool,
    rates: Mapping[str, DatedRate],
    *,
    asking: bool = False,
    left_out: int = 0,
) -> str:
    """The text of the Run button: how many takes, and what they cost. ``cost_notes`` has the rest.

    Args:
        asking: whether providers are being asked for prices.
        left_out: how many picked variants are left out because their price is not known.
    """
    count = len(offers) * repeats
    if not count:
        return "No price is known: tick the box above" if left_out else "Choose at least one variant"
    takes = f"Run {count} take{'s' if count != 1 else ''}"
    if simulated:
        return f"{takes} · sandbox"
    if asking:
        waiting = sum(map(is_asked, offers))
        return f"{takes} · asking for {waiting} price{'s' if waiting != 1 else ''}…"
    prices = [each.price for each in offers for _ in range(repeats)]
    dollars = [in_usd(price, {currency: rate.usd for currency, rate in rates.items()}) for price in prices]
    if None not in dollars:
        total = sum((d for d in dollars if d is not None), Decimal(0))
        return f"{takes} · ${total:.2f}"
    return f"{takes} · {total_words(prices)}"


def cost_notes(
    offers: Sequence[Offer], simulated: bool, rates: Mapping[str, DatedRate], *, left_out: int = 0
) -> list[str]:
    """What is said beside Run of the sum on it: by which days' exchange rates it is, and how many variants of unknown
    price it leaves out."""
    if simulated:
        return ["Nothing is charged"] if offers else []
    without = [f"{left_out} of unknown price left out"] if left_out and offers else []
    return [*_days_words([each.price for each in offers], rates), *without]


def unpriced_words(count: int) -> str:
    """The label of the checkbox that agrees to unknown prices of ``count`` variants."""
    which = "the variant" if count == 1 else f"the {count} variants"
    return f"Run {which} of unknown price too: nobody knows what {'it costs' if count == 1 else 'they cost'}"


def spent_words(spent: Sequence[tuple[Pot, Balance]]) -> list[str]:
    """How much of the host's money is spent and left, for each pot."""
    return [_pot_words(pot, balance) for pot, balance in spent]


def _pot_words(pot: Pot, balance: Balance) -> str:
    title = pot.title.removeprefix("the ").removeprefix("a ")
    if pot.limit.is_infinite():
        return f"Last 24 hours: ${balance.spent:.2f} spent, ${balance.reserved:.2f} under way, no budget set"
    return f"{title[:1].upper()}{title[1:]}: ${max(Decimal(0), balance.left):.2f} of ${pot.limit:.2f} left"


def _days_words(prices: Sequence[Money | None], rates: Mapping[str, DatedRate]) -> list[str]:
    """The dates of the rates with which these prices were converted to dollars; nothing if none was converted."""
    used = [rates.get(price.currency or "") for price in prices if price is not None]
    if any(price is not None and price.currency != "USD" and price.currency not in rates for price in prices):
        return []  # the sum is not in dollars
    days = {rate.dated for rate in used if rate is not None}
    return [f"Exchange rate{'s' if len(days) > 1 else ''} of {' and '.join(sorted(days))}"] if days else []
