"""Where strangers visit, each sees and touches only what is theirs, and none takes more than their share."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright
from starlette.responses import PlainTextResponse

from comparisons.ledger import Ledger
from comparisons.playground import Playground
from comparisons.records import HOST, Event, Person
from comparisons.runs import compare
from comparisons.runs.compare import Choice, Consent
from comparisons.runs.visitors import HOUR_S, LIVE, SANDBOX, Admission, TooMuch
from comparisons.ui.door.cookies import PLAIN
from comparisons.ui.door.door import Door
from comparisons.ui.door.doorkeeper import Doorkeeper
from comparisons.ui.door.own_files import CLIPS, OwnFiles
from comparisons.ui.fields import ANY
from comparisons.ui.log_trail import SENTENCE
from comparisons.ui.option_fields import by_name, common
from providers import VENDORS, InvalidRequest
from tests import browser
from tests.browser import Served, pick_only, press_run, until_all, visit
from tests.door import NO_FILTER, Pressed, body_of, config_of, data_of, heard, kept
from tests.ledger.test_budget import renamed
from tests.plain_http import LOOPBACK
from tests.stage import ONE_EACH, VARIANTS, keep_clips_in_common
from tests.test_playground import TEXT, make

ONE = Choice(refs=(ONE_EACH["runcomfy"],))
ANN, BOB = Person("a" * 32), Person("b" * 32)
BY_ADDRESS = ("fetch_picture", "leave_url", "show_picture")
"""They fetch from public addresses, which anybody may, and show what their caller's own page asked for."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A public Takes, started with a key of its host's."""
    home = tmp_path_factory.mktemp("public")
    keep_clips_in_common(home / "takes")
    with browser.serve(home, speed=30, TAKES_PUBLIC="1", APIFRAME_API_KEY="the-hosts-own-key-51c2") as served:
        yield browser.wait_up(served)


@pytest.fixture(scope="module")
def two(app: Served) -> Iterator[tuple[BrowserContext, BrowserContext]]:
    """Two people's browsers."""
    found = browser.chromium()
    if found is None:
        pytest.skip(browser.NO_BROWSER)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, headless=True, args=browser.FLAGS)
        contexts = chromium.new_context(viewport=browser.WIDE), chromium.new_context(viewport=browser.WIDE)
        for each in contexts:
            each.set_default_timeout(browser.PATIENCE_S * 1000)
        yield contexts
        chromium.close()


@dataclass(frozen=True)
class Anns:
    """What Ann ran."""

    page: Page
    run: str
    job: str
    clip: str
    session: str
    bench: str


@pytest.fixture(scope="module")
def anns(app: Served, two: tuple[BrowserContext, BrowserContext]) -> Anns:
    page = two[0].new_page()
    sessions: list[str] = []
    page.on("request", lambda request: sessions.extend(re.findall(r"session_hash=(\w+)", request.url)))
    visit(page, app.url)
    page.locator("#prompt textarea").fill("A lighthouse. [Static shot]")
    pick_only(page, ["RunComfy"])
    run = press_run(page, 1)
    until_all(page, "delivered", 1)
    job = next(iter(browser.states(page)))
    clip = page.locator("#grid video").first.get_attribute("src") or ""
    return Anns(page, run, job, clip, sessions[-1], bench_of(page))


def bench_of(page: Page) -> str:
    """A benchmark session of one job, started on the page and over."""
    page.get_by_role("tab", name="Sessions").click()
    picked = page.locator("#plan-picker .tp-drop")
    picked.first.wait_for()
    while picked.count() > 1:
        picked.first.click()
    page.locator("#plan-prompts textarea").fill("A boat. [Static shot]")
    page.locator("#plan-start").filter(has_text="Start 1 job").click()
    page.locator("#session").filter(has_text="1 of 1 finished, 1 delivered").wait_for()
    bench = page.locator("#session [data-session]").get_attribute("data-session") or ""
    page.get_by_role("tab", name="Compare").click()
    return bench


