"""What a person notes of a run or a take is theirs, is found again, and goes with the run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparisons.ledger import Filter
from comparisons.playground import Playground
from comparisons.records import HOST, NOTE_MAX, TAGS_MAX, Mark, Person, Run
from comparisons.runs import Choice
from comparisons.ui.history import page as history_page
from providers import InvalidRequest
from tests.runs.test_history import ANN, BOB
from tests.stage import ONE_EACH
from tests.test_playground import TEXT, make

ONE = ONE_EACH["runcomfy"]


@pytest.fixture
def playground(tmp_path: Path) -> Iterator[Playground]:
    playground = make(tmp_path)
    yield playground
    playground.close()


def started(playground: Playground, who: Person = ANN) -> Run:
    run = playground.start(TEXT, Choice(refs=(ONE,)), simulated=True, who=who)
    playground.wait()
    return run


def test_a_run_and_a_take_keep_a_star_a_note_and_tags(playground: Playground):
    run = started(playground)
    job = run.jobs[0].id
    playground.history.mark(run.id, "", Mark(star=True), ANN)
    playground.history.mark(run.id, job, Mark.typed(False, " best hands ", "Hands, dusk,hands , ,dusk"), ANN)
    assert playground.ledger.marks([run.id]) == {
        run.id: {"": Mark(star=True), job: Mark(note="best hands", tags=("Hands", "dusk", "hands"))}
    }
    playground.history.mark(run.id, "", Mark(), ANN)
    assert "" not in playground.ledger.marks([run.id])[run.id]


def test_nobody_notes_anything_of_somebody_elses_run_or_of_a_take_that_is_not_in_it(playground: Playground):
    run, other = started(playground), started(playground, BOB)
    for run_id, job in ((other.id, ""), (run.id, other.jobs[0].id), ("r_none", "")):
        with pytest.raises(InvalidRequest, match="There is no such"):
            playground.history.mark(run_id, job, Mark(star=True), ANN)
    assert playground.ledger.marks([run.id, other.id]) == {}


@pytest.mark.parametrize("typed", [(None, "", ""), (True, 1, ""), (True, "x" * (NOTE_MAX + 1), ""),
                                   (True, "", "x" * (TAGS_MAX + 1)), ("yes", "", "")])  # fmt: skip
def test_what_is_no_mark_is_refused(typed: tuple[object, object, object]):
    with pytest.raises(InvalidRequest, match=r"text|at most"):
        Mark.typed(*typed)


@given(st.booleans(), st.text(max_size=NOTE_MAX), st.text(max_size=TAGS_MAX))
def test_a_mark_that_is_shown_and_sent_back_is_the_same(star: bool, note: str, tags: str):
    mark = Mark.typed(star, note, tags)
    shown = mark.to_json()
    if len(str(shown["tags"])) <= TAGS_MAX:  # blanks are put after commas
        assert Mark.typed(*shown.values()) == mark


def test_history_finds_a_run_by_its_star_and_by_the_words_noted_of_its_takes(playground: Playground):
    plain, noted = started(playground), started(playground)
    playground.history.mark(noted.id, noted.jobs[0].id, Mark(note="Die Hände sind gut", tags=("Dämmerung",)), ANN)
    playground.history.mark(noted.id, "", Mark(star=True), ANN)

    def found(**wanted: object) -> list[str]:
        return [run.id for run in playground.history.page(Filter(**wanted), who=ANN).runs]

    assert set(found()) == {plain.id, noted.id}
    assert found(starred=True) == found(words="HÄNDE") == found(words="dämmerung gut") == [noted.id]
    assert found(words="hände nothing") == []
    rows = history_page.rows(playground.history.page(Filter(), who=ANN).runs, playground.ledger.marks([noted.id]))
    assert rows.count("★") == 1
    assert "Die Hände sind gut · #Dämmerung" in rows


def test_what_was_noted_goes_with_the_run(playground: Playground, tmp_path: Path):
    run = started(playground, HOST)
    playground.history.mark(run.id, run.jobs[0].id, Mark(note="a-word-nobody-else-says"))
    playground.history.delete(run.id)
    assert playground.ledger.marks([run.id]) == {}
    assert not any(b"a-word-nobody-else-says" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
