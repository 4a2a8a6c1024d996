"""Takes of several runs are looked at together, exported together, and say what was not asked alike."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from comparisons.exports import zips
from comparisons.playground import Playground
from comparisons.records import HOST, Mark, Person, Run
from comparisons.runs import Choice
from comparisons.ui.compare import copied, run_value
from comparisons.words import difference_words
from providers import InvalidRequest, Request
from tests.runs.test_history import ANN, BOB
from tests.stage import ONE_EACH
from tests.test_playground import TEXT, make


@pytest.fixture
def playground(tmp_path: Path) -> Iterator[Playground]:
    playground = make(tmp_path)
    yield playground
    playground.close()


def started(playground: Playground, request: Request = TEXT, slug: str = "runcomfy", who: Person = HOST) -> Run:
    run = playground.start(request, Choice(refs=(ONE_EACH[slug],)), simulated=True, who=who)
    playground.wait()
    done = playground.run(run.id)
    assert done is not None
    return done


def test_takes_of_several_runs_are_shown_in_the_order_they_were_ticked_with_what_differs_first(playground: Playground):
    one, other = started(playground), started(playground, replace(TEXT, prompt="A lantern"), "apiframe")
    playground.history.mark(one.id, one.jobs[0].id, Mark(note="the first"))
    run = playground.history.across([other.jobs[0].id, one.jobs[0].id, other.jobs[0].id])
    value = run_value.across_value(playground, run)
    assert [cell["job"] for cell in value["cells"]] == [other.jobs[0].id, one.jobs[0].id]
    assert [cell["prompt"] for cell in value["cells"]] == ["A lantern", TEXT.prompt]
    assert value["title"] == "2 takes of 2 runs"
    assert value["differs"][0] == "prompt"
    assert [cell["mark"]["note"] for cell in value["cells"]] == ["", "the first"]
    assert not any(cell[name] for cell in value["cells"] for name in cell if name.startswith("can_"))
    assert value["watch_url"] is None


def test_what_differs_is_said_of_lengths_sizes_and_images_and_not_of_what_is_alike(playground: Playground):
    plan = started(playground).jobs[0].plan
    asked = replace(plan.sent, options={"duration": 6, "resolution": "768p"})
    long = replace(plan, asked=replace(asked, options={"duration": 10, "resolution": "768p"}), images={})
    with_frame = replace(asked, inputs={"first_frame": 1})
    given = replace(plan, asked=with_frame, images={"first_frame": ("0" * 64 + ".png",)})
    assert difference_words([replace(plan, asked=asked), long, given]) == ["length: 6 s / 10 s", "first frame"]
    assert difference_words([given, given]) == []
    alike = [given, replace(given, images={})]  # one takes no image, though it was asked to
    assert difference_words(alike) == []
    other = replace(given, images={"first_frame": ("1" * 64 + ".png",)})
    assert difference_words([*alike, other]) == ["first frame"]


def test_another_visitors_take_and_one_that_is_gone_are_shown_to_nobody_else(playground: Playground):
    mine, theirs = started(playground, who=ANN), started(playground, who=BOB)
    for names in ([mine.jobs[0].id, theirs.jobs[0].id], ["j_none"], [], [f"j_{number}" for number in range(25)]):
        with pytest.raises(InvalidRequest):
            playground.history.across(names, ANN)
    assert len(playground.history.across([mine.jobs[0].id, theirs.jobs[0].id], HOST).jobs) == 2


def test_simulated_takes_are_never_among_live_ones(playground: Playground):
    run = started(playground)
    live = replace(run, id="r_live", jobs=tuple(
        replace(job, id="j_live", run="r_live", plan=replace(job.plan, simulated=False)) for job in run.jobs
    ))  # fmt: skip
    playground.ledger.add_run(live)
    with pytest.raises(InvalidRequest, match="not shown together"):
        playground.history.across([run.jobs[0].id, "j_live"])


def test_they_are_one_download_which_is_not_kept(playground: Playground, tmp_path: Path):
    one, other = started(playground), started(playground, replace(TEXT, prompt="A lantern"), "apiframe")
    run = playground.history.across([one.jobs[0].id, other.jobs[0].id])
    made = zips.gathered(playground, run)
    with zipfile.ZipFile(made) as file:
        names = file.namelist()
        page = next(file.read(name).decode() for name in names if name.endswith("index.html"))
    assert len([name for name in names if name.endswith(".mp4") and "grid" not in name]) == 2
    assert TEXT.prompt in page
    assert "A lantern" in page
    assert len({name.partition("/")[0] for name in names}) == 1
    playground.history.delete(one.id)
    with pytest.raises(InvalidRequest, match="deleted"):
        zips.gathered(playground, run)
    assert [path for path in made.parent.parent.iterdir() if path != made.parent] == []


def test_what_was_set_for_one_variant_alone_is_not_copied_as_asked_of_all(playground: Playground):
    run = started(playground, replace(TEXT, options={"duration": 6}))
    (job,) = run.jobs
    own = replace(job.plan, asked=replace(job.plan.asked, options={**job.plan.asked.options, "motion": "high"}))
    both = replace(run, jobs=(replace(job, plan=own), job))
    assert both.asked_of_all == run.asked_of_all == {"duration": 6}
    assert "motion" not in copied.command_line(both) + copied.python(both)


def test_a_run_is_copied_as_a_command_and_as_python_that_ask_the_same_again(
    playground: Playground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    request = replace(TEXT, prompt='It\'s "a" boat; $(no) `command`', options={"duration": 6})
    run = started(playground, request)
    line = copied.command_line(run)
    assert line.startswith("python -m comparisons compare --prompt ")
    assert f"--variant {ONE_EACH['runcomfy']}" in line
    assert "--set duration=6" in line
    assert line.endswith("--sandbox")
    monkeypatch.setenv("TAKES_HOME", str(tmp_path / "again"))
    monkeypatch.setenv("TAKES_SANDBOX_SPEED", "60")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(copied.python(run), "copied", "exec"), names)  # as a person runs what they were handed
    again = names["playground"]
    assert isinstance(again, Playground)
    (made,) = again.ledger.runs(5)
    assert (made.prompt, made.jobs[0].plan.options) == (run.prompt, run.jobs[0].plan.options)
    assert "delivered" in capsys.readouterr().out