@pytest.fixture(scope="module")
def bob(app: Served, two: tuple[BrowserContext, BrowserContext]) -> Page:
    page = two[1].new_page()
    visit(page, app.url)
    return page


def ledger(app: Served) -> Ledger:
    return Ledger(app.home / "takes" / "ledger.sqlite3")


def raw(app: Served, cookie: str = "") -> httpx.Client:
    """A client of the page's own interface, with somebody's cookie or none."""
    headers = {"cookie": cookie} if cookie else {}
    return httpx.Client(base_url=app.url, headers=headers, timeout=20, **LOOPBACK)


def cookie_of(context: BrowserContext) -> str:
    return next(f"{each['name']}={each['value']}" for each in context.cookies() if each["name"] == PLAIN)


def own_cookie(app: Served) -> str:
    with raw(app) as client:
        return client.get("/").headers["set-cookie"].partition(";")[0]


def call(client: httpx.Client, handler: str, event: dict[str, Any], data: list[Any], session: str = "raw") -> str:
    """Calls a handler of the page past the page; everything that came back, as one text."""
    return heard(client, body_of(client, Pressed(handler, data, event, session)))


# two browsers -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_link_to_somebody_elses_run_shows_nothing(app: Served, anns: Anns, bob: Page):
    visit(bob, f"{app.url}?run={anns.run}")
    bob.locator("#run-note").filter(has_text="There is no such run").wait_for()
    assert browser.states(bob) == {}


@pytest.mark.slow
def test_history_lists_only_ones_own(app: Served, anns: Anns, bob: Page):
    visit(bob, app.url)
    bob.get_by_role("tab", name="History").click()
    bob.locator("#history").filter(has_text="No runs yet").wait_for()
    anns.page.get_by_role("tab", name="History").click()
    anns.page.locator(f"#history a[href$='?run={anns.run}']").wait_for()
    anns.page.get_by_role("tab", name="Compare").click()


@pytest.mark.slow
def test_ones_own_run_is_still_there_after_a_reload(anns: Anns):
    anns.page.reload()
    until_all(anns.page, "delivered", 1)
    assert browser.run_of(anns.page) == anns.run


@pytest.mark.slow
def test_a_clip_is_handed_to_its_owner_only(app: Served, anns: Anns, bob: Page, two: tuple[BrowserContext, ...]):
    path = urlsplit(anns.clip).path
    answers = {}
    for name, cookie in {"ann": cookie_of(two[0]), "bob": cookie_of(two[1]), "nobody": ""}.items():
        with raw(app, cookie) as client:
            answers[name] = client.get(path, headers={"range": "bytes=0-99"}).status_code
    assert answers == {"ann": 206, "bob": 404, "nobody": 403}


@pytest.mark.slow
def test_clips_cannot_be_had_past_the_door(app: Served, anns: Anns, two: tuple[BrowserContext, ...]):
    file = app.home / "takes" / "clips" / f"{anns.job}.mp4"
    assert file.exists()
    with raw(app, cookie_of(two[0])) as client:
        for path in (
            f"gradio_api/file={file}",
            f"file={file}",
            f"gradio_api/file/{file}",
            f"{CLIPS[1:]}../ledger.sqlite3",
        ):
            assert client.get(path).status_code in (403, 404), path


@pytest.mark.slow
def test_the_hosts_keys_are_off(app: Served, bob: Page):
    visit(bob, app.url)
    bob.locator("#mode").get_by_label("Live").check()
    bob.locator("#mode-note").filter(has_text="Live needs a key").wait_for()
    assert bob.locator("#run").is_disabled()
    with raw(app) as client:
        assert "the-hosts-own-key" not in client.get("/").text


@pytest.mark.slow
def test_no_script_can_read_the_cookie(anns: Anns, two: tuple[BrowserContext, ...]):
    assert PLAIN not in anns.page.evaluate("document.cookie")
    assert next(each for each in two[0].cookies() if each["name"] == PLAIN)["httpOnly"]


# past the page ----------------------------------------------------------------------------------------------------

KEYS, OTHER = [""] * len(VENDORS), ONE_EACH["apiframe"]

