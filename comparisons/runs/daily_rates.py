"""The day's exchange rates, asked of the European Central Bank when a live price needs one, at most once a day."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from pathlib import Path

from comparisons.net import NoReply, NotSent
from comparisons.settings import DAILY, DatedRate, Rates, read_daily

DAY_S = 24 * 3600.0
FILE = "rates.json"


class DailyRates:
    """Keeps the day's rates in the data folder and in ``rates``, from which all dollar figures are computed.

    Args:
        now: epoch seconds of the system's clock.
        read: fetches the text at a public URL; raises ``NotSent`` or ``NoReply``.
        wanted: whether the bank may be asked at all.
    """

    def __init__(
        self, rates: Rates, home: Path, now: Callable[[], float], read: Callable[[str], Awaitable[str]], *, wanted: bool
    ) -> None:
        self._rates, self._file, self._now, self._read, self._wanted = rates, home / FILE, now, read, wanted
        self._asked_at, kept = self._kept()
        rates.learn(kept)

    def take_turn(self) -> bool:
        """Whether the caller is to ask the bank now: asking is allowed, and nobody has asked within the last day.

        Once it has answered true, it counts as asked.
        """
        due = self._wanted and not 0 <= self._now() - self._asked_at < DAY_S
        if due:
            self._asked_at = self._now()
        return due

    async def renew(self) -> None:
        """Asks the bank and uses its rates; without an answer, the rates known before stay."""
        try:
            daily = read_daily(await self._read(DAILY))
        except (NotSent, NoReply):
            daily = {}
        self._rates.learn(daily)
        self._keep(daily)

    def _kept(self) -> tuple[float, dict[str, DatedRate]]:
        """When the bank was asked last (epoch seconds) and its rates; minus infinity and none where no file says."""
        try:
            told = json.loads(self._file.read_text("utf-8"))
            daily = {
                name: DatedRate(Decimal(usd), dated, source) for name, (usd, dated, source) in told["rates"].items()
            }
            return float(told["asked"]), daily
        except (OSError, ValueError, KeyError, TypeError, ArithmeticError):
            return float("-inf"), {}

    def _keep(self, daily: Mapping[str, DatedRate]) -> None:
        rates = {name: [str(rate.usd), rate.dated, rate.source] for name, rate in daily.items()}
        part = self._file.with_suffix(".part")
        try:
            part.write_text(json.dumps({"asked": self._asked_at, "rates": rates or self._before()}), "utf-8")
            os.replace(part, self._file)
        except OSError:
            part.unlink(missing_ok=True)  # asked again after the next start; nothing depends on it

    def _before(self) -> dict[str, list[str]]:
        return {name: [str(rate.usd), rate.dated, rate.source] for name, rate in self._kept()[1].items()}
