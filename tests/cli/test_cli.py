"""The command line as people run it: real processes, exit codes, one sentence for every mistake, nothing lost."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import comparisons.__main__
import providers
from comparisons.analysis.table import COLUMNS
from comparisons.cli.arguments import parser
from comparisons.ledger import Ledger
from comparisons.media.probe import probe
from comparisons.records import Job
from comparisons.runs import compare as choosing
from comparisons.settings import SHIPPED
from tests.patience import START_S, until
from tests.processes import Child
from tests.stage import keep_clips_in_common, scratch, small_image, square, tiny_clip

ROOT = Path(__file__).resolve().parents[2]
IMAGE = str(square(scratch() / "square.png"))
PROMPT = "A paper boat drifts across a puddle. [Static shot]"
"""What a camera that stands still sees is the quickest to render."""
PHASES = ("upload_s", "submit_s", "queue_s", "generate_s", "result_s", "download_s")
VARIANTS = providers.variants()
APIFRAME, RUNNINGHUB = "apiframe:hailuo-2.3", "runninghub:minimax/hailuo-2.3/t2v-standard"
ODIROUTER, RUNCOMFY = "odirouter:minimax_hailuo_23_t2v", "runcomfy:minimax/hailuo-2-3/pro/text-to-video"
TEXT_EACH = (APIFRAME, ODIROUTER, RUNCOMFY, RUNNINGHUB)
"""One variant of each provider, from text alone."""
IMAGE_EACH = (
    "apiframe:hailuo-2.3-fast", "odirouter:minimax_hailuo_23_fast_i2v",
    "runninghub:minimax/hailuo-2.3-fast/image-to-video",
)  # fmt: skip
"""One variant of each provider that takes an image."""
HAILUO = [variant for variant in VARIANTS if variant.family == "Hailuo"]
FROM_IMAGE = tuple(v.ref for v in HAILUO if v.need("first_frame") != "no")
FROM_TEXT = tuple(v.ref for v in HAILUO if "required" not in {v.need(name) for name in v.inputs})


class Running:
    """One process of the command line, forked with everything imported; otherwise as a terminal would start it."""

    def __init__(self, arguments: tuple[str, ...], env: dict[str, str], folder: Path) -> None:
        said = Path(tempfile.mkdtemp(dir=scratch()))
        self.args = arguments
        self._out, self._err = said / "out", said / "err"
        self._child = Child(comparisons.__main__.main, arguments, env, folder, self._out, self._err)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def over(self) -> bool:
        return self._child.over(0)

    def kill(self) -> None:
        self._child.kill()

    def end(self, within_s: float) -> subprocess.CompletedProcess[str]:
        """Its end; one that hangs is killed with all it started, and fails the test."""
        if not self._child.over(within_s):
            self.kill()
            raise AssertionError(f"{self.args} hangs; it said: {self._out.read_text()}{self._err.read_text()}")
        out, err = self._out.read_text("utf-8"), self._err.read_text("utf-8")
        return subprocess.CompletedProcess(self.args, self._child.code, out, err)


@dataclass(frozen=True)
class Takes:
    """A data folder, and the processes that work on it. They see no key and no ``.env`` but what a test gives."""

    home: Path
    started: list[Running] = field(default_factory=list)

    def env(self, **more: str) -> dict[str, str]:
        known = {"PATH": os.environ["PATH"], "HOME": str(self.home), "TMPDIR": str(scratch()), "PYTHONPATH": str(ROOT)}
        return known | {"TAKES_HOME": str(self.home), "TAKES_SANDBOX_SPEED": "20", "TAKES_WORKERS": "0"} | more

    def begin(self, *arguments: str, **env: str) -> Running:
        """A process in its own group, as a terminal would start it."""
        process = Running(arguments, self.env(**env), self.home)
        self.started.append(process)
        return process

    def end(self) -> None:
        """Kills what a failed test left running."""
        for process in self.started:
            process.kill()

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return ended(self.begin(*arguments, **env))

    def rows(self, *arguments: str, code: int = 0, **env: str) -> list[dict[str, Any]]:
        """What ``--json`` prints, from a run that ends with ``code``."""
        done = self.run(*arguments, "--json", **env)
        assert (done.returncode, done.stderr) == (code, "")
        return json.loads(done.stdout)

    def jobs(self) -> list[Job]:
        """The jobs as the ledger has them now; none while there is no ledger yet."""
        path = self.home / "ledger.sqlite3"
        return Ledger(path).jobs() if path.exists() else []

    def accepted(self) -> int:
        """How many jobs the built-in sandbox took on, and charged, for this data folder."""
        kept = [json.loads(path.read_text()) for path in self.journal.glob("*.json")]
        return sum("spec" in each for each in kept)

    @property
    def journal(self) -> Path:
        """Where the built-in sandbox keeps its jobs."""
        return self.home / "sandbox" / "jobs"

    def faults(self, text: str) -> dict[str, str]:
        """The variable that makes the built-in sandbox follow a fault plan."""
        path = self.home / "faults.toml"
        path.write_text(text)
        return {"TAKES_SANDBOX_FAULTS": str(path)}


def ended(process: Running, within_s: float = START_S) -> subprocess.CompletedProcess[str]:
    return process.end(within_s)


def open_takes(home: Path) -> Takes:
    keep_clips_in_common(home)
    return Takes(home)


@pytest.fixture
def takes(tmp_path: Path) -> Iterator[Takes]:
    opened = open_takes(tmp_path / "home")
    yield opened
    opened.end()


def chosen(*refs: str) -> list[str]:
    return [word for ref in refs for word in ("--variant", ref)]


def compare(*refs: str, mode: str = "--sandbox") -> list[str]:
    return ["compare", mode, "--prompt", PROMPT, *chosen(*refs)]


# what a run delivers ----------------------------------------------------------------------------------------


def of_each_provider_and_slowly_of_all(each: tuple[str, ...], every: tuple[str, ...]) -> pytest.MarkDecorator:
    """What a clip costs is its rendering: those of a whole family are the slow lane's."""
    slowly = pytest.param(chosen(*every), every, id="every Hailuo variant", marks=pytest.mark.heavy)
    return pytest.mark.parametrize(("words", "refs"), [pytest.param(chosen(*each), each, id="each provider"), slowly])