HANDLERS = {
    "again": (lambda anns: {"job": anns.job}, lambda anns: KEYS),
    "go_on": (lambda anns: {"run": anns.run}, lambda anns: KEYS),
    "cancel": (lambda anns: {"job": anns.job}, lambda anns: []),
    "fetch_1": (lambda anns: {"job": anns.job}, lambda anns: KEYS),
    "fetch": (lambda anns: {"run": anns.run}, lambda anns: KEYS),
    "stop_all": (lambda anns: {}, lambda anns: [{"run": anns.run}]),
    "add": (lambda anns: {"run": anns.run}, lambda anns: {"image": None, "picker": {"chosen": [OTHER], "turn": 1}}),
    "mark": (lambda anns: {"run": anns.run, "job": "", "star": True, "note": "", "tags": ""}, lambda anns: []),
    "show_figures": (lambda anns: {"run": anns.run}, lambda anns: [""]),
    "describe": (lambda anns: {}, lambda anns: [anns.job]),
    "ask_provider": (lambda anns: {}, lambda anns: [anns.job, "", *KEYS]),
    "settle_found": (lambda anns: {}, lambda anns: [anns.job, "x", *KEYS]),
    "settle_not_charged": (lambda anns: {}, lambda anns: [anns.job, "", *KEYS]),
    "ask_to_delete": (lambda anns: {"run": anns.run}, lambda anns: [None, *NO_FILTER]),
    "delete": (lambda anns: {"run": anns.run}, lambda anns: []),
    "stop_session": (lambda anns: {"session": anns.bench}, lambda anns: []),
    "go_on_session": (lambda anns: {"session": anns.bench}, lambda anns: KEYS),
    "use_plan": (lambda anns: {"session": anns.bench}, lambda anns: []),
    "cast": (lambda anns: {"token": anns.run.removeprefix("r_"), "verdict": "0"}, lambda anns: ["variant"]),
}
"""Every handler that takes the name of a run or a job, and how to call it with Ann's: the event, and what fields hold,
of a form by their names."""
OF_A_LIST = ("describe", "ask_provider", "settle_found", "settle_not_charged")
SILENT = ("stop_all", "fetch")
"""They say the same of what does not exist."""
COOKIE_NEEDED = ("needs its cookie",)
REFUSED = {
    "a visitor": ("No job is called", "no such run", "no such ballot", "No session is called"),
    "nobody": COOKIE_NEEDED,
    "another site": ("Another site's page",),
}


@pytest.mark.slow
@pytest.mark.parametrize("who", ["a visitor", "nobody", "another site"])
@pytest.mark.parametrize("handler", HANDLERS)
def test_no_raw_call_reaches_another_visitors_run(
    app: Served, anns: Anns, two: tuple[BrowserContext, ...], handler: str, who: str
):
    before = [job.events for job in ledger(app).jobs()]
    cookie = {"a visitor": own_cookie(app), "nobody": "", "another site": cookie_of(two[0])}[who]
    event, data = HANDLERS[handler]
    with raw(app, cookie) as client:
        if who == "another site":
            client.headers["origin"] = "https://elsewhere.example"
        told = data(anns)
        sent = data_of(client, handler, told) if isinstance(told, dict) else told
        said = call(client, handler, event(anns), sent, session=f"raw{handler}{len(who)}")
    assert [job.events for job in ledger(app).jobs()] == before
    assert "mp4" not in said
    assert "Traceback" not in said
    if handler in OF_A_LIST and who == "a visitor":  # the page's list, which only its owner's session has been told
        assert SENTENCE in said
    elif who != "a visitor" or handler not in SILENT:
        assert any(words in said for words in REFUSED[who]), said


@pytest.mark.slow
def test_ones_own_cookie_opens_the_same_doors(app: Served, anns: Anns, two: tuple[BrowserContext, ...]):
    """So that the refusals mean something: the very same calls work for her whose run it is."""
    with raw(app, cookie_of(two[0])) as client:
        assert "another" not in call(client, "again", *[part(anns) for part in HANDLERS["again"]], session="annsown")
        client.params = {"run": anns.run}
        assert anns.job in call(client, "reopen", {}, [], session="annsown")
    assert len(ledger(app).run(anns.run).jobs) == 2


