"""A session's report is whole, says what is simulated and unknown, and is inert wherever it is opened."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comparisons.analysis import Figures, summary_to_json, thresholds
from comparisons.analysis.intervals import Estimate
from comparisons.analysis.summary import summarize
from comparisons.analysis.table import COLUMNS, row
from comparisons.exports import result_files, session_caveats, session_folder, session_page, session_plots
from comparisons.exports.figure_words import median
from comparisons.exports.session_lead import lead
from comparisons.records import End, Ending, Event, Job, Session, Wanted
from comparisons.viewer import session_charts as charts
from comparisons.viewer.session_charts import Lane, PricedLatency
from providers import InvalidRequest, Money
from tests.browser import COLORS, Trouble, browse, wrongs
from tests.session_scenes import PLAN, RATES, Behavior, Take, job_of, played, session_of, six, takes_of

NOW = 1_795_100_000.0
FAST = "apiframe:hailuo-2.3-fast"
HOSTILE = "</style><script>alert(1)</script><img src=x onerror=alert(2)>"


def rows_of(session: Session) -> list[dict[str, Any]]:
    return [row(job, RATES, Path("/somewhere"), NOW) for placed in session.runs for job in placed.run.jobs]


def write(session: Session, folder: Path) -> Path:
    return session_folder.write(session, rows_of(session), RATES, NOW, folder)


def page_of(session: Session) -> str:
    return session_page.page(session, summarize(session, RATES), RATES, ["results.csv"], NOW)


def asking(session: Session, prompt: str, **asked: Any) -> Session:
    """The session, as if all its jobs had been asked this."""

    def job_like(job: Job) -> Job:
        return replace(job, plan=replace(job.plan, prompt=prompt, **asked))

    runs = [replace(p.run, prompt=prompt, jobs=tuple(map(job_like, p.run.jobs))) for p in session.runs]
    return replace(session, runs=tuple(replace(p, run=run) for p, run in zip(session.runs, runs, strict=True)))


def sheet(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


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
    assert {path.name for path in folder.iterdir()} == names | {"requests.csv"}
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert (folder / "plan.toml").read_text("utf-8") == PLAN
    figures = json.loads((folder / "summary.json").read_text("utf-8"))
    assert figures.pop("ended") == "All 3 repeats of the plan were made."
    assert figures == json.loads(json.dumps(summary_to_json(summarize(six(), RATES))))


def test_the_rows_say_where_each_job_stands_in_the_plan(folder: Path):
    frame = pd.read_parquet(folder / "results.parquet")
    places = ["session", "request", "prompt", "repeat", "warm_up"]
    options = ["opt_duration", "opt_resolution", "opt_prompt_optimizer"]
    assert sorted(frame.columns) == sorted([*places, *COLUMNS, *options])
    assert [str(frame[name].dtype) for name in places] == ["string", "Int64", "string", "Int64", "boolean"]
    assert (len(frame), frame["warm_up"].sum(), frame["simulated"].all()) == (95, 1, True)
    assert not frame["file"].dropna().str.contains("/").any()
    assert list(pd.read_csv(folder / "results.csv")["request"]) == list(frame["request"])
    assert set(frame["prompt"]) == {"A paper boat"}


def test_requests_and_repeats_are_numbered_from_1_as_on_the_page(folder: Path, html: str):
    rows, asked = sheet(folder / "results.csv"), sheet(folder / "requests.csv")
    assert {each["request"] for each in rows} == {each["request"] for each in asked} == set("12345")
    assert {each["repeat"] for each in rows} == set("123")
    assert re.findall(r'<th scope="row">(\d+)</th>', html) == list("12345")


def test_what_was_asked_is_in_the_report_though_the_plans_own_files_are_gone(tmp_path: Path):
    prompt, frame = f"A boat,\n“drifting” {'on ' * 90}", "ab" * 32
    asked = Wanted({"duration": 6, "resolution": "768p", "prompt_optimizer": True}, {"first_frame": 1, "last_frame": 1})
    session = replace(takes_of(Take(), Take(), ref=FAST), plan='name = "x"\nrequests_csv = "prompts.csv"\n')
    session = asking(
        session, prompt, asked=asked, images={"first_frame": (f"{frame}.png",), "last_frame": (f"{'cd' * 32}.jpg",)}
    )
    folder = write(session, tmp_path)
    assert sheet(folder / "requests.csv") == [
        {
            "request": "1", "prompt": prompt, "frames": "first and last frame", "first_frame_sha256": frame,
            "last_frame_sha256": "cd" * 32,
            "opt_duration": "6", "opt_resolution": "768p", "opt_prompt_optimizer": "True",
        }
    ]  # fmt: skip
    assert [each["prompt"] for each in sheet(folder / "results.csv")] == [prompt] * 2
    html = (folder / "index.html").read_text("utf-8")
    assert f'title="{prompt}"' in html
    assert f'title="{frame}"' in html
    assert "6 s 768p on" in words_of(html)


def test_what_was_left_to_the_variants_or_sent_to_none_is_not_made_up(tmp_path: Path):
    session = asking(
        takes_of(Take(), ref=FAST), "A boat", asked=Wanted({"prompt_optimizer": False}, {"first_frame": 1})
    )
    (asked,) = result_files.requests_of(session)
    assert {name: value for name, value in asked.items() if name.startswith("opt_")} == {"opt_prompt_optimizer": False}
    assert (asked["frames"], asked["first_frame_sha256"]) == ({"first_frame": 1}, None)
    assert "1 A boat sent to no variant – – – off" in words_of(page_of(session))
    (unknown,) = result_files.requests_of(takes_of(Take(), ref=FAST))  # of a plan that does not say what was asked
    assert list(unknown.values()) == [1, "A paper boat", *[None] * 3]


def test_no_spreadsheet_runs_a_prompt_and_no_path_is_told(tmp_path: Path):
    session = asking(
        takes_of(Take(), ref=FAST), '=HYPERLINK("http://x")', images={"first_frame": ("/home/me/boat.png",)}
    )
    folder = write(session, tmp_path)
    for name in ("requests.csv", "results.csv"):
        (told,) = sheet(folder / name)
        assert told["prompt"] == '\'=HYPERLINK("http://x")'
    assert not [path.name for path in folder.iterdir() if b"/home/me" in path.read_bytes()]


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
        session_folder.write(six(), [{"file": None}], RATES, NOW, tmp_path)
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
    assert "nobody knows whether it was made; out of every figure but the cost" in words
    assert "time nobody watched; out of the latencies only" in words
    assert "The session , 1 run: deleted since, with all its jobs" in words


def test_the_page_says_how_it_was_measured_with_what_and_at_which_prices(html: str):
    words = words_of(html)
    assert "as of 2026-04-29 for www.runninghub.cn, from developer-kit/pricing.public.json" in words
    assert "1 CNY = $0.1405" in words
    assert "Python 3.11.9" in words
    assert "request 2: runcomfy:minimax/hailuo-2-3/pro/text-to-video: it takes no image" in words
    assert "from order statistics" in words
    assert f"{summarize(six(), RATES).compared} differences were judged together" in words


def test_what_became_of_uncertain_jobs_is_within_the_bounds_of_the_share_delivered():
    told = words_of(page_of(takes_of(*[Take()] * 9, Take("uncertain"), ref=FAST)))
    assert "100% 9 of 9 · 70 to 100 % 60 to 100 % with 1 uncertain" in told
    assert "with 1 uncertain" not in words_of(page_of(takes_of(*[Take()] * 9, ref=FAST)))


def test_the_lead_claims_no_difference_that_chance_could_explain():
    alike = summarize(played([Behavior(f"apiframe:{name}", 50) for name in ("hailuo-2.3", "hailuo-02")], 4, 1), RATES)
    assert "the lowest median, which may be chance" in lead(alike)
    one = summarize(played([Behavior("apiframe:hailuo-2.3", 50)], 4, 1), RATES)
    assert "others" not in lead(one)
    assert lead(summarize(session_of([]), RATES)).startswith("In the sandbox, too few clips arrived")


STOPPED, LATE = Take("canceled", extra=("stop",)), Take(generate_s=40)
ODDLY = Ending(End.OTHER, told="1 repeat was made; one more was not.")
RULE = {"settings": {"within_percent": 10}}


@pytest.mark.parametrize(
    ("takes", "more", "says"),
    [
        ([Take(), Take("running")], {"ending": None}, "Still running or paused: 1 of 2 jobs had run to their end"),
        ([Take()], {"ending": None, "facts": RULE}, "had run to their end when this was written; the plan may"),
        ([Take(), STOPPED, STOPPED], {"ending": Ending(End.STOPPED)}, "Stopped: 1 of 3 jobs ran to their end."),
        ([Take(), Take("running")], {"ending": Ending(End.STOPPED)}, "Stopped: 1 of 2 jobs had run to their end when"),
        ([Take()], {"ending": ODDLY}, "one more was not. 1 of 1 job ran"),
        ([Take(), STOPPED], {}, "1 of 2 jobs ran to their end; the others were stopped or never sent."),
    ],
)  # fmt: skip
def test_a_session_that_is_not_whole_says_so_before_all_figures(takes: Sequence[Take], more: dict, says: str):
    session = takes_of(*takes, **more, ref=FAST)
    assert says in session_caveats.notes(session, summarize(session, RATES))[-1]
    assert says in words_of(page_of(session)).partition("clips delivered")[0]


def test_a_whole_session_has_no_such_note():
    for ending in (Ending(End.ALL_MADE, 2), Ending(End.ALL_MADE, 1), Ending(End.PRECISE, 5, 10)):
        session = takes_of(Take(), Take("failed"), ending=ending, ref=FAST)
        assert len(session_caveats.notes(session, summarize(session, RATES))) == 1  # that it is simulated


def test_repeats_that_were_only_planned_are_not_counted_as_made():
    assert "repeats of each 3 jobs run to their end 3 " in words_of(page_of(takes_of(Take(), Take(), Take(), ref=FAST)))
    stopped = takes_of(Take(), STOPPED, Take("unsent"), ending=Ending(End.STOPPED), ref=FAST)
    assert "repeats of each 1 of 3 jobs run to their end 1 of 3 " in words_of(page_of(stopped))
    jobs = [[job_of(i, f"r{i}", ref, take)] for i, (ref, take) in enumerate([(FAST, Take()), (FAST, STOPPED)])]
    uneven = session_of([(0, 0, jobs[0]), (1, 0, jobs[1])], ending=Ending(End.STOPPED))
    assert "repeats of each 0 to 1 of 1 " in words_of(page_of(uneven))


def test_the_page_says_from_when_to_when_jobs_were_made():
    words = words_of(page_of(takes_of(Take(), LATE, ref=FAST)))
    times = "First job begun 2026-11-18 11:06:40 UTC Last job ended 2026-11-18 11:08:03 UTC Written"
    assert times in words
    under_way = takes_of(Take(), Take("running"), ending=None, ref=FAST)
    assert "Last job so far ended 2026-11-18 11:07:03 UTC" in words_of(page_of(under_way))
    assert "First job" not in words_of(page_of(session_of([])))


def test_exchange_rates_are_told_with_their_dates():
    session = session_of([])
    summary = summarize(session, RATES)
    dated = session_page.page(session, summary, RATES, [], NOW, {"CNY": "2026-11-21"})
    assert "1 CNY = $0.1405, as of 2026-11-21" in words_of(dated)
    assert "1 CNY = $0.1405, as of a day that is not known" in words_of(page_of(session))


def of_rate(session: Session) -> Session:
    return replace(session, facts={"settings": {"rate_per_minute": 2.0}})


def waiting(session: Session, *waits: float) -> Session:
    """The session in an open loop, with the moments noted at which its jobs' turns came."""
    runs = []
    for placed, wait in zip(session.runs, waits, strict=True):
        planned, *rest = placed.run.jobs[0].events
        begun = Event("begun", placed.run.jobs[0].started_at - wait)
        jobs = (replace(placed.run.jobs[0], events=(planned, begun, *rest)),)
        runs.append(replace(placed, run=replace(placed.run, jobs=jobs)))
    return of_rate(replace(session, runs=tuple(runs)))


