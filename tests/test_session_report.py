"""A session's report is whole, says what is simulated and unknown, and is inert wherever it is opened."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comparisons import charts, session_report
from comparisons.charts import Lane, Offer
from comparisons.records import Session
from comparisons.summary import summarize
from comparisons.table import COLUMNS, row
from providers import InvalidRequest
from tests.browser import COLORS, Trouble, browse, wrongs
from tests.session_scenes import PLAN, RATES, Behavior, Take, job_of, played, session_of, six

NOW = 1_795_100_000.0
HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(2)>"


def rows_of(session: Session) -> list[dict[str, Any]]:
    return [
        {
            "session": session.id,
            "request": placed.request,
            "repeat": placed.repeat,
            "warm_up": placed.warm_up,
            **row(job, RATES, Path("/somewhere"), NOW),
        }
        for placed in session.runs
        for job in placed.run.jobs
    ]


def write(session: Session, folder: Path) -> Path:
    return session_report.write(session, rows_of(session), RATES, NOW, folder)


def page_of(session: Session) -> str:
    return session_report.page(session, summarize(session, RATES), RATES, ["results.csv"], NOW)


def words_of(html: str) -> str:
    """What is to be read on a page, on one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", html.split("</head>")[1]).replace("&nbsp;", " ").split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(six(), tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    return (folder / "index.html").read_text("utf-8")


# the folder -----------------------------------------------------------------------------------------------------------


def test_a_report_holds_a_page_the_rows_the_figures_and_the_plan(folder: Path):
    assert folder.name == "takes-s1"
    names = {"index.html", "results.csv", "results.jsonl", "results.parquet", "summary.json", "plan.toml"}
    assert {path.name for path in folder.iterdir()} == names
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert (folder / "plan.toml").read_text("utf-8") == PLAN
    figures = json.loads((folder / "summary.json").read_text("utf-8"))
    assert figures == json.loads(json.dumps(summarize(six(), RATES).to_json()))


def test_the_rows_say_where_each_job_stands_in_the_plan(folder: Path):
    frame = pd.read_parquet(folder / "results.parquet")
    assert list(frame.columns) == ["session", "request", "repeat", "warm_up", *COLUMNS]
    assert [str(frame[name].dtype) for name in ("session", "request", "repeat", "warm_up")] == [
        "string",
        "Int64",
        "Int64",
        "boolean",
    ]
    assert (len(frame), frame["warm_up"].sum(), frame["simulated"].all()) == (95, 1, True)
    assert not frame["file"].dropna().str.contains("/").any()
    assert list(pd.read_csv(folder / "results.csv")["request"]) == list(frame["request"])


def test_a_report_never_replaces_a_folder_that_is_there(folder: Path):
    before = (folder / "index.html").read_bytes()
    with pytest.raises(InvalidRequest, match="is there already"):
        write(six(), folder.parent)
    assert (folder / "index.html").read_bytes() == before


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(InvalidRequest, match="cannot be written"):
        write(session_of([]), tmp_path / "file")


def test_a_report_that_fails_halfway_leaves_nothing(tmp_path: Path):
    with pytest.raises(KeyError):
        session_report.write(six(), [{"file": None}], RATES, NOW, tmp_path)
    assert list(tmp_path.iterdir()) == []


# the page -------------------------------------------------------------------------------------------------------------


def test_a_simulated_session_says_so_on_every_part(html: str):
    assert "<title>SANDBOX · hailuo-i2v · Takes</title>" in html
    assert "It measures no provider." in html
    headings = re.findall(r"<h2>(.*?)</h2>", html)
    assert sum("(simulated)" in heading for heading in headings) == 6
    labels = re.findall(r'<svg [^>]*aria-label="([^.]*)\.', html)
    assert len(labels) == 4
    assert all("(simulated)" in label for label in labels)


def test_a_live_session_is_not_marked_as_simulated():
    html = page_of(session_of([], simulated=False, live=True))
    assert "SANDBOX" not in html
    assert "simulated" not in html


def test_every_plot_can_be_read_without_seeing_it(html: str):
    told = re.findall(r'<svg [^>]*role="img"[^>]*aria-label="([^"]*)"', html)
    name = "OdiRouter · Hailuo 2.3 Fast"
    assert [f"{name}: " in each for each in told] == [True] * 4
    assert "nothing is both cheaper and faster" in told[2]
    assert f"{name}: 15 of 15 (80 to 100 %)" in told[3]


def test_what_is_unknown_is_named_and_never_zero(html: str):
    words = words_of(html)
    assert "Apiframe · Hailuo 2.3 Fast median 42.2 s; the price of no delivered clip is known" in words
    assert "at least $0.28" in words
    assert "What they cost is unknown, which is not the same as nothing." in words
    assert not re.search(r"\$0(\.0+)?\b(?!\.)", words)