@pytest.mark.slow
def test_every_handler_that_names_a_run_or_a_job_was_tried(app: Served):
    with raw(app) as client:
        names = {each["api_name"] for each in config_of(client)["dependencies"]}
    harmless = {"open", "reopen", "refresh", "pick", "start", "lambda", "open_doubts", "next_ballot", "open_named"}
    harmless |= {"next_ballot_1"}  # what a ballot that cannot be played leads to
    harmless |= {"open_votes", "show_board"}  # they show what the caller's own votes say
    harmless |= {"search", "forget_filters", "turn_newer", "turn_older", "keep"}  # they list what is the caller's own
    harmless |= {"show_again", "show_answer", "show_start"}  # so do these, of what their caller asked for
    harmless |= {"foresee", "save_plan", "js_fn", "start_session", "show_book"}  # these name nothing
    harmless |= {"open_plan"}  # it reads what its caller uploaded, and nothing that is named there
    harmless |= {"refresh_1", "js_fn_1", "js_fn_2", *(f"foresee_{number}" for number in range(1, 5))}  # once more
    harmless |= {f"{name}{again}" for name in BY_ADDRESS for again in ("", "_1", "_2")}  # see test_by_url.py
    harmless |= {"open_session"}  # it shows what is the caller's own: see below
    assert names - set(HANDLERS) <= harmless, names - set(HANDLERS) - harmless
    assert set(HANDLERS) <= names


@pytest.mark.slow
def test_a_link_of_another_visitor_shows_nothing_to_a_raw_call(app: Served, anns: Anns):
    with raw(app, own_cookie(app)) as client:
        client.params = {"run": anns.run}
        said = call(client, "reopen", {}, [], session="rawreopen")
    assert "There is no such run" in said
    assert anns.job not in said


@pytest.mark.slow
def test_a_link_to_another_visitors_session_shows_nothing_to_a_raw_call(app: Served, anns: Anns):
    with raw(app, own_cookie(app)) as client:
        client.params = {"session": anns.bench}
        said = call(client, "open_session", {}, [], session="rawsession")
        assert "No session is called" in said
        assert "Download report" not in said
        assert client.get(f"takes/sessions/{anns.bench}.zip").status_code == 404


@pytest.mark.slow
def test_nobody_is_given_a_ballot_about_another_visitors_run(app: Served, anns: Anns):
    with raw(app, own_cookie(app)) as client:
        assert "Nothing to judge" in call(client, "next_ballot", {}, ["pair"], session="rawnext")
        client.params = {"vote": anns.run}
        assert "There is no such run" in call(client, "open_named", {}, ["pair"], session="rawvote")


@pytest.mark.slow
def test_no_raw_call_finds_or_reuses_another_visitors_run(app: Served, anns: Anns):
    with raw(app, own_cookie(app)) as client:
        assert "No runs yet" in call(client, "search", {}, NO_FILTER, session="rawsearch")
        assert "No run matches" in call(client, "search", {}, [anns.run, *NO_FILTER[1:]], session="rawsearch")
        client.params = {"like": anns.run}
        form = ["", None, None, [], 1, "Sandbox", True, False, *KEYS, *[ANY] * len(common(by_name(VARIANTS))), None]
        filled = call(client, "open", {}, form, session="rawlike")
        said = call(client, "reopen", {}, [], session="rawlike")
    assert "There is no such run" in said
    assert "A lighthouse" not in filled


@pytest.mark.slow
def test_nobody_listens_in_on_another_visitors_session(app: Served, anns: Anns):
    with raw(app, own_cookie(app)) as client:
        for path in (f"gradio_api/queue/data?session_hash={anns.session}", f"gradio_api/heartbeat/{anns.session}"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["error"]) == (
                403,
                "This page belongs to somebody else; reload it.",
            )
        said = call(client, "stop_all", {}, [{"run": anns.run}], session=anns.session)
    assert "somebody else" in said