@pytest.mark.slow
@of_each_provider_and_slowly_of_all(IMAGE_EACH, FROM_IMAGE)
def test_every_variant_that_takes_an_image_delivers_what_it_reports(
    takes: Takes, words: list[str], refs: tuple[str, ...]
):
    rows = takes.rows("compare", "--sandbox", "--prompt", PROMPT, "--image", IMAGE, *words)
    assert [row["variant"] for row in rows] == list(refs)
    assert takes.accepted() == len(rows)
    for row in rows:
        check_delivered(row, simulated=True)
        assert "first frame" in row["requested"]
        assert "first frame" in row["sent"]
    assert takes.rows("jobs") == rows


@pytest.mark.slow
def test_the_table_for_people_names_each_job_so_that_it_can_be_canceled(takes: Takes):
    shown = takes.run(*compare(APIFRAME))
    assert (shown.returncode, shown.stderr) == (0, "")
    (job,) = takes.jobs()
    assert f"{APIFRAME}: Delivered\n" in shown.stdout
    assert job.id in shown.stdout


@pytest.mark.slow
@of_each_provider_and_slowly_of_all(TEXT_EACH, FROM_TEXT)
def test_every_variant_that_takes_text_alone_delivers_what_it_reports(
    takes: Takes, words: list[str], refs: tuple[str, ...]
):
    rows = takes.rows("compare", "--sandbox", "--prompt", PROMPT, *words, TAKES_USD_PER_CNY="0.1405@2026-11-21")
    assert [row["variant"] for row in rows] == list(refs)
    assert takes.accepted() == len(rows)
    for row in rows:
        check_delivered(row, simulated=True, usd={"USD": 1.0, "CNY": 0.1405})
    assert {"CNY", "USD", "credits", None} == {row["currency"] for row in rows}


SHIPPED_USD = {"USD": 1.0, **{currency: float(rate.usd) for currency, rate in SHIPPED.items()}}


def check_delivered(row: dict[str, Any], *, simulated: bool, usd: dict[str, float] | None = None) -> None:
    """Holds a row of ``--json`` to its own file and its own sums."""
    assert [name for name in row if not name.startswith("opt_")] == list(COLUMNS)
    assert (row["status"], row["error"], row["simulated"], row["resumed"]) == ("delivered", None, simulated, False)
    assert sum(row[phase] for phase in PHASES) == pytest.approx(row["total_s"], abs=0.001)
    assert all(row[phase] >= 0 for phase in (*PHASES, "held_s", "uncertainty_s"))
    check_file(row)
    check_cost(row, {**SHIPPED_USD, **(usd or {})})


