"""History finds what was run, and deletes what it says it deletes, no more and no less."""

from __future__ import annotations

import argparse
import contextlib
import random
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comparisons import cli
from comparisons.judging.ballots import Ballots
from comparisons.ledger import Filter, Ledger, _schema
from comparisons.ledger._history import ID_LETTERS
from comparisons.media.store import Media
from comparisons.playground import Playground
from comparisons.records import HOST, Budget, Event, EventKind, Job, Person, Run
from comparisons.runs.compare import Choice
from comparisons.runs.offers import Offers
from comparisons.ui.compare import like
from comparisons.ui.compare.form import Form
from comparisons.ui.history import page as history_page
from comparisons.ui.history.tab import filter_of
from comparisons.ui.latest import LatestQuestion
from comparisons.ui.option_fields import by_name
from comparisons.ui.wording import model_title, takers
from providers import PROVIDERS, ImageInput, InvalidRequest, Money, Request
from tests.ledger.test_budget import planned, pot
from tests.stage import ONE_EACH, PROMPT, VARIANTS, make_stage, small_image
from tests.test_playground import TEXT, make

ANN, BOB = Person("a" * 32), Person("b" * 32)
START = datetime(2026, 11, 20, 22, tzinfo=UTC)
PROMPTS = (
    "A paper boat", "a PAPER lantern, 100% red_and_white", "Straße im Regen", "STRASSE bei Nacht",
    "慢慢靠近，水面泛起涟漪。",
    "café au lait", "cafe\u0301 noir", "Ночной город", "НОЧНОЙ поезд", "", "half an emoji \ud83d",
)  # fmt: skip
WORDS = (
    "paper", "BOAT", "aper", "100%", "%", "_", "d_a", "strasse", "straße", "水面", "CAFÉ", "café", "ночной", "nothing",
    "r_0", "r_00000", "R_00000000000000000000000000000003", "?", "\ud83d", "'", '"', "\\", "a b", "  ",
    "Hailuo", "runninghub",
)  # fmt: skip
STATES = ("planned", "running", "delivered", "failed", "uncertain")


# finding ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, list[Run]]:
    """Thirty runs of some days, several begun in the same moment, and the same as plain records, newest first."""
    stage = make_stage(tmp_path_factory.mktemp("history"))
    template = stage.plan([ONE_EACH["runcomfy"]])
    ledger, rng = Ledger(stage.home / "small.sqlite3"), random.Random(11)
    for number in range(30):
        ledger.add_run(_drawn(template, number, rng))
        for job in ledger.run(f"r_{number:032x}").jobs:
            ledger.record(job.id, Event("polled", 1.0))
            state = rng.choice(STATES)
            ledger.record(job.id, Event(state, 2.0, state))
    runs = sorted(ledger.runs(100), key=lambda run: (run.at, run.id), reverse=True)
    return ledger, runs