def test_waits_for_a_place_in_an_open_loop_are_told_with_how_many_and_how_long():
    session = takes_of(*[Take()] * 4, ref=FAST)
    told = words_of(page_of(waiting(session, 0.2, 41, 12, 180)))
    assert "3 of 4 jobs waited for a place at their provider, 41 s at the median, 180 s at most" in told
    told = words_of(page_of(waiting(session, 0, 0, 0, 7)))
    assert "1 of 4 jobs waited for a place at its provider, 7 s; this is not in its latency." in told
    assert "waited for a place at" not in words_of(page_of(waiting(session, 0, 0.1, 0, 0.9)))
    assert "for how long was not noted" in words_of(page_of(of_rate(session)))
    assert "for how long was not noted" not in words_of(page_of(session))


def test_the_page_does_not_claim_that_an_open_loop_has_no_limits(html: str):
    words = words_of(html)
    assert "so many jobs at once: Apiframe 5, OdiRouter 5, RunningHub 3." in words
    assert "however many are under way" not in words


def test_the_method_does_not_promise_more_than_was_measured(html: str):
    words = words_of(html)
    assert "held them in at least 92 of 100" in words
    assert "exact" not in words.partition("How this was measured")[2].partition("Polls")[0]
    assert "With one or two, the repeats are what is counted" in words
    assert "difference of medians" not in words
    for stilted in ("Two by two", "What it was taken with", "is none stays"):
        assert stilted not in words