def check_file(row: dict[str, Any]) -> None:
    clip = Path(row["file"])
    assert hashlib.sha256(clip.read_bytes()).hexdigest() == row["sha256"]
    info = probe(clip)
    for column in ("width", "height", "fps", "frames", "duration_s", "codec", "audio"):
        assert getattr(info, column) == row[column], column
    assert row["delivered"] == str(info)
    assert row["frames"] == pytest.approx(row["fps"] * row["duration_s"])


def check_cost(row: dict[str, Any], usd: dict[str, float]) -> None:
    """The basis is the best amount there is, and the dollars are that amount's."""
    bases = {"billed": row["cost_billed"], "quoted": row["cost_quoted"], "list": row["cost_list"]}
    best = next((basis for basis, amount in bases.items() if amount is not None), "unknown")
    assert row["cost_basis"] == best
    amount, rate = bases.get(best), usd.get(row["currency"])
    assert (row["currency"] is None) == (amount is None)
    if amount is None or rate is None:
        assert row["cost_usd"] is None  # never 0 for what nobody knows
    else:
        assert row["cost_usd"] == pytest.approx(amount * rate, abs=1e-4)


# bad input --------------------------------------------------------------------------------------------------

NOBODY = ["--nearest"]
BAD_INPUT = {
    "nobody": (NOBODY, "Name what is to be compared"),
    "a near miss": (["--variant", "apiframe:hailuo-2.33"], "Did you mean apiframe:hailuo-2.3"),
    "no such provider": (["--provider", "apifrme"], f"There are: {', '.join(providers.PROVIDERS)}."),
    "no such model": (["--model", "hailuo-9"], "hailuo-2.3-fast"),
    "no such file": (["--image", "nowhere.jpg"], "nowhere.jpg"),
    "no image": (["--image", __file__], "not an image"),
    "long prompt": (["--variant", APIFRAME, "--prompt", "x" * 2001], "2001"),
    "blank prompt": (["--prompt", " "], "needs a prompt"),
    "7 seconds": (["--no-nearest", "--set", "duration=7", "--variant", RUNCOMFY], "no 7 s: 6 s only"),
    "no number of seconds": (["--set", "duration=six"], "Duration cannot be 'six'"),
    "no setting": (["--set", "durations=6"], "Did you mean duration?"),
    "no value": (["--set", "duration"], "--set takes NAME=VALUE"),
    "last frame alone": (
        ["--no-nearest", "--last-image", IMAGE, "--variant", "apiframe:hailuo-02"],
        "needs a first frame",
    ),
    "budget": (["--budget", "abc"], "'abc'"),
    "no repeats": (["--repeats", "0"], "from 1 to 20"),
    "one that cannot": (["--no-nearest", "--variant", RUNCOMFY, "--image", IMAGE], "text only"),
    "no key": (["--live", "--variant", APIFRAME], "APIFRAME_API_KEY"),
}
BAD_SETTINGS = {
    "TAKES_SANDBOX_SPEED": "fast",
    "TAKES_SANDBOX_SEED": "one",
    "TAKES_SANDBOX_FAULTS": "nowhere.toml",
    "TAKES_USD_PER_CNY": "0.14",
    "RH_API_BASE_URL": "www.runninghub.cn",
    "TAKES_HOME": "/proc/takes",
}
Refusal = tuple[Takes, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Refusal]:
    """Every bad command, run side by side: starting a process is all that each of them costs."""

    def refuse(words: list[str], **env: str) -> Refusal:
        takes = open_takes(tmp_path_factory.mktemp("refused") / "home")
        mode = [] if "--live" in words else ["--sandbox"]
        named = [] if {"--variant", "--model", "--provider"} & {*words} or words == NOBODY else chosen(RUNCOMFY)
        return takes, takes.run("compare", *mode, "--prompt", PROMPT, *words, *named, **env)

    tmp_path_factory.getbasetemp()  # made here, since several threads that make it first would be in each other's way
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {name: pool.submit(refuse, words) for name, (words, _) in BAD_INPUT.items()}
        running |= {name: pool.submit(refuse, [], **{name: value}) for name, value in BAD_SETTINGS.items()}
        return {name: each.result() for name, each in running.items()}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_gets_one_sentence_and_starts_nothing(refusals: dict[str, Refusal], name: str):
    check_refused(*refusals[name], BAD_INPUT[name][1])


