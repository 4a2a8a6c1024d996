"""A backup is whole and of one moment, whatever happens meanwhile, and going back to it pays for nothing twice."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from comparisons import cli
from comparisons.exports import backup
from comparisons.ledger import Filter, Ledger
from comparisons.playground import Playground
from comparisons.records import Budget, Job
from comparisons.runs import compare
from comparisons.runs.compare import Choice
from comparisons.ui.history import page as history_page
from providers import InvalidRequest, Request
from tests.runs.test_storage import SECRET, make, modes, noise, ran
from tests.stage import ONE_EACH

STUCK = '[[fault]]\nkind = "stuck"\nprovider = "runcomfy"\nseconds = 600'
ALONE = Choice(refs=(ONE_EACH["runcomfy"],))


def shown(playground: Playground) -> list[str]:
    """What History and the files say of each run."""
    runs = playground.history.page(Filter()).runs
    files = [(playground.media.clips / job.result.file).read_bytes() for run in runs for job in run.jobs if job.result]
    return [history_page.rows(runs, {}), *map(repr, files)]


def test_a_backup_made_while_takes_run_opens_and_shows_the_same(tmp_path: Path):
    home, copy = tmp_path / "home", tmp_path / "copies" / "monday"
    playground = make(home, STUCK)
    done = ran(playground, SECRET, 1)
    going = playground.start(Request("Another"), ALONE, simulated=True)
    while not playground.run(going.id).jobs[0].handle:
        playground.settled([going.id], 0.01)
    made = backup.write(playground, copy)
    assert playground.active(going.id)
    assert made.lost == made.doubts == 0
    assert modes(copy) == {}
    assert str(made).startswith(f"Wrote {copy}: the ledger and ")
    before = shown(playground)
    playground.close()
    again = make(copy)
    assert shown(again) == before
    assert [job.plan.first_frame for job in again.run(done.id).jobs] == [job.plan.first_frame for job in done.jobs]
    assert [path.read_bytes() for path in (copy / "inputs").iterdir()] == [noise(1)]
    assert again.resume() == [going.id]
    again.stop_run(going.id)
    again.wait()
    assert again.run(going.id).jobs[0].state == "canceled"  # the sandbox knew it
    again.close()


class Meddled(Ledger):
    """A ledger after whose copying something happens, the first time."""

    then = None

    def copy(self, to: Path) -> None:
        super().copy(to)
        if self.then is not None:
            happens, self.then = self.then, None
            happens()


def test_a_run_deleted_while_its_files_are_copied_is_not_in_the_backup_at_all(tmp_path: Path):
    playground = make(tmp_path / "home")
    stays, goes, new = ran(playground, "One that stays", 1), ran(playground, SECRET, 2), []
    playground.ledger.close()
    playground.ledger = Meddled(tmp_path / "home" / "ledger.sqlite3")

    def meddle() -> None:
        playground.history.delete(goes.id)
        new.append(ran(playground, "A new one", 3).id)

    playground.ledger.then = meddle
    made = backup.write(playground, tmp_path / "copy")
    assert made.lost == 0
    playground.close()
    copy = Ledger(tmp_path / "copy" / "ledger.sqlite3")
    assert {run.id for run in copy.runs(9)} == {stays.id, *new}
    assert sorted(copy.files()) == sorted(
        path.relative_to(tmp_path / "copy").as_posix()
        for folder in ("clips", "inputs")
        for path in (tmp_path / "copy" / folder).iterdir()
    )
    copy.close()


def test_a_clip_that_was_lost_before_is_said_and_keeps_nothing_else_from_being_copied(tmp_path: Path):
    playground = make(tmp_path / "home")
    run = ran(playground, SECRET, 1)
    (playground.media.clips / run.jobs[0].result.file).unlink()
    made = backup.write(playground, tmp_path / "copy")
    assert (made.lost, "1 files that the ledger names are no longer in the data folder." in str(made)) == (1, True)
    assert (tmp_path / "copy" / "clips" / run.jobs[1].result.file).exists()
    playground.close()


def test_a_live_take_not_sent_when_the_backup_was_made_is_never_sent_from_it(tmp_path: Path):
    playground = make(tmp_path / "home")
    like = ran(playground, SECRET, 1).jobs[0]
    job = compare.new_job(like.run, 9, replace(like.plan, live=True, simulated=False), like.last_at, 0)
    playground.ledger.add_jobs([job], Budget((), playground.settings.usd))
    assert backup.write(playground, tmp_path / "copy").doubts == 1
    assert playground.ledger.job(job.id) == job
    playground.close()
    copied = Ledger(tmp_path / "copy" / "ledger.sqlite3")
    doubtful: Job = copied.job(job.id)
    assert (doubtful.state, [each.id for each in copied.uncertain()]) == ("uncertain", [job.id])
    assert doubtful.error.startswith("It had not been sent when this copy was made.")
    copied.close()


def test_what_keeps_a_backup_from_being_made_is_one_sentence_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    home, full, file = tmp_path / "home", tmp_path / "full", tmp_path / "file"
    playground = make(home)
    ran(playground, SECRET, 1)
    (full / "notes").mkdir(parents=True)
    file.write_text("not a folder")
    for place, why in (
        (full, "is there already and not empty"),
        (file, "is there already and not empty"),
        (home / "copy", "lies in the data folder"),
        (file / "copy", "The backup cannot be written to"),
    ):
        with pytest.raises(InvalidRequest, match=why):
            backup.write(playground, place)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full", "home"]
    playground.close()
    monkeypatch.setenv("TAKES_HOME", str(home))
    assert cli.main(["backup", str(full)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    (tmp_path / "empty").mkdir()
    assert cli.main(["backup", str(tmp_path / "empty")]) == 0
    assert "Wrote" in capsys.readouterr().out
    with sqlite3.connect(home / "ledger.sqlite3") as db:
        db.execute("INSERT INTO migrations VALUES ('_m999_something_new')")
    db.close()
    assert cli.main(["backup", str(tmp_path / "newer")]) == 2
    assert "written by a newer Takes" in capsys.readouterr().err
    assert not os.path.exists(tmp_path / "newer")