# one and many ---------------------------------------------------------------------------------------------------------


def test_one_is_not_told_as_many():
    dollars = Money(Decimal("0.20"), "USD")
    billed = job_of(0, "r", FAST, Take(billed=dollars), dollars)
    failed = [job_of(i, "r", FAST, Take("failed", error=f"Broken {i}.")) for i in range(1, 7)]
    words = words_of(page_of(session_of([(0, 0, [billed, *failed])])))
    assert "billed, over 1 job " in words
    assert "; 1 other way." in words
    assert "The cost of 6 jobs is unknown" in words
    assert "1 of 1 variants has too few clips" in words
    one = words_of(page_of(session_of([(0, 0, [billed, failed[0]])])))
    assert "The cost of 1 job is unknown: figures lack it or are lower bounds. It is never counted as zero." in one
    assert "What it cost is unknown" in one
    (few,) = thresholds.parse("p50_total_s>1").failures(summarize(takes_of(Take(), ref=FAST), RATES))
    assert few.endswith("1 job is too few for it.")
    doubt = words_of(page_of(takes_of(Take("uncertain"), ref=FAST)))
    assert "Nobody knows whether 1 job was made and billed" in doubt


def test_those_that_cost_the_least_are_named_together():
    price = Money(Decimal("0.11"), "USD")
    refs = ("odirouter:minimax_hailuo_23_fast_i2v", "odirouter:minimax_hailuo_23_i2v", FAST)
    session = played([Behavior(ref, 40, 0.2, price, billed=True) for ref in refs[:2]], 4, 1)
    assert "and 1 more were the cheapest, at $0.11 a clip" in lead(summarize(session, RATES))
    dear = Behavior(refs[1], 40, 0.2, Money(Decimal("0.28"), "USD"), billed=True)
    session = played([Behavior(refs[0], 40, 0.2, price, billed=True), dear], 4, 1)
    assert " was the cheapest, at $0.11 a clip" in lead(summarize(session, RATES))