@pytest.mark.parametrize("name", BAD_SETTINGS)
def test_an_unusable_setting_is_named(refusals: dict[str, Refusal], name: str):
    check_refused(*refusals[name], BAD_SETTINGS[name] if name == "TAKES_SANDBOX_FAULTS" else name)


def check_refused(takes: Takes, done: subprocess.CompletedProcess[str], sentence: str) -> None:
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert sentence in done.stderr
    assert takes.jobs() == []
    assert takes.accepted() == 0


# interrupted ------------------------------------------------------------------------------------------------


AGES_S = 3600.0
"""Longer than any test; what is stuck so long is freed, or its process stopped meanwhile."""


def stuck(takes: Takes, seconds: float = AGES_S) -> dict[str, str]:
    """Holds every job in its queue for a while, so that a test can act meanwhile."""
    return takes.faults(f'[[fault]]\nkind = "stuck"\ntimes = 99\nseconds = {seconds}\n')


def free(journal: Path) -> None:
    """Lets the jobs that a sandbox keeps there go on; those who look after it next find them so."""
    for path in journal.glob("*.json"):
        kept = json.loads(path.read_text())
        if "spec" in kept:
            kept["job"]["stuck_until"] = kept["job"]["accepted_at"]
            path.write_text(json.dumps(kept))


def states(takes: Takes) -> list[str]:
    return [job.state for job in takes.jobs()]


def all_queued(takes: Takes, count: int) -> Callable[[], bool]:
    return lambda: states(takes) == ["queued"] * count


def interrupted(takes: Takes, *refs: str, by: signal.Signals = signal.SIGINT) -> str:
    """A run whose jobs were all taken on, and stuck, when a signal ended it; what it said then."""
    process = takes.begin(*compare(*refs), **stuck(takes))
    until(all_queued(takes, len(refs)))
    os.killpg(process.pid, by)  # Ctrl-C reaches everything the process started, too
    done = ended(process)
    assert "Traceback" not in done.stderr
    assert done.returncode == (1 if by == signal.SIGINT else -by)
    assert states(takes) == ["queued"] * len(refs)
    return done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL])
def test_what_a_signal_ends_resume_delivers_with_one_charge_each(takes: Takes, by: signal.Signals):
    said = interrupted(takes, *TEXT_EACH, by=by)
    assert ("python -m comparisons resume" in said) == (by == signal.SIGINT)
    free(takes.journal)
    done = takes.run("resume")
    assert (done.returncode, done.stderr) == (0, "")
    rows = takes.rows("jobs")
    assert [(row["status"], row["resumed"]) for row in rows] == [("delivered", True)] * 4
    assert takes.accepted() == 4
    assert takes.run("resume").stdout == "Nothing is unfinished.\n"


# two processes ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_resume_leaves_alone_what_another_process_is_running(takes: Takes):
    runner = takes.begin(*compare(APIFRAME, RUNNINGHUB), "--json", **stuck(takes, 4))
    until(all_queued(takes, 2))
    os.killpg(runner.pid, signal.SIGSTOP)  # so that it gets no further meanwhile, however busy the machine is
    other = takes.run("resume")
    assert (other.returncode, other.stderr) == (0, "")
    assert "unfinished" in other.stdout
    assert states(takes) == ["queued"] * 2
    os.killpg(runner.pid, signal.SIGCONT)
    done = ended(runner)
    assert done.returncode == 0
    assert [(row["status"], row["resumed"]) for row in json.loads(done.stdout)] == [("delivered", False)] * 2
    assert takes.accepted() == 2


def test_cancel_reaches_a_job_that_another_process_is_running(takes: Takes):
    runner = takes.begin(*compare(RUNCOMFY), "--json", **stuck(takes))
    until(all_queued(takes, 1))
    assert takes.run("cancel", takes.jobs()[0].id).stderr == ""
    done = ended(runner)
    assert done.returncode == 1
    (row,) = json.loads(done.stdout)
    assert (row["status"], row["error"]) == ("canceled", "Stopped: RunComfy canceled it.")
    assert (row["cost_basis"], row["cost_usd"]) == ("unknown", None)  # nobody has said what a cancel costs


