"""What the page was given: whose it is, and when it goes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from comparisons.media import images
from comparisons.media.uploaded import Uploaded
from comparisons.playground import Playground
from comparisons.records import HOST, Person
from comparisons.runs.visitors import TooMuch
from comparisons.settings._settings import read
from comparisons.ui.reading import Reading
from providers import InvalidRequest, Request
from tests.runs.test_storage import BOTH, make, noise, ran

ANN, BOB = Person("a" * 32), Person("b" * 32)
HOUR, DAY = 3600.0, 24 * 3600.0


class Processes:
    """Those that are alive, by what they have claimed."""

    def __init__(self) -> None:
        self.claimed: dict[str, str] = {}
        self.now = 1_800_000_000.0

    def one(self, name: str, root: Path) -> Uploaded:
        return Uploaded(
            root, lambda what: self.claimed.setdefault(what, name) == name, self.claimed.pop, lambda: self.now
        )


def given(folder: Path, content: str = "content", name: str = "boat.png", size: int = 100) -> str:
    """A file as the page's server puts it there."""
    path = folder / content / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bytes(size))
    return str(path)


@pytest.fixture
def processes() -> Processes:
    return Processes()


@pytest.fixture
def uploaded(processes: Processes, tmp_path: Path) -> Uploaded:
    return processes.one("page", tmp_path / "uploads")


def test_a_folder_of_a_process_is_its_owners_alone_and_goes_with_it(processes: Processes, tmp_path: Path):
    root = tmp_path / "deep" / "uploads"
    first, second = processes.one("first", root), processes.one("second", root)
    killed, lives = first.open(), second.open()
    path = given(killed)
    first.hold(path, "ann")
    for each in (root, killed, Path(path).parent, Path(path)):
        assert stat.S_IMODE(each.stat().st_mode) & 0o077 == 0
    del processes.claimed[killed.name]
    third = processes.one("third", root)
    third.open()
    assert (killed.exists(), lives.exists()) == (False, True)
    second.close()
    third.close()
    assert list(root.iterdir()) == []
    assert processes.claimed == {}