def _drawn(template: Run, number: int, rng: random.Random) -> Run:
    run, prompt = f"r_{number:032x}", rng.choice(PROMPTS)
    jobs = []
    for position, variant in enumerate(rng.choices(VARIANTS, k=rng.randint(1, 3))):
        plan = replace(
            template.jobs[0].plan, variant=variant.ref, provider=variant.provider, model=variant.model, prompt=""
        )
        jobs.append(replace(template.jobs[0], id=f"j_{number:x}_{position}", run=run, position=position, plan=plan))
    at = (START + timedelta(hours=number // 3)).timestamp()
    owner = rng.choice(["", ANN.id, BOB.id])
    return replace(template, id=run, at=at, prompt=prompt, simulated=rng.random() < 0.5, jobs=tuple(jobs), owner=owner)


def _spelled(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("e\u0301", "é").casefold()


def _is_wanted(run: Run, wanted: Filter) -> bool:
    """What the filter promises, in plain Python."""
    words = _spelled(wanted.words).split()
    day = datetime.fromtimestamp(run.at, UTC).date()
    return (
        all(_is_said(run, word) for word in words)
        and any(_fits(job, wanted) for job in run.jobs)
        and (wanted.first is None or wanted.first <= day)
        and (wanted.last is None or day <= wanted.last)
        and wanted.simulated in (None, run.simulated)
        and wanted.owner in (None, run.owner)
    )


def _is_said(run: Run, word: str) -> bool:
    texts = [run.prompt, *(name for job in run.jobs for name in (job.plan.model, job.plan.provider))]
    return any(word in _spelled(text) for text in texts) or (len(word) >= ID_LETTERS and run.id.startswith(word))


def _fits(job: Job, wanted: Filter) -> bool:
    asked = (wanted.provider, wanted.model, wanted.state)
    return all(
        want in (None, has) for want, has in zip(asked, (job.plan.provider, job.plan.model, job.state), strict=True)
    )


DAYS = st.none() | st.dates(START.date() - timedelta(days=1), START.date() + timedelta(days=2))
FILTERS = st.builds(
    Filter,
    starred=st.just(False),  # see test_marks.py
    words=st.just("") | st.lists(st.sampled_from(WORDS), max_size=2).map(" ".join),
    provider=st.sampled_from([None, None, *ONE_EACH, "nobody"]),
    model=st.sampled_from([None, None, *sorted({variant.model for variant in VARIANTS})]),
    state=st.sampled_from([None, None, *STATES]),
    first=DAYS,
    last=DAYS,
    simulated=st.sampled_from([None, None, True, False]),
    owner=st.sampled_from([None, None, "", ANN.id, BOB.id]),
)


def test_the_runs_that_were_drawn_are_of_every_kind(found: tuple[Ledger, list[Run]]):
    """So that the comparison below means something."""
    _, runs = found
    assert {job.state for run in runs for job in run.jobs} == set(STATES)
    assert len({run.at for run in runs}) < len(runs)
    assert len({run.prompt for run in runs}) > 6


@given(wanted=FILTERS, limit=st.integers(1, 8))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_filter_finds_what_it_promises_and_no_page_skips_or_repeats_a_run(
    found: tuple[Ledger, list[Run]], wanted: Filter, limit: int
):
    ledger, runs = found
    seen, before = [], None
    while True:
        page = ledger.history(wanted, limit, before)
        assert len(page.runs) <= limit
        seen += page.runs
        before = page.older
        if before is None:
            break
    assert [run.id for run in seen] == [run.id for run in runs if _is_wanted(run, wanted)]


def test_a_row_says_the_same_as_the_whole_run(tmp_path: Path):
    playground = make(tmp_path)
    run = playground.start(TEXT, Choice(refs=(ONE_EACH["apiframe"], ONE_EACH["runcomfy"])), simulated=True)
    playground.wait()
    whole = playground.run(run.id)
    (row,) = playground.history.page(Filter()).runs
    for job, same in zip(row.jobs, whole.jobs, strict=True):
        assert (job.id, job.plan, job.state, job.cost, job.result) == (
            same.id,
            same.plan,
            same.state,
            same.cost,
            same.result,
        )
    assert history_page.rows([row], {}) == history_page.rows([whole], {})
    playground.close()


def test_what_is_run_while_one_turns_pages_shifts_no_page(found: tuple[Ledger, list[Run]], tmp_path: Path):
    stage = make_stage(tmp_path)
    old = [stage.plan([ONE_EACH["runcomfy"]]) for _ in range(4)]
    first = stage.ledger.history(Filter(), 2)
    stage.time.jump(10)
    stage.plan([ONE_EACH["runcomfy"]])
    second = stage.ledger.history(Filter(), 2, first.older)
    assert {run.id for run in (*first.runs, *second.runs)} == {run.id for run in old}


@given(kinds=st.lists(st.sampled_from([None, *STATES]), max_size=6), removed=st.integers(0, 6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_state_that_a_search_uses_is_that_of_the_last_event(tmp_path: Path, kinds: list[str | None], removed: int):
    stage = make_stage(tmp_path)
    job = stage.plan([ONE_EACH["runcomfy"]]).jobs[0].id
    for kind in kinds:
        stage.ledger.record(job, Event(EventKind.ATTEMPT, 1.0, kind))
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.sqlite3", isolation_level=None)) as db:
        last = "SELECT seq FROM events WHERE job = ? ORDER BY seq DESC LIMIT ?"
        db.execute(f"DELETE FROM events WHERE seq IN ({last})", (job, removed))
        (kept,) = db.execute("SELECT state FROM jobs WHERE id = ?", (job,)).fetchone()
    assert kept == stage.ledger.job(job).state
    stage.ledger.close()


def test_a_ledger_of_an_older_version_is_searched_like_a_new_one(tmp_path: Path):
    path = tmp_path / "ledger.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE migrations (name TEXT PRIMARY KEY)")
        for migration in _schema.MIGRATIONS[:2]:
            migration(db)
            db.execute("INSERT INTO migrations VALUES (?)", (migration.__name__,))
        plan = '{"provider": "p", "model": "m", "first_frame": "a.png", "duration": 6}'
        db.execute("INSERT INTO runs (id, at, prompt, simulated) VALUES ('r', 1.0, 'old', 1)")
        db.execute("INSERT INTO jobs VALUES ('j', 'r', 0, 'v', ?)", (plan,))
        for state in ("planned", "failed"):
            db.execute("INSERT INTO events (job, at, kind, state, data) VALUES ('j', 1.0, 'x', ?, '{}')", (state,))
        db.commit()
    Ledger(path).close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        row = db.execute("SELECT provider, model, image, state FROM jobs JOIN job_images ON job = id").fetchone()
    assert row == ("p", "m", "a.png", "failed")


def test_a_day_that_is_none_is_said_in_one_sentence():
    empty = ["", "", "", "", "", False, None, None]
    assert filter_of(empty) == Filter()
    for text in ("2026-13-01", "yesterday", "20/11/2026"):
        with pytest.raises(InvalidRequest, match="A day is written"):
            filter_of([*empty[:-1], text])


def test_a_row_holds_whatever_prompt_there_is_and_no_more_than_two_lines_of_it(tmp_path: Path):
    run = make_stage(tmp_path).plan([ONE_EACH["runcomfy"]])
    html = history_page.rows([replace(run, prompt="<img src=x onerror=a> " + "long " * 5000)], {})
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html
    assert len(html) < 2000


def test_a_row_names_the_models_and_providers_of_its_takes_in_short(tmp_path: Path):
    run = make_stage(tmp_path).plan([ONE_EACH["runcomfy"], ONE_EACH["apiframe"], ONE_EACH["apiframe"]])
    assert takers([job for job in run.jobs if job.plan.provider == "apiframe"]) == "Hailuo 2.3 at Apiframe"
    html = history_page.rows([run], {})
    for job in run.jobs:
        assert model_title(job.plan.model) in html
        assert PROVIDERS[job.plan.provider].name in html
    many = make_stage(tmp_path / "many").plan([variant.ref for variant in VARIANTS if not variant.inputs][:60])
    assert len(takers(many.jobs)) <= 160


# deleting ---------------------------------------------------------------------------------------------------------

IMAGE = Request(PROMPT, small_image())
WITH_IMAGE = Choice(refs=(ONE_EACH["apiframe"], ONE_EACH["odirouter"]))


def ran(playground: Playground, request: Request = IMAGE, who: Person = HOST, choice: Choice = WITH_IMAGE) -> Run:
    """A run that is over."""
    run = playground.start(request, choice, simulated=True, who=who)
    playground.wait([run.id])
    return playground.run(run.id)


def left(home: Path) -> set[str]:
    """The clips and images in a data folder."""
    return {path.name for folder in ("clips", "inputs") for path in (home / folder).iterdir()}


def test_a_deleted_run_leaves_neither_row_nor_file(tmp_path: Path):
    playground = make(tmp_path)
    run = ran(playground)
    playground.media.strip(run.jobs[0].result)
    playground.media.small(run.jobs[0].result)
    playground.media.playable(run.jobs[0].result)
    playground.media.seekable(run.jobs[0].result)
    assert len(left(tmp_path)) == 9  # two clips, two posters, an image; of one clip a strip and three copies
    going = str(playground.history.going(run.id))
    assert going.startswith("This deletes 2 clips (")
    assert "1 image that no other run uses and the rows of this run" in going
    assert "Nothing at the providers is deleted, and what was paid stays counted in budgets." in going
    assert playground.history.delete(run.id).startswith("Deleted: 2 clips")
    assert playground.run(run.id) is None
    assert (playground.ledger.jobs(), left(tmp_path)) == ([], set())
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.sqlite3")) as db:
        assert [db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("events", "removals")] == [0, 0]
    with pytest.raises(InvalidRequest, match="no such run"):
        playground.history.delete(run.id)
    playground.close()


def test_an_image_that_another_run_uses_stays(tmp_path: Path):
    playground = make(tmp_path)
    first, second = ran(playground), ran(playground)
    assert "image" not in playground.history.going(first.id).things
    playground.history.delete(first.id)
    assert second.jobs[0].plan.first_frame in left(tmp_path)
    assert playground.media.clips.joinpath(second.jobs[0].result.file).exists()
    playground.history.delete(second.id)
    assert left(tmp_path) == set()
    playground.close()


def test_an_image_that_a_new_run_names_before_the_files_go_stays(tmp_path: Path):
    playground = make(tmp_path)
    old = ran(playground)
    playground.ledger.delete_run(old.id, playground.history.going(old.id).files, {})
    new = ran(playground)
    assert playground.history.sweep() == 0
    assert new.jobs[0].plan.first_frame in left(tmp_path)
    assert not {name for name in left(tmp_path) if name.startswith(old.jobs[0].id)}
    playground.close()


def test_after_a_crash_between_rows_and_files_the_next_start_removes_the_files(tmp_path: Path):
    first = make(tmp_path)
    run = ran(first)
    first.ledger.delete_run(run.id, first.history.going(run.id).files, {})
    first.close()
    assert left(tmp_path) != set()
    make(tmp_path).close()
    assert left(tmp_path) == set()


def test_a_file_that_cannot_be_removed_is_said_and_tried_again(tmp_path: Path):
    playground = make(tmp_path)
    run = ran(playground)
    stuck = tmp_path / "clips" / f"{run.jobs[0].id}-strip.jpg"
    stuck.mkdir()
    assert "1 file could not be removed; the next start tries again." in playground.history.delete(run.id)
    assert left(tmp_path) == {stuck.name}
    stuck.rmdir()
    stuck.touch()
    playground.close()
    make(tmp_path).close()
    assert left(tmp_path) == set()


def test_while_a_clip_is_being_removed_others_write_to_the_ledger(tmp_path: Path):
    playground = make(tmp_path)
    run = ran(playground)
    playground.ledger.delete_run(run.id, playground.history.going(run.id).files, {})
    others, asked = Ledger(tmp_path / "ledger.sqlite3", busy_timeout_s=0.0), []

    def slowly(name: str) -> bool:
        if not name.startswith("inputs/"):
            others.balance(pot("2"), {})  # a transaction of its own
            asked.append(name)
        return playground.media.remove(name)

    assert playground.ledger.sweep(slowly) == 0
    assert f"clips/{run.jobs[0].id}.mp4" in asked
    assert left(tmp_path) == set()
    others.close()
    playground.close()


def test_the_blind_copies_of_a_deleted_run_go_with_it(tmp_path: Path):
    playground = make(tmp_path)
    ballots = Ballots(playground.ledger, playground.media, playground.clock.now, random.Random(1))
    run, other = ran(playground), ran(playground)
    copies = []
    for each in (run, other):
        for job in each.jobs:
            assert job.result is not None
            copies.append(playground.media.blind(job.result.file, job.result.media, f"{each.id[2:]}-{job.position}"))
    assert all(copy.exists() for copy in copies)
    playground.history.delete(run.id)
    assert [copy.exists() for copy in copies] == [False, False, True, True]
    assert ballots.clip(run.id[2:], 0, HOST.id) is None
    playground.close()


class Forgetful(Media):
    """Loses an image right after it was stored, and cannot store it again."""

    def keep_input(self, image: ImageInput | None) -> str | None:
        name = super().keep_input(image)
        if image is not None and name is not None:
            self.input_path(name).unlink()
            self.inputs.rename(self.inputs.with_name("elsewhere"))
            self.inputs.write_text("no folder any more")
        return name


def test_a_run_whose_image_is_lost_as_it_starts_is_reported_and_nothing_is_owed(tmp_path: Path):
    playground = make(tmp_path)
    playground.media = Forgetful(tmp_path)
    run = ran(playground, choice=Choice(refs=(ONE_EACH["apiframe"],)))
    assert [job.state for job in run.jobs] == ["rejected"]
    assert run.jobs[0].handle is None
    assert not playground.active(run.id)
    playground.close()


def test_the_answer_to_an_earlier_question_of_a_tab_is_over_once_it_asks_another():
    turns = LatestQuestion()
    first, elsewhere, second, raw = turns.take("a tab"), turns.take("another"), turns.take("a tab"), turns.take(None)
    assert turns.is_over("a tab", first)
    assert not any((turns.is_over("a tab", second), turns.is_over("another", elsewhere), turns.is_over(None, raw)))


def test_a_run_is_not_deleted_while_a_take_is_not_over(tmp_path: Path):
    playground = make(tmp_path, '[[fault]]\nkind = "stuck"\nseconds = 600')
    run = playground.start(TEXT, Choice(refs=(ONE_EACH["runcomfy"],)), simulated=True)
    for act in (playground.history.going, playground.history.delete):
        with pytest.raises(InvalidRequest, match="not over"):
            act(run.id)
    assert playground.works_on(run.jobs[0].id)
    playground.close()


def test_a_run_is_not_deleted_while_a_take_is_uncertain(tmp_path: Path):
    playground = make(tmp_path, '[[fault]]\nkind = "drop_after_accept"\nprovider = "runcomfy"')
    run = ran(playground, TEXT, choice=Choice(refs=(ONE_EACH["runcomfy"],)))
    with pytest.raises(InvalidRequest, match="settle it first"):
        playground.history.delete(run.id)
    playground.reconciler.not_charged(run.jobs[0].id)
    playground.history.delete(run.id)
    assert playground.run(run.id) is None
    playground.close()


def test_a_run_that_another_takes_holds_is_not_deleted(tmp_path: Path):
    first, second = make(tmp_path), make(tmp_path)
    run = ran(first)
    assert first.workers.own(run.id)
    with pytest.raises(InvalidRequest, match="another Takes"):
        second.history.delete(run.id)
    first.workers.disown(run.id)
    second.history.delete(run.id)
    assert first.run(run.id) is None
    for each in (first, second):
        each.close()


def test_what_a_deleted_run_cost_stays_counted(tmp_path: Path):
    ledger, run = planned(tmp_path, "0.50", repeats=3)
    budget = Budget((pot("2"),), {})
    ledger.add_run(run, budget)
    ends = ("delivered", "failed", "rejected")  # as listed, at worst, and nothing
    for job, end in zip(run.jobs, ends, strict=True):
        ledger.record(job.id, Event(end, job.last_at, end))
    twin, same = planned(tmp_path / "twin", "0.50", repeats=3)
    twin.add_run(same, budget)
    for job, end in zip(same.jobs, ends, strict=True):
        twin.record(job.id, Event(end, job.last_at, end))
    ledger.delete_run(run.id, [], {})
    assert ledger.balance(pot("2"), {}) == twin.balance(pot("2"), {})
    assert ledger.balance(pot("2"), {}).spent == Decimal(1)


def test_what_is_deleted_after_its_rate_is_forgotten_counts_as_reserved(tmp_path: Path):
    ledger, run = planned(tmp_path, "0.50")
    euro = Money(Decimal("0.50"), "CNY")
    job = replace(run.jobs[0], plan=replace(run.jobs[0].plan, listed=euro))
    ledger.add_run(replace(run, jobs=(job,)), Budget((pot("2"),), {"CNY": Decimal("0.2")}))
    ledger.record(job.id, Event("failed", job.last_at, "failed"))
    ledger.delete_run(run.id, [], {})
    assert ledger.balance(pot("2"), {}).spent == Decimal("0.1")


def test_a_deleted_take_stays_known_by_its_providers_id_and_counted_in_its_hour(tmp_path: Path):
    playground = make(tmp_path, TAKES_PUBLIC="1")
    run = ran(playground, who=ANN)
    job = run.jobs[0]
    before = playground.ledger.takes_of_visitors(run.at)[1]
    playground.history.delete(run.id, ANN)
    assert playground.ledger.knows(job.plan.provider, job.handle.id)
    assert not playground.ledger.knows(job.plan.provider, "another")
    assert playground.ledger.takes_of_visitors(run.at)[1] == before == {(ANN.id, False): 2}
    playground.ledger.trim(0, run.at + 1, run.at)
    assert playground.ledger.knows(job.plan.provider, job.handle.id)  # the sandbox may list it
    playground.ledger.trim(0, run.at + 1, run.at + 1)
    assert not playground.ledger.knows(job.plan.provider, job.handle.id)
    playground.close()


def test_a_visitor_finds_deletes_and_reuses_only_their_own(tmp_path: Path):
    playground = make(tmp_path, TAKES_PUBLIC="1")
    run = ran(playground, who=ANN)
    assert playground.history.page(Filter(), who=BOB).runs == ()
    assert playground.history.page(Filter(owner=ANN.id), who=BOB).runs == ()
    for act in (playground.history.going, playground.history.delete):
        with pytest.raises(InvalidRequest, match="no such run"):
            act(run.id, BOB)
    with pytest.raises(InvalidRequest, match="no such run"):
        like.fill(playground, run.id, EMPTY, BOB, str, KNOWN)
    assert [each.id for each in playground.history.page(Filter(), who=ANN).runs] == [run.id]
    assert like.fill(playground, run.id, EMPTY, ANN, str, KNOWN)[0].prompt == PROMPT
    playground.history.delete(run.id, ANN)
    playground.close()


def test_the_command_says_what_would_go_and_deletes_only_when_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    playground = make(tmp_path)
    run = ran(playground)
    assert cli.carried_out_by("delete")(playground, argparse.Namespace(run=run.id, yes=False)) == 2
    assert "This deletes 2 clips" in capsys.readouterr().out
    assert playground.run(run.id) == run
    assert cli.carried_out_by("delete")(playground, cli.parser().parse_args(["delete", run.id, "--yes"])) == 0
    assert "Deleted: 2 clips" in capsys.readouterr().out
    assert playground.run(run.id) is None
    playground.close()


# using again ------------------------------------------------------------------------------------------------------

EMPTY = Form("", None, None, [], 1, "Sandbox", True, False, {}, {}, [])
KNOWN = by_name(VARIANTS)


@pytest.mark.parametrize("options", [{}, {"duration": 6}, {"resolution": "768p", "prompt_optimizer": True}])
def test_the_form_is_filled_with_what_was_asked_not_with_what_one_variant_was_sent(tmp_path: Path, options: dict):
    playground = make(tmp_path)
    run = playground.start(Request(PROMPT, options=options), Choice(refs=(ONE_EACH["apiframe"],)), simulated=True)
    playground.wait()
    form, _ = like.fill(playground, run.id, EMPTY, HOST, str, KNOWN)
    assert form.options == options
    playground.close()


def test_a_run_fills_the_form_it_was_made_with_and_starts_nothing(tmp_path: Path):
    playground = make(tmp_path)
    request = Request(PROMPT, small_image()).asking(duration=6, resolution="768p", prompt_optimizer=False)
    refs = (ONE_EACH["apiframe"], ONE_EACH["odirouter"])
    run = playground.start(request, Choice(refs=refs), simulated=True, repeats=2)
    playground.wait()
    form, said = like.fill(playground, run.id, EMPTY, HOST, str, KNOWN)
    assert (form.request(), form.repeats, form.mode, tuple(form.chosen)) == (request, 2, "Sandbox", refs)
    assert said == ""
    assert len(playground.ledger.runs(10)) == 1
    playground.close()


def test_what_is_not_there_any_more_is_said(tmp_path: Path):
    playground = make(tmp_path)
    run = ran(playground)
    playground.media.input_path(run.jobs[0].plan.first_frame).unlink()
    gone = run.jobs[1].plan.variant
    left = tuple(variant for variant in playground.variants if variant.ref != gone)
    playground.offers = Offers(left, playground.wires, playground.quotes, playground.workers, playground.daily)
    form, said = like.fill(playground, run.id, EMPTY, HOST, str, KNOWN)
    assert (form.image, form.chosen) == (None, [run.jobs[0].plan.variant])
    assert f"Not offered here now: {gone}." in said
    assert "Its image is not in the data folder any more." in said
    playground.close()