# cancel -----------------------------------------------------------------------------------------------------


def test_cancel_says_what_came_of_it(takes: Takes):
    interrupted(takes, RUNCOMFY, RUNNINGHUB)
    can, cannot = takes.jobs()
    stopped = takes.run("cancel", can.id)
    assert (stopped.returncode, stopped.stderr) == (0, "")
    kept = takes.run("cancel", cannot.id)
    assert kept.returncode == 1
    assert "cannot cancel" in kept.stdout
    assert "may still be billed" in kept.stdout
    free(takes.journal)
    assert takes.run("resume").returncode == 1  # of the run's jobs, one is not delivered
    assert states(takes) == ["canceled", "delivered"]
    again = takes.run("cancel", cannot.id)
    assert (again.returncode, again.stdout) == (1, "Delivered\n")
    assert stopped.stdout == "Stopped: RunComfy canceled it.\n"


@pytest.mark.slow
def test_a_cancel_that_comes_too_late_delivers_and_admits_the_gap(takes: Takes):
    process = takes.begin(*compare(RUNCOMFY), TAKES_SANDBOX_SPEED="8")
    until(lambda: states(takes) == ["running"])
    os.killpg(process.pid, signal.SIGKILL)
    ended(process)
    late = takes.run("cancel", takes.jobs()[0].id)
    assert (late.returncode, late.stderr) == (1, "")
    (row,) = takes.rows("jobs")
    assert row["status"] == "delivered"
    assert row["resumed"]  # nobody watched it for a while: its latency is no measurement


def test_cancel_of_an_unknown_job_is_bad_input(takes: Takes):
    check_refused(takes, takes.run("cancel", "j_nobody"), "j_nobody")


# lists ------------------------------------------------------------------------------------------------------


def test_providers_are_listed_with_the_name_of_a_key_never_the_key(takes: Takes):
    rows = takes.rows("providers", RH_API_KEY="a-very-secret-key")
    assert [row["provider"] for row in rows] == list(providers.PROVIDERS)
    assert {row["provider"]: row["key"] for row in rows if row["key"]} == {"runninghub": "RH_API_KEY"}
    assert sum(row["variants"] for row in rows) == len(VARIANTS)
    assert "a-very-secret-key" not in json.dumps(rows)


def test_variants_are_listed_with_shapes_and_dated_prices(takes: Takes):
    rows = {row["variant"]: row for row in takes.rows("variants")}
    assert list(rows) == [variant.ref for variant in VARIANTS]
    for variant in VARIANTS:
        row = rows[variant.ref]
        assert row["options"] == {name: option.offered for name, option in variant.options.items()}
        assert (row["price_dated"] is not None) == bool(row["list_price"]) == bool(variant.prices)


def test_a_sessions_quote_says_what_it_would_cost_and_why_it_would_not_start(takes: Takes):
    plan = takes.home / "plan.toml"
    lines = ['name = "n"', f'variants = ["{APIFRAME}"]', "[[requests]]", f'prompt = "{PROMPT}"']
    plan.write_text("\n".join(lines))
    found = json.loads(takes.run("session", "run", str(plan), "--sandbox", "--quote", "--json").stdout)
    assert (found["jobs"], found["session"], found["refused"]) == (1, None, None)
    live, limits = (
        ["session", "run", str(plan), "--live", "--quote"],
        {"APIFRAME_API_KEY": "a-key", "TAKES_BUDGET": "1", "TAKES_USD_PER_CREDIT": "none"},
    )
    dear = takes.run(*live, "--json", **limits)
    assert dear.returncode == 2
    refused = json.loads(dear.stdout)
    assert "needs the rate of credits" in refused["refused"]
    assert (refused["jobs_without_dollar_price"], refused["variants_without_dollar_price"]) == (1, [APIFRAME])
    assert "needs the rate of credits" in " ".join(takes.run(*live, **limits).stdout.split())


def test_the_nearest_length_and_size_are_allowed_unless_one_says_otherwise_as_on_the_page():
    said = {(): True, ("--nearest",): True, ("--no-nearest",): False}
    for words, nearest in said.items():
        assert parser().parse_args(["compare", "--prompt", PROMPT, *words]).nearest is nearest
        assert parser().parse_args(["quote", "--prompt", PROMPT, *words]).nearest is nearest