def test_a_folder_that_cannot_be_made_is_one_sentence(processes: Processes, tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(InvalidRequest, match=r"cannot be kept in .*; set GRADIO_TEMP_DIR\.$"):
        processes.one("page", tmp_path / "file" / "uploads").open()


def test_what_two_people_gave_alike_stays_until_neither_needs_it(processes: Processes, uploaded: Uploaded):
    path = given(uploaded.open())
    for owner in ("ann", "bob"):
        uploaded.shows(path, owner, lambda: "f00d")
    uploaded.let_go("ann", "0ther")
    uploaded.let_go("ann", "f00d")
    assert Path(path).exists()
    command_line = processes.one("command line", uploaded._root)  # which has no page, and deletes all the same
    command_line.let_go("bob", "f00d")
    assert not Path(path).parent.exists()


def test_an_image_goes_under_all_names_and_in_all_versions_it_was_given(uploaded: Uploaded):
    own = uploaded.open()
    paths = [given(own), given(own, name="again.png"), given(own, "with-metadata"), given(own, "another")]
    for path in paths[1:3]:
        uploaded.shows(path, "", lambda: "f00d")
    uploaded.shows(paths[3], "", lambda: "beef")
    uploaded.let_go("", "f00d")
    assert [Path(path).exists() for path in paths] == [False, False, False, True]


def test_what_nobody_used_for_a_day_goes_and_the_pages_own_never(processes: Processes, uploaded: Uploaded):
    own = uploaded.open()
    sample, path, unheld = given(own, "sample"), given(own), given(own, "unheld")
    uploaded.show_everybody([sample])
    uploaded.shows(sample, "ann", lambda: "f00d")
    for owner in ("ann", "bob"):
        uploaded.hold(path, owner)
    processes.now += 0.6 * DAY
    uploaded.hold(path, "bob")
    processes.now += 0.6 * DAY
    uploaded.tidy(before=processes.now - DAY)
    assert dict(uploaded.sizes()) == {"bob": 100}
    processes.now += 20 * 365 * DAY  # also past when the files themselves were written, by the machine's clock
    uploaded.tidy(before=processes.now - DAY)
    uploaded.let_go("ann", "f00d")
    uploaded.make_room(10**9)
    assert [Path(each).exists() for each in (sample, path, unheld)] == [True, False, False]


def test_room_is_made_by_what_was_used_longest_ago(processes: Processes, uploaded: Uploaded):
    own = uploaded.open()
    for owner in ("ann", "bob"):
        for number in range(3):
            processes.now += 1
            uploaded.hold(given(own, f"{owner}{number}"), owner)
    uploaded.make_room(0)
    uploaded.make_room(101, "bob")
    assert dict(uploaded.sizes()) == {"ann": 300, "bob": 100}
    uploaded.make_room(201)
    assert dict(uploaded.sizes()) == {"bob": 100}


@pytest.mark.parametrize(
    "path", ["/etc/hostname", "boat.png", "{own}/boat.png", "{own}/../x/y/boat.png", "{own}/a/b/c"]
)
def test_a_file_that_lies_elsewhere_is_left_alone(uploaded: Uploaded, path: str):
    own = uploaded.open()
    uploaded.shows(path.format(own=own), "ann", lambda: "f00d")
    assert list(own.rglob("*")) == []


# with a ledger --------------------------------------------------------------------------------------------------------


def put(playground: Playground, own: Path, content: str, who: Person, seed: int = 1) -> Path:
    """An image that somebody gave the page, and that a form has read."""
    path = Path(given(own, content))
    path.write_bytes(noise(seed))
    for reading in Reading(playground.uploaded).begun([str(path)], who):
        reading.result(20)
    return path


def test_an_upload_goes_with_its_owners_last_run_of_the_image(tmp_path: Path):
    playground = make(tmp_path / "home")
    path = put(playground, playground.uploaded.open(), "content", HOST)
    first, second = ran(playground, "One", 1), ran(playground, "Two", 1)
    playground.history.delete(first.id)
    assert path.exists()
    command_line = make(tmp_path / "home")
    command_line.history.delete(second.id)
    assert not path.exists()
    for each in (command_line, playground):
        each.close()


def test_a_crash_before_an_upload_went_is_made_good(tmp_path: Path):
    playground = make(tmp_path)
    path = put(playground, playground.uploaded.open(), "content", HOST)
    run = ran(playground, "One", 1)
    playground.ledger.delete_run(run.id, playground.history.going(run.id).files, {})
    playground.history.tidy()
    assert not path.exists()
    playground.close()


def test_another_visitors_upload_of_the_same_image_stays(tmp_path: Path):
    playground = make(tmp_path, TAKES_PUBLIC="1")
    own, frame = playground.uploaded.open(), images.parse(noise(1))
    anns, bobs = (put(playground, own, who.id, who) for who in (ANN, BOB))
    runs = [playground.start(Request("A boat", frame), BOTH, simulated=True, who=who) for who in (ANN, BOB)]
    playground.wait([run.id for run in runs])
    playground.history.delete(runs[0].id, ANN)
    assert (anns.exists(), bobs.exists()) == (False, True)
    playground.close()


def test_uploads_count_and_go_before_any_take_does(tmp_path: Path):
    playground = make(tmp_path, TAKES_PUBLIC="1", TAKES_VISITOR_STORAGE="1 MB")
    own = playground.uploaded.open()
    before = playground.storage.used(ANN)
    paths = [put(playground, own, f"content{seed}", ANN, seed) for seed in range(4)]  # of 0.3 MB each
    playground.storage._measured = None
    assert playground.storage.used(ANN) - before == sum(path.stat().st_size for path in paths) > 1_000_000
    assert "1.2 MB of 1.0 MB" in playground.storage.sentence(ANN)
    playground.storage.check_room(ANN)
    assert [path.exists() for path in paths] == [False, True, True, True]
    run = playground.start(Request("A boat", images.parse(noise(9))), BOTH, simulated=True, who=ANN)
    playground.wait([run.id])
    (playground.media.clips / f"{run.jobs[0].id}.mp4").write_bytes(bytes(1_000_000))
    playground.storage._measured = None
    with pytest.raises(TooMuch, match="Your takes fill"):
        playground.storage.check_room(ANN)
    assert all(path.exists() for path in paths[1:])
    playground.close()


def test_uploads_lie_in_the_data_folder_or_apart_in_one_that_is_named(tmp_path: Path):
    def uploads(home: str, **env: str) -> Path:
        return read({"TAKES_HOME": str(tmp_path / home), **env}, Path("no.env")).uploads

    assert uploads("home") == tmp_path / "home" / "uploads"
    one, other = (uploads(home, GRADIO_TEMP_DIR=str(tmp_path)) for home in ("one", "other"))
    assert one.parent == other.parent == tmp_path
    assert one != other