def test_a_single_difference_is_not_judged_together():
    session = six()
    summary = replace(summarize(session, RATES), compared=1)
    words = words_of(session_page.page(session, summary, RATES, [], NOW))
    assert "One difference was judged, so that the chance that a fluke is reported here stays below 5 %." in words


@pytest.mark.parametrize(
    ("value", "check", "says"),
    [
        (120.004, ">120", "is 120.004, which is > 120."),
        (120.0000001, ">120", "is 120.0000001, which is > 120."),
        (119.99996, "<120", "is 119.99996, which is < 120."),
        (1234567.0, ">120.25", "is 1234567, which is > 120.25."),
        (0.000012, "<0.00002", "is 0.000012, which is < 0.00002."),
    ],
)
def test_a_failed_check_shows_how_the_figure_differs_from_its_limit(value: float, check: str, says: str):
    summary = summarize(takes_of(Take(), ref=FAST), RATES)
    (figures,) = summary.variants
    total = replace(figures.latencies["total"], p90=Estimate(value, None, 30))
    figures = replace(figures, latencies={**figures.latencies, "total": total})
    (sentence,) = thresholds.parse(f"p90_total_s{check}").failures(replace(summary, variants=(figures,)))
    assert sentence.endswith(says)


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
    session = session_of(
        [(0, 0, jobs)], name=text, plan=text, facts=facts, ending=Ending(End.OTHER, told=text), identity=text
    )
    return asking(
        session,
        text,
        asked=Wanted({"resolution": text, text: text}, {"first_frame": 1}),
        images={"first_frame": (text,)},
    )