def test_a_quote_prices_every_variant_and_starts_nothing(takes: Takes):
    rows = takes.rows("quote", "--prompt", PROMPT, "--set", "duration=6")
    assert all(row["simulated"] for row in rows)  # the default where no key is set
    request = providers.Request(PROMPT, options={"duration": 6})
    able = [each.ref for each in VARIANTS if not choosing.offer(each, request, "sandbox", nearest=True).why_not]
    lasting = {variant.ref for variant in VARIANTS if variant.lifecycle is None}
    assert [row["variant"] for row in rows] == [ref for ref in able if ref in lasting]
    bases = {row["variant"]: row["cost_basis"] for row in rows}
    assert [bases[ref] for ref in TEXT_EACH] == ["list", "unknown", "quoted", "quoted"]
    for row in rows:
        amounts = {"quoted": row["cost_quoted"], "list": row["cost_list"], "unknown": None}
        assert (amounts[row["cost_basis"]] is None) == (row["cost_basis"] == "unknown")
    assert takes.jobs() == []
    assert takes.accepted() == 0


# a person's own catalogue -----------------------------------------------------------------------------------

OWN = """
[[variant]]
endpoint = "hailuo-2.3"
price = { dated = 2026-11-21, source = "my contract", rules = [{ amount = "4", when = { duration = 6 } }] }

[[variant]]
endpoint = "hailuo-3"
model = "hailuo-3"
name = "Hailuo 3"
family = "Hailuo"
options.resolution = { choices = ["768p"] }
options.duration = { choices = [6] }
"""


def typo(name: str) -> str:
    return f'[[variant]]\nendpoint = "hailuo-2.3"\n{TYPOS[name]}\n'


def own_catalogue(takes: Takes, text: str) -> None:
    (takes.home / "catalog").mkdir(exist_ok=True)
    (takes.home / "catalog" / "apiframe.toml").write_text(text)


def test_a_persons_own_file_adds_a_variant_and_changes_a_price(takes: Takes):
    own_catalogue(takes, OWN)
    rows = {row["variant"]: row for row in takes.rows("variants")}
    assert len(rows) == len(VARIANTS) + 1
    assert rows["apiframe:hailuo-3"]["name"] == "Hailuo 3"
    quotes = takes.rows("quote", "--prompt", PROMPT, *chosen(APIFRAME, "apiframe:hailuo-3"))
    assert [(row["cost_list"], row["cost_basis"]) for row in quotes] == [(4.0, "list"), (None, "unknown")]


OLDER = """
[defaults]
source = { title = "my notes", read = 2026-11-21 }
image = { formats = ["png", "jpeg"], max_bytes = 5000000 }
values = { duration = "text" }

[[variant]]
endpoint = "hailuo-2.3"
price = { currency = "credits", dated = 2026-11-21, source = "my contract", clip = { "768p" = { 6 = "4" } } }

[[variant]]
endpoint = "hailuo-3"
model = "hailuo-3"
name = "Hailuo 3"
prompt = "optional"
prompt_limit = 500
first_frame = "required"
shapes = { "768p" = [6, 10], "1080p" = [6] }
fields = { prompt = "text", first_frame = "hailuoParams.image", duration = "hailuoParams.duration" }
"""
"""A file of before options were declared by name."""


def test_a_persons_own_file_of_an_older_version_is_brought_over_once_and_kept_beside(takes: Takes):
    own_catalogue(takes, OLDER)
    rows = {row["variant"]: row for row in takes.rows("variants")}
    assert rows["apiframe:hailuo-3"]["shape"] == "768p or 1080p · 6 or 10 s"
    folder = takes.home / "catalog"
    assert (folder / "apiframe.toml.old").read_text() == OLDER
    again = (folder / "apiframe.toml").read_text()
    three = next(each for each in providers.variants([folder]) if each.endpoint == "hailuo-3")
    assert (three.prompt, three.family) == (providers.Prompt("text", "optional", 500), "hailuo-3")
    image = providers.References("https://example.com/i.png")
    request = providers.Request("A boat", small_image()).asking(duration=10)
    sent = json.loads(providers.PROVIDERS["apiframe"].submit(three, request, image, "k").content)
    assert sent["hailuoParams"] == {"image": "https://example.com/i.png", "duration": "10"}
    assert providers.why_not(three, request.asking(resolution="1080p")) == "1080p only at 6 s"
    quotes = takes.rows("quote", "--prompt", PROMPT, *chosen(APIFRAME))
    assert [(row["cost_list"], row["cost_basis"]) for row in quotes] == [(4.0, "list")]
    assert (folder / "apiframe.toml").read_text() == again