# their share ------------------------------------------------------------------------------------------------------


@pytest.fixture
def playground(tmp_path: Path) -> Iterator[Playground]:
    made = make(tmp_path, TAKES_PUBLIC="1")
    yield made
    made.close()


def test_what_one_visitor_ran_does_not_exist_for_another(playground: Playground):
    run = playground.start(TEXT, ONE, simulated=True, who=ANN)
    playground.wait()
    job = run.jobs[0].id
    assert playground.run(run.id, BOB) is None
    assert playground.ledger.runs(10, owner=BOB.only) == []
    mine, every = (playground.ledger.runs(10, owner=who.only) for who in (ANN, HOST))
    assert [each.id for each in mine] == [each.id for each in every]
    for act in (playground.again, playground.stop, playground.reconciler.look_for, playground.reconciler.not_charged):
        with pytest.raises(InvalidRequest, match="No job is called"):
            act(job, BOB)
    with pytest.raises(InvalidRequest, match="No job is called"):
        playground.reconciler.found(job, "x", BOB)
    with pytest.raises(InvalidRequest, match="no such run"):
        playground.go_on(run.id, BOB)


def test_a_visitor_cannot_stop_another_visitors_run(tmp_path: Path):
    playground = make(tmp_path, '[[fault]]\nkind = "stuck"\nprovider = "runcomfy"', TAKES_PUBLIC="1")
    run = playground.start(TEXT, ONE, simulated=True, who=ANN)
    playground.stop_run(run.id, BOB)
    assert playground.ledger.job(run.jobs[0].id).last("stop") is None
    playground.stop_run(run.id, ANN)
    playground.wait()
    assert playground.ledger.job(run.jobs[0].id).last("stop") is not None
    playground.close()


def many(playground: Playground, who: Person, takes: int, at: float, *, over: bool = False) -> None:
    """Takes of a visitor: planned and not begun, or over."""
    variant = next(v for v in playground.variants if v.ref in ONE.refs)
    run = compare.plan_run(
        [compare.offer(variant, TEXT, "h")],
        TEXT,
        compare.Press(at, simulated=True, live=False, owner=who.id),
        keep=lambda image: None,
        rng=random.Random(1),
    )
    for turn in range(takes):
        twin = renamed(run, f"{who.id} {at} {turn}")
        playground.ledger.add_run(twin)
        if over:
            playground.ledger.record(twin.jobs[0].id, Event("canceled", at, "canceled"))


def test_a_visitor_has_a_limited_number_of_takes_under_way(playground: Playground):
    many(playground, ANN, SANDBOX.at_once.each, at=0.0)
    with pytest.raises(TooMuch, match=f"You have {SANDBOX.at_once.each} sandbox takes under way"):
        playground.admission.check(ANN, 1, live=False)
    playground.admission.check(ANN, SANDBOX.at_once.each, live=True)  # counted apart
    playground.admission.check(BOB, SANDBOX.at_once.each, live=False)
    playground.admission.check(HOST, 1000, live=False)


@pytest.mark.slow
def test_a_visitor_starts_a_limited_number_of_takes_an_hour_deleted_or_again_in_an_old_run(playground: Playground):
    now, ours = [1e9], Admission(playground.ledger, lambda: now[0])
    many(playground, ANN, SANDBOX.an_hour.each - 1, at=1e9, over=True)
    for run in playground.ledger.runs(20):
        playground.history.delete(run.id)
    old = playground.ledger.runs(1)[0]
    playground.ledger.add_jobs([compare.new_job(old.id, 1, old.jobs[0].plan, 1e9 + 59, 0)])
    now[0] += 60
    with pytest.raises(TooMuch, match=f"You have {SANDBOX.an_hour.each} sandbox takes of this hour"):
        ours.check(ANN, 1, live=False)
    ours.check(BOB, 1, live=False)
    now[0] = 1e9 + HOUR_S + 58
    ours.check(ANN, SANDBOX.at_once.each - 1, live=False)
    assert playground.ledger.takes_of_visitors(now[0] - HOUR_S)[1] == {(ANN.id, False): 1}


