"""Whatever is wrong with what Takes runs in is one sentence and exit code 2, from the page and from the commands."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import app
import comparisons.__main__
from comparisons import surroundings
from tests.browser import serve_from_nothing, wait_up
from tests.patience import START_S
from tests.processes import Child
from tests.stage import scratch

ROOT = Path(__file__).parents[1]
COMMAND = ["providers"]
Made = Callable[[Path], dict[str, str]]
"""Makes a fault in a home folder, and says which variables lead to it."""


def page(arguments: Sequence[str]) -> int:
    return surroundings.run(app.main)


def command(arguments: Sequence[str]) -> int:
    return comparisons.__main__.main(COMMAND)


def in_the_way(*path: str) -> Made:
    """A file where a folder is meant to be."""

    def make(home: Path) -> dict[str, str]:
        place = home.joinpath(*path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("")
        return {"TAKES_HOME": str(home / "takes")}

    return make


def a_loop(home: Path) -> dict[str, str]:
    (home / "takes").symlink_to("takes")
    return {}


def a_folder(*path: str) -> Made:
    """A folder where a file is meant to be."""

    def make(home: Path) -> dict[str, str]:
        home.joinpath(*path).mkdir(parents=True)
        return {"TAKES_HOME": str(home / "takes")}

    return make


FAULTS: dict[str, tuple[Made, str]] = {
    "a data folder that is a file": (in_the_way("takes"), "TAKES_HOME"),
    "a data folder below a file": (lambda home: {"TAKES_HOME": f"{__file__}/takes"}, "TAKES_HOME"),
    "a data folder nobody can write": (lambda home: {"TAKES_HOME": "/proc/takes"}, "TAKES_HOME"),
    "a data folder that is a link to itself": (a_loop, "TAKES_HOME"),
    "a data folder with a name too long": (lambda home: {"TAKES_HOME": "n" * 300}, "TAKES_HOME"),
    "a file for the locks": (in_the_way("takes", "locks"), "locks"),
    "a file for the clips": (in_the_way("takes", "clips"), "clips"),
    "a folder for the ledger": (a_folder("takes", "ledger.sqlite3"), "ledger"),
}


class Told:
    """What a process said before it ended."""

    def __init__(self, code: int | None, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


def ended(main: Callable[[Sequence[str]], int], home: Path, **env: str) -> Told:
    """A process of this ``main`` to its end."""
    own = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(scratch()), "TAKES_HOME": str(home / "takes")}
    child = Child(main, (), {**own, **env}, home, home / "out", home / "err")
    try:
        assert child.over(START_S), f"it goes on: {child.said()}"
    finally:
        child.kill()
    return Told(child.code, child.said(), (home / "err").read_text("utf-8", "replace"))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Told]:
    """Every fault as the page and as a command meet it, side by side."""

    def meet(name: str, main: Callable[[Sequence[str]], int]) -> Told:
        home = tmp_path_factory.mktemp("fault")
        return ended(main, home, **FAULTS[name][0](home))

    with ThreadPoolExecutor(2) as pool:
        met = {(name, main.__name__): pool.submit(meet, name, main) for name in FAULTS for main in (page, command)}
        return {key: each.result() for key, each in met.items()}


@pytest.mark.parametrize("main", [page, command])
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_sentence_and_exit_code_2_from_the_page_and_the_commands(told, name, main):
    check_sentence(told[name, main.__name__], FAULTS[name][1])


def check_sentence(found: Told, words: str) -> None:
    assert found.code == 2, found.err
    assert found.out == ""
    assert len(found.err.splitlines()) == 1, found.err
    assert "Traceback" not in found.err
    assert words in found.err


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError("Cannot find empty port in range: 7860-7959. You can specify"), "GRADIO_SERVER_PORT"),
        (OSError(errno.EADDRINUSE, "Address already in use", "127.0.0.1:1"), "GRADIO_SERVER_PORT"),
        (OSError(errno.ENOSPC, "No space left on device", "x/clips"), "x/clips cannot be used: No space left"),
        (OSError(errno.EROFS, "Read-only file system", b"x\n\xff"), "set TAKES_HOME to a folder that can be written"),
        (PermissionError(errno.EACCES, "Permission denied", "x"), "TAKES_HOME"),
        (RuntimeError("No ffmpeg exe could be found. Install ffmpeg"), "IMAGEIO_FFMPEG_EXE"),
        (RuntimeError("Could not determine home directory."), "set HOME"),
        (KeyError("getpwuid(): uid not found: 1234"), "set HOME"),
        (ModuleNotFoundError("No module named 'scipy.stats'", name="scipy.stats"), "package scipy is not installed"),
        (ImportError("libGL.so.1: cannot open shared object file"), "libGL.so.1"),
        (UnicodeEncodeError("ascii", "é", 0, 1, "ordinal not in range(128)"), "PYTHONUTF8=1"),
        (MemoryError(), "memory"),
    ],
    ids=str,
)  # fmt: skip
def test_each_kind_of_fault_has_a_sentence_that_says_what_to_set(error: Exception, words: str):
    sentence = surroundings.told(error) or ""
    assert words in sentence
    assert sentence.isprintable()


@pytest.mark.parametrize(
    "error", [ValueError("x"), KeyError("job"), ImportError("y", name="comparisons.x"), RuntimeError()]
)
def test_a_defect_of_ours_is_no_fault_of_the_surroundings(error: Exception):
    assert surroundings.told(error) is None


# Real processes: what happens before anything of ours is imported --------------------------------------------------


def process(arguments: Sequence[str], home: Path, *, shell: str = "", **env: str) -> subprocess.CompletedProcess[bytes]:
    """A process as a person starts it; ``shell`` is what their shell does with its output."""
    known = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(scratch()), "TAKES_HOME": str(home / "takes")}
    line = f'"{sys.executable}" {" ".join(arguments)} {shell}'
    return subprocess.run(["bash", "-c", line], cwd=ROOT, env={**known, **env}, capture_output=True, timeout=START_S)


def without(package: str, home: Path) -> dict[str, str]:
    """A Python in which a package is not installed."""
    (home / "sitecustomize.py").write_text(f"import sys\nsys.modules[{package!r}] = None\n")
    return {"PYTHONPATH": str(home)}


@pytest.mark.parametrize(
    ("arguments", "package"), [(["app.py"], "gradio"), (["app.py"], "httpx"), (["-m", "comparisons", "jobs"], "pandas")]
)
def test_a_package_that_is_missing_is_named_with_what_to_run(tmp_path: Path, arguments, package):
    done = process(arguments, tmp_path, **without(package, tmp_path))
    said = done.stderr.decode()
    assert (done.returncode, len(said.splitlines())) == (2, 1), said
    assert f"The package {package} is not installed" in said
    assert "pip install -r requirements.txt" in said


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.mark.heavy
def test_a_port_in_use_is_told_with_what_to_set(tmp_path: Path, taken_port: int):
    only = {"GRADIO_SERVER_PORT": str(taken_port), "GRADIO_NUM_PORTS": "1", "GRADIO_ANALYTICS_ENABLED": "False"}
    done = process(["app.py"], tmp_path, **only)
    said = done.stderr.decode()
    assert (done.returncode, len(said.splitlines())) == (2, 1), said
    assert str(taken_port) in said
    assert "GRADIO_SERVER_PORT" in said


@pytest.mark.parametrize("name", ["203.0.113.9", "no-such.invalid", "ffff::1"])
def test_an_address_that_is_not_this_machines_is_told_with_what_to_set(tmp_path: Path, name: str):
    found = ended(page, tmp_path, GRADIO_SERVER_NAME=name, TAKES_PUBLIC="0")
    check_sentence(found, "set GRADIO_SERVER_NAME")
    assert f"cannot listen on {name}" in found.err
    assert not (tmp_path / "takes").exists()


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["::1", "[::1]"])
def test_the_page_listens_on_ipv6_where_it_is_told_to(tmp_path: Path, name: str):
    with serve_from_nothing(tmp_path, 60, GRADIO_SERVER_NAME=name) as served:
        wait_up(replace(served, url=served.url.replace("127.0.0.1", "[::1]")))


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp936", "ascii"])
def test_what_the_outputs_encoding_lacks_is_a_question_mark(tmp_path: Path, encoding: str):
    done = process(["-m", "comparisons", "variants"], tmp_path, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "?1.01" in done.stdout.decode(encoding)


def test_an_output_that_is_closed_early_ends_in_silence_and_a_full_one_in_a_sentence(tmp_path: Path):
    words = ["-m", "comparisons", "variants", "--json"]
    early = process(words, tmp_path, shell="| head -n 1; exit ${PIPESTATUS[0]}")
    assert (early.returncode, early.stdout, early.stderr) == (0, b"[\n", b"")
    full = process(words, tmp_path, shell="> /dev/full")
    assert (full.returncode, full.stderr.decode()) == (
        2, "The output, or a connection, cannot be used: No space left on device.\n"
    )  # fmt: skip


def test_where_the_locale_is_not_utf_8_a_prompt_and_the_names_of_files_are_as_they_were_typed(tmp_path: Path):
    home = tmp_path / "über-纸"
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TAKES_HOME": str(home / "50%")}
    Image.new("RGB", (400, 304)).save(tmp_path / "кадр.png")
    words = ["-m", "comparisons", "quote", "--sandbox", "--prompt", "'Café 纸船'", "--model", "hailuo-2.3-fast"]
    done = process([*words, "--image", f"'{tmp_path}/кадр.png'"], tmp_path, **plain)
    assert (done.returncode, done.stderr) == (0, b""), done.stderr
    assert b"apiframe:hailuo-2.3-fast" in done.stdout
    assert (home / "50%" / "ledger.sqlite3").exists()


def live(arguments: Sequence[str]) -> int:
    return comparisons.__main__.main(["compare", "--live", "--prompt", "x", "--variant", "apiframe:hailuo-2.3"])


def test_a_live_run_by_a_proxy_that_is_none_does_not_start_and_names_the_variable(tmp_path: Path):
    found = ended(live, tmp_path, APIFRAME_API_KEY="any-key", ALL_PROXY="socks4://user:secret@127.0.0.1:1")
    check_sentence(found, "ALL_PROXY names no proxy that can be used")
    assert "secret" not in found.err


@pytest.mark.heavy
@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "socks://127.0.0.1:1", "http://[::1"])
def test_the_page_comes_up_whatever_proxy_is_named(tmp_path: Path, proxy: str):
    with serve_from_nothing(tmp_path, 20, ALL_PROXY=proxy, HTTP_PROXY=proxy) as served:
        wait_up(served)