TYPOS = {
    "durations": "durations = [6]",
    "model": "model = 23",
    "evidence": 'evidence = "rumour"',
    "inputs": 'inputs.third_frame = { field = "image" }',
    "inputs.first_frame": 'inputs.first_frame = { feild = "image" }',
    "options": 'options."Of mine" = { choices = [6] }',
    "options.duration": 'options.duration = { choices = "6" }',
    "options.duration kind": 'options.duration = { kind = "seconds" }',
    "options.duration default": "options.duration = { choices = [6], default = 7 }",
    "options.seed": 'options.seed = { kind = "integer", low = "0" }',
    "options.sound": 'options.sound = { kind = "switch", send = "never" }',
    "options.mode": 'options.mode = { choices = ["a"], spelled = { b = "c" } }',
    "options.style": 'options.style = { kind = "text", field = "style", write = "{0.__class__}" }',
    "forbid": 'forbid = [{ duration = 10, mood = "sad" }]',
    "forbid value": "forbid = [{ duration = 11 }]",
    "size": 'size = { field = "size", sizes = { "720p" = { "16:9" = "1280*720" } } }',
    "lifecycle": 'lifecycle = { state = "dead", date = 2026-09-24, source = "x" }',
    "price": "price = 5",
    "price amount": "price = { rules = [{ amount = 5 }] }",
    "price when": 'price = { rules = [{ amount = "5", when = { mood = "sad" } }] }',
    "price dated": 'price = { dated = "yesterday" }',
    "images": "images = { sides = 3 }",
    "images max_bytes": 'images = { max_bytes = "big" }',
    "prompt": "prompt = { limit = 3 }",
    "prompt most": "prompt = { most = 0 }",
    "source": "source = 1",
}


def test_a_typo_in_it_is_one_sentence_and_bad_input(takes: Takes):
    own_catalogue(takes, typo("durations"))
    check_refused(takes, takes.run("variants"), "apiframe.toml, variant 'hailuo-2.3', field 'durations'")


@pytest.mark.parametrize("name", TYPOS)
def test_every_typo_is_named_by_file_variant_and_field(takes: Takes, name: str):
    own_catalogue(takes, typo(name))
    with pytest.raises(providers.CatalogError) as told:
        providers.variants([takes.home / "catalog"])
    assert f"apiframe.toml, variant 'hailuo-2.3', field '{name.split()[0]}'" in str(told.value)


@pytest.mark.parametrize("text", ["[[variant]\n", "[[varient]]\n", '[[variant]]\nmodel = "x"\n', "[variant]\na = 1\n"])
def test_a_file_that_is_no_catalogue_is_named(takes: Takes, text: str):
    own_catalogue(takes, text)
    with pytest.raises(providers.CatalogError, match=r"^apiframe\.toml"):
        providers.variants([takes.home / "catalog"])


@pytest.mark.slow
def test_reconcile_lists_what_is_known_and_settles_it(takes: Takes):
    faults = takes.faults('[[fault]]\nkind = "drop_after_accept"\nprovider = "runcomfy"\ntimes = 2\n')
    takes.run("compare", "--sandbox", "--prompt", "A boat", "--variant", RUNCOMFY, "--repeats", "2", **faults)
    doubts = takes.rows("reconcile", code=1)
    assert [doubt["status"] for doubt in doubts] == ["uncertain"] * 2
    assert all("look at its page" in doubt["answer"] for doubt in doubts)
    assert {doubt["look_at"] for doubt in doubts} == {"https://www.runcomfy.com/profile"}
    first, second = (doubt["job"] for doubt in doubts)
    assert takes.run("reconcile", first, "--not-charged").returncode == 0
    kept = [json.loads(path.read_text()) for path in takes.journal.glob("*.json")]
    found = takes.rows("reconcile", second, "--found", next(each["job"]["id"] for each in kept if "job" in each))
    assert [row["status"] for row in found] == ["delivered"]
    assert takes.accepted() == 2