def test_however_many_cookies_an_address_takes_there_is_room_for_others_and_somebody_new_may_always_start_a_little(
    playground: Playground,
):
    ours = Admission(playground.ledger, playground.clock.now, sandbox=LIVE)  # the sandbox's own are far more
    for client in ("198.51.100.1", "198.51.100.2", "198.51.100.3"):
        each = 4
        for number in range(10):
            who = Person(f"{client} {number}", client=client)
            with contextlib.suppress(TooMuch):
                ours.check(who, each, live=False)
                many(playground, who, each, at=1e9)
        with pytest.raises(TooMuch, match=r"from your internet address|Too many people"):
            ours.check(who, each, live=False)
    under_way = sum(playground.ledger.takes_of_visitors(0.0)[0].values())
    assert under_way == LIVE.at_once.all
    new = Person("new", client="203.0.113.9")
    with pytest.raises(TooMuch, match=f"Choose {LIVE.at_once.small} at most"):
        ours.check(new, LIVE.at_once.small + 1, live=False)
    ours.check(new, LIVE.at_once.small, live=False)
    ours.check(BOB, LIVE.at_once.small, live=False)  # of whom no address is known, by cookie alone
    ours.check(ANN, LIVE.at_once.each, live=True)


AT_LOOPBACK = {"APIFRAME_API_KEY": "any", "APIFRAME_BASE_URL": "http://127.0.0.1:9", "TAKES_PUBLIC": "1"}
RATE = {"TAKES_USD_PER_CREDIT": "0.1@2026-11-21"}
APIFRAME = Choice(refs=(ONE_EACH["apiframe"],))


def test_the_hosts_money_is_spent_within_a_visitors_and_everybodys_cap(tmp_path: Path):
    caps = {"TAKES_VISITOR_BUDGET": "0.70", "TAKES_VISITORS_BUDGET": "1.20"}
    playground = make(tmp_path, **AT_LOOPBACK, **RATE, **caps)
    playground.start(TEXT, APIFRAME, simulated=False, who=ANN)
    with pytest.raises(InvalidRequest, match=r"a visitor's 24-hour budget of \$0.70"):
        playground.start(TEXT, APIFRAME, simulated=False, who=ANN)
    playground.start(TEXT, APIFRAME, simulated=False, who=BOB)
    with pytest.raises(InvalidRequest, match=r"budget of all visitors of \$1.20"):
        playground.start(TEXT, APIFRAME, simulated=False, who=Person("c" * 32))
    playground.close()


@pytest.mark.parametrize("one", ["TAKES_VISITOR_BUDGET", "TAKES_VISITORS_BUDGET"])
def test_with_only_one_of_the_caps_the_hosts_keys_stay_off(tmp_path: Path, one: str):
    playground = make(tmp_path, **AT_LOOPBACK, **{one: "5"})
    with pytest.raises(InvalidRequest, match="A live run needs a key"):
        playground.offers.simulated("live", ANN)
    playground.close()


def test_a_visitor_cannot_run_what_has_no_known_price_on_the_hosts_money(tmp_path: Path):
    playground = make(tmp_path, **AT_LOOPBACK, **RATE, TAKES_VISITOR_BUDGET="5", TAKES_VISITORS_BUDGET="5")
    unknown = Choice(refs=("apiframe:hailuo-02",))
    with pytest.raises(InvalidRequest, match="not known"):
        playground.start(TEXT, unknown, simulated=False, consent=Consent(unpriced=True), who=ANN)
    playground.close()


def test_typed_keys_are_used_for_their_own_run_and_let_go_when_it_is_over(tmp_path: Path):
    playground = make(tmp_path, TAKES_PUBLIC="1", APIFRAME_BASE_URL="http://127.0.0.1:9")
    ann = replace(ANN, keys={"apiframe": "anns-own-key-77aa"})
    assert "anns-own" not in repr(ann)
    run = playground.start(TEXT, APIFRAME, simulated=False, who=ann)
    job = playground.ledger.job(run.jobs[0].id)
    assert playground.wires.of(job).targets["apiframe"].key == "anns-own-key-77aa"
    playground.stop(job.id, ANN)
    playground.wait()
    assert playground.wires._typed == {}
    assert b"anns-own" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    playground.close()