def test_no_text_from_outside_becomes_markup(html: str):
    seen = tags_of(page_of(hostile(HOSTILE)))
    assert not seen & {"script", "img", "iframe", "link", "@onerror", "@onclick"}
    assert "script" not in tags_of(html)
    assert "default-src 'none'; style-src 'sha256-" in html


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.text(max_size=60))
def test_a_page_of_any_text_has_the_tags_of_any_other(text: str):
    assert tags_of(page_of(hostile(text))) == tags_of(page_of(hostile("plain")))


# plots ----------------------------------------------------------------------------------------------------------------


def test_the_efficient_are_those_nothing_beats_in_both():
    offers = [
        PricedLatency("a", 1, 90),
        PricedLatency("b", 2, 40),
        PricedLatency("c", 2, 60),
        PricedLatency("d", 3, 40),
        PricedLatency("e", 0.5, 10, at_least=True),
    ]
    assert [offer.name for offer in charts.efficient(offers)] == ["a", "b"]


@given(st.lists(st.tuples(st.floats(0, 9), st.floats(0, 9)), max_size=12))
def test_whatever_is_not_efficient_is_beaten_by_something_that_is(places: list[tuple[float, float]]):
    offers = [PricedLatency(str(i), cost, seconds) for i, (cost, seconds) in enumerate(places)]
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


@pytest.mark.slow
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


def test_every_variant_is_in_every_plot_or_named_beside_it_and_has_one_median_everywhere():
    of = summarize(six(), RATES).variants
    assert len(of) > 2
    for plot in (session_plots.distributions, session_plots.phases, session_plots.reliability):
        html = unescape(plot(of, "A plot"))
        assert [each.name for each in of if each.name not in html] == [], plot.__name__
    medians = {each.name: f"{median(each) - 1.8:.1f}" for each in of if median(each) is not None}
    drawn = unescape(session_plots.phases([sooner(each, 1.8) for each in of], "A plot;"))
    stacked = dict(re.findall(r"([^;\"]+?): ([0-9.]+) seconds", drawn))
    assert {name.strip(" ."): seconds for name, seconds in stacked.items()} == medians


def sooner(of: Figures, by: float) -> Figures:
    """The figures, with a median of all that is no longer the sum of the phases' medians."""
    total = of.latencies["total"]
    p50 = total.p50 and replace(total.p50, value=total.p50.value - by)
    return replace(of, latencies={**of.latencies, "total": replace(total, p50=p50)})