# left out ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_whom_a_model_or_provider_names_and_who_cannot_is_named_with_the_reason(takes: Takes):
    words = ["--prompt", PROMPT, "--set", "duration=10", "--provider", "apiframe", "--provider", "runcomfy"]
    quoted = takes.run("quote", "--sandbox", *words)
    assert (quoted.returncode, quoted.stderr) == (0, "")
    assert "Left out: apiframe:hailuo-2.3-fast: needs an image\n" in quoted.stdout
    told = takes.run("quote", "--sandbox", *words, "--json")
    assert "Left out: apiframe:hailuo-2.3-fast: needs an image\n" in told.stderr
    assert {row["variant"] for row in json.loads(told.stdout)}.isdisjoint({"apiframe:hailuo-2.3-fast"})
    live = takes.run("quote", "--live", *words, APIFRAME_API_KEY="any-key")
    assert "Left out: runcomfy:minimax/hailuo-2-3/pro/text-to-video: " in live.stdout
    named = ["--model", "hailuo-2.3-fast", "--variant", APIFRAME]
    ran = takes.run("compare", "--sandbox", "--prompt", PROMPT, *named)
    assert "Left out: apiframe:hailuo-2.3-fast: needs an image\n" in ran.stdout
    assert "Left out" not in takes.run("quote", "--sandbox", "--prompt", PROMPT).stdout  # nobody was named
    plan = takes.home / "plan.toml"
    plan.write_text(
        f'name = "n"\nvariants = ["model:hailuo-2.3-fast", "{APIFRAME}"]\n[[requests]]\nprompt = "{PROMPT}"\n'
    )
    session = takes.run("session", "run", str(plan), "--sandbox")
    assert "Left out: request 1: apiframe:hailuo-2.3-fast: needs an image\n" in session.stdout
    assert session.returncode == 0


# names of folders -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_data_folder_of_any_name_takes_a_run_and_its_export(tmp_path: Path):
    name = Path("my%20demo", "50%done 'a' \"b\" 12:30", "über-纸\ntwo %d{}")
    takes = open_takes(tmp_path / name)
    row = takes.rows(*compare(APIFRAME))[0]
    check_file(row)
    out = tmp_path / "out" / name
    out.mkdir(parents=True)
    exported = takes.run("export", row["run"], "--out", str(out))
    assert (exported.returncode, exported.stderr) == (0, "")
    assert (next(out.iterdir()) / "grid.mp4").stat().st_size > 0


# clips that do not come ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_fetch_tries_at_once_says_what_came_of_it_and_takes_a_file_downloaded_by_hand(takes: Takes, tmp_path: Path):
    lost = takes.faults("[[clip]]\nfirst = 403\ntimes = 9\n")
    started = takes.begin("compare", "--sandbox", "--prompt", PROMPT, "--variant", RUNCOMFY, **lost)
    until(lambda: any(job.last("waiting") for job in takes.jobs()))
    (job,) = takes.jobs()
    asked = takes.run("fetch", job.id, **lost)
    assert (asked.returncode, asked.stderr) == (1, "")
    assert "Another Takes is working on it and was asked to." in asked.stdout
    assert "its clip is waited for, next try at" in asked.stdout
    assert "does not work (403)" in asked.stdout
    os.kill(started.pid, signal.SIGINT)
    assert ended(started).returncode == 1
    alone = takes.run("fetch", job.id, **lost)
    assert (alone.returncode, alone.stderr) == (1, "")
    assert "The clip is paid for and not here yet." in alone.stdout
    page = tmp_path / "page.mp4"
    page.write_text("<html>Sign in</html>")
    refused = takes.run("fetch", job.id, "--from", str(page), **lost)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "it is a text" in refused.stderr
    taken = takes.run("fetch", job.id, "--from", str(tiny_clip()), **lost)
    assert (taken.returncode, taken.stdout, taken.stderr) == (0, "Delivered\n", "")
    (row,) = takes.rows("jobs")
    assert (row["status"], row["by_hand"], row["total_s"]) == ("delivered", True, None)
    assert row["sha256"] == hashlib.sha256(tiny_clip().read_bytes()).hexdigest()
    again = takes.run("fetch", job.id)
    assert (again.returncode, "is delivered" in again.stderr) == (2, True)
    assert takes.accepted() == 1