def test_after_a_restart_a_run_on_typed_keys_waits_for_them_and_then_goes_on(tmp_path: Path):
    ann = replace(ANN, keys={"apiframe": "anns-own-key-77aa"})
    first = make(tmp_path, TAKES_PUBLIC="1", APIFRAME_BASE_URL="http://127.0.0.1:9")
    run = first.start(TEXT, APIFRAME, simulated=False, who=ann)
    first.close()
    second = make(tmp_path, TAKES_PUBLIC="1", APIFRAME_BASE_URL="http://127.0.0.1:9")
    second.resume()
    second.wait()
    job = second.ledger.job(run.jobs[0].id)
    assert (job.done, "Your Apiframe key is needed" in job.error) == (False, True)
    second.go_on(run.id, ann)
    assert second.active(run.id)
    assert second.wires.of(job).targets["apiframe"].key == "anns-own-key-77aa"
    second.close()


# the door ---------------------------------------------------------------------------------------------------------


def awaited(work: Coroutine[Any, Any, Any]) -> Any:
    """What comes of it, on a loop and a thread of its own: a browser's loop may be running here."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()


async def _get(keeper: Doorkeeper, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(keeper), base_url="http://localhost") as client:
        return await client.get(path)


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        ("-strip.jpg", "cannot be decoded"),
        ("-small.mp4", "no small copy"),
        ("-playable.mp4", "cannot be decoded"),
        ("-seekable.mkv", "cannot be copied"),
    ],
)
def test_what_cannot_be_made_of_a_clip_is_one_sentence_and_no_fault(tmp_path: Path, ending: str, words: str):
    playground = make(tmp_path)
    run = playground.start(TEXT, ONE, simulated=True)
    playground.wait()
    (tmp_path / "clips" / f"{run.jobs[0].id}.mp4").write_bytes(b"no clip any more")
    keeper = kept(Door(playground))
    reply = awaited(_get(keeper, f"{CLIPS}{run.jobs[0].id}{ending}"))
    assert (reply.status_code, words in reply.json()["detail"]) == (404, True)
    assert str(tmp_path) not in reply.text
    playground.close()


def test_whoever_waits_for_a_filmstrip_keeps_nobody_from_what_is_there(tmp_path: Path):
    playground = make(tmp_path)
    run = playground.start(TEXT, ONE, simulated=True)
    playground.wait()
    (job,) = playground.run(run.id).jobs
    door = Door(playground)
    files = OwnFiles(door)
    keeper = Doorkeeper(PlainTextResponse("the page"), door, files.routes())

    async def visits() -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))  # a single thread hands out everything
        made, another = threading.Event(), threading.Event()
        files.making.submit(Person("somebody"), made.wait)  # a strip is being made
        waiting = [asyncio.ensure_future(_get(keeper, f"{CLIPS}{job.id}-strip.jpg")) for _ in range(5)]
        clip = await asyncio.wait_for(_get(keeper, f"{CLIPS}{job.id}.mp4"), 5)
        assert (clip.status_code, any(each.done() for each in waiting)) == (200, False)
        made.set()
        assert [(await each).status_code for each in waiting] == [200] * 5
        files.making.submit(Person("somebody"), another.wait)
        there = await asyncio.wait_for(_get(keeper, f"{CLIPS}{job.id}-strip.jpg"), 5)
        another.set()
        assert there.status_code == 200

    awaited(visits())
    playground.close()


def test_visitors_budgets_are_amounts(tmp_path: Path):
    with pytest.raises(InvalidRequest, match="TAKES_VISITOR_BUDGET must be an amount"):
        make(tmp_path, TAKES_VISITOR_BUDGET="lots")
    assert make(tmp_path / "x", TAKES_BUDGET="$2.50").settings.budget == Decimal("2.50")