def test_what_is_left_out_is_listed_with_its_reason(html: str):
    words = words_of(html)
    for reason in ("made to warm up", "nobody knows whether it was made", "stopped by a person", "taken again by hand"):
        assert f"1 job: {reason}" in words
    assert "time nobody watched; out of the latencies only" in words
    assert "The session , 1 run: deleted since, with all its jobs" in words


def test_the_page_says_how_it_was_measured_with_what_and_at_which_prices(html: str):
    words = words_of(html)
    assert "as of 2026-04-29 for www.runninghub.cn, from developer-kit/pricing.public.json" in words
    assert "1 CNY = $0.1405" in words
    assert "Python 3.11.9" in words
    assert "request 2: runcomfy:minimax/hailuo-2-3/pro/text-to-video: it takes no image" in words
    assert "from order statistics" in words
    assert "21 differences were judged together" in words


def test_the_lead_claims_no_difference_that_chance_could_explain():
    alike = summarize(played([Behavior(f"apiframe:{name}", 50) for name in ("hailuo-2.3", "hailuo-02")], 4, 1), RATES)
    assert "the lowest median, which may be chance" in session_report.lead(alike)
    one = summarize(played([Behavior("apiframe:hailuo-2.3", 50)], 4, 1), RATES)
    assert "others" not in session_report.lead(one)
    assert session_report.lead(summarize(session_of([]), RATES)).startswith("In the sandbox, too few clips arrived")


def test_a_session_under_way_says_so():
    words = words_of(page_of(session_of([(0, 0, [job_of(0, "r", "apiframe:hailuo-2.3", Take("running"))])], ended="")))
    assert "not complete when this was written: 1 job is not over" in words
    assert "more may be added" in words_of(page_of(session_of([], ended="")))


# inert ----------------------------------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(f"@{name}" for name, _ in attrs)}


def tags_of(html: str) -> set[str]:
    parser = Tags()
    parser.feed(html)
    return parser.seen


def hostile(text: str) -> Session:
    """A session in which everything that comes from outside is this text."""
    jobs = [job_of(i, "r", "apiframe:hailuo-2.3", Take("failed", error=text)) for i in range(2)]
    facts = {text: text, "left_out": [text], "environment": {text: {text: [text]}}}
    return session_of([(0, 0, jobs)], name=text, plan=text, facts=facts, ended=text, identity=text)


def test_no_text_from_outside_becomes_markup(html: str):
    seen = tags_of(page_of(hostile(HOSTILE)))
    assert not seen & {"script", "img", "iframe", "link", "@onerror", "@onclick"}
    assert "script" not in tags_of(html)
    assert "default-src 'none'; style-src 'sha256-" in html


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=60))
def test_a_page_of_any_text_has_the_tags_of_any_other(text: str):
    assert tags_of(page_of(hostile(text))) == tags_of(page_of(hostile("plain")))


# plots ----------------------------------------------------------------------------------------------------------------


def test_the_efficient_are_those_nothing_beats_in_both():
    offers = [
        Offer("a", 1, 90),
        Offer("b", 2, 40),
        Offer("c", 2, 60),
        Offer("d", 3, 40),
        Offer("e", 0.5, 10, at_least=True),
    ]
    assert [offer.name for offer in charts.efficient(offers)] == ["a", "b"]


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), max_size=12))
def test_whatever_is_not_efficient_is_beaten_by_something_that_is(places: list[tuple[float, float]]):
    offers = [Offer(str(i), cost, seconds) for i, (cost, seconds) in enumerate(places)]
    best = charts.efficient(offers)
    for offer in offers:
        assert offer in best or any(b.cost <= offer.cost and b.seconds <= offer.seconds for b in best)


def test_every_clip_is_a_dot_at_its_latency():
    svg = charts.lanes([Lane("x", "words", 5, 4, 6, (1.0, 5.0, 5.0, 9.0))], "title", "seconds")
    dots = [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', svg)]
    assert len(set(dots)) == 4
    assert dots[1][0] == dots[2][0]
    assert (
        charts.lanes([], "title", "seconds") == charts.frontier([], "USD", "title") == charts.stacks([], "title") == ""
    )


def test_the_page_is_sound_in_light_and_dark_and_fits_a_phone(folder: Path, tmp_path: Path):
    with browse(tmp_path / "profile") as context:
        page, trouble = context.new_page(), Trouble()
        page.on("console", lambda message: trouble.errors.append(message.text))
        page.emulate_media(color_scheme="light")
        page.goto(f"file://{folder}/index.html")
        found, grounds = [], []
        for scheme, rules in (("light", None), ("dark", COLORS)):
            page.emulate_media(color_scheme=scheme)
            grounds.append(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
            found += wrongs(page, rules)
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert len(set(grounds)) == 2
    assert trouble.errors == []
