"""Dollar figures are made with the rate that is set, else the day's, else a shipped one, each with day and source."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from comparisons.net import NoReply
from comparisons.runs import DailyRates
from comparisons.settings import SHIPPED, DatedRate, Rates, read_daily
from tests.settings.test_settings import read

DAILY = """<Cube><Cube time='2026-11-27'><Cube currency='USD' rate='1.2000'/><Cube currency='CNY' rate='8.0000'/>
<Cube currency='JPY' rate='180.0'/></Cube></Cube>"""
"""The bank's file of a day, in its form: units of a currency for a euro."""


def test_what_is_set_wins_and_none_is_no_rate_at_all():
    found = read(TAKES_USD_PER_CNY="0.1405@2026-11-21", TAKES_USD_PER_CREDIT="none").rates
    assert dict(found) == {"CNY": DatedRate(Decimal("0.1405"), "2026-11-21", "set by you")}
    found.learn(read_daily(DAILY))
    assert found["CNY"].usd == Decimal("0.1405")
    assert "credits" not in found


def test_a_fresh_machine_has_rates_with_their_day_and_source():
    found = read()
    assert round(found.usd["CNY"], 4) == Decimal("0.1503")
    assert found.rate_days["CNY"] == "2026-10-30, European Central Bank"
    assert found.rate_days["credits"] == "2026-08-28, a third party's note"


def test_the_days_rates_take_the_place_of_older_ones_and_never_of_newer_ones():
    rates = Rates({})
    rates.learn(read_daily(DAILY))
    assert (rates["CNY"].usd, rates["EUR"].usd, rates["CNY"].dated) == (Decimal("0.15"), Decimal("1.2"), "2026-11-27")
    rates.learn(read_daily(DAILY.replace("2026-11-27", "2026-11-20").replace("8.0000", "9.0000")))
    assert rates["CNY"].usd == Decimal("0.15")


@pytest.mark.parametrize("text", ["", "<html>", "<Cube time='2026-11-27'/>", DAILY.replace("USD", "GBP")])
def test_what_is_no_file_of_rates_tells_none(text: str):
    assert read_daily(text) == {}


@pytest.mark.anyio
async def test_the_bank_is_asked_once_a_day_and_what_it_said_outlives_a_restart(tmp_path: Path):
    now, asked = [1e9], []

    async def answer(url: str) -> str:
        asked.append(url)
        return DAILY

    rates = Rates({})
    daily = DailyRates(rates, tmp_path, lambda: now[0], answer, wanted=True)
    assert daily.take_turn()
    assert not daily.take_turn()
    await daily.renew()
    assert (len(asked), rates["CNY"].dated) == (1, "2026-11-27")
    again = Rates({})
    later = DailyRates(again, tmp_path, lambda: now[0] + 3600, answer, wanted=True)
    assert again["CNY"] == rates["CNY"]
    assert not later.take_turn()
    now[0] += 25 * 3600
    assert later.take_turn()
    assert not DailyRates(Rates({}), tmp_path, lambda: now[0], answer, wanted=False).take_turn()


@pytest.mark.anyio
async def test_a_bank_that_does_not_answer_changes_no_rate(tmp_path: Path):
    async def no_answer(url: str) -> str:
        raise NoReply("it did not answer")

    rates = Rates({})
    daily = DailyRates(rates, tmp_path, lambda: 1e9, no_answer, wanted=True)
    assert daily.take_turn()
    await daily.renew()
    assert dict(rates) == SHIPPED
