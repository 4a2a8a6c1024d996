"""Live runs against the sandbox on loopback: real sockets and keys, and what is billed counted at the other end."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from providers import PROVIDERS, Variant
from tests import processes
from tests.cli.test_cli import (
    AGES_S,
    IMAGE,
    ODIROUTER,
    PROMPT,
    RUNNINGHUB,
    TEXT_EACH,
    VARIANTS,
    Takes,
    all_queued,
    check_delivered,
    compare,
    ended,
    free,
    open_takes,
    states,
)
from tests.patience import until
from tests.stage import hand_out, scratch, tiny_clip


def from_text(variant: Variant) -> bool:
    return not variant.lifecycle and "required" not in {variant.need(name) for name in variant.inputs}


KEYS = {provider.key_env: f"distinctive-{slug}-key-7f3a" for slug, provider in PROVIDERS.items()}
RATE = {"TAKES_USD_PER_CNY": "0.1405@2026-11-21"}
SLUGS = [ref.partition(":")[0] for ref in TEXT_EACH]
"""The providers of those that are bought here."""
OTHERS = sorted(set(PROVIDERS) - set(SLUGS))
EVERY = [
    *TEXT_EACH,
    *(next(each.ref for each in VARIANTS if each.provider == slug and from_text(each)) for slug in OTHERS),
]
"""One variant of every provider, from text alone."""
PATHS = {"RH_API_BASE_URL": "/openapi/v2", "ODIROUTER_BASE_URL": "/model"}
"""What people commonly have on the end of a base URL."""
GPU_HOURS = "GPU hours"
MEASURED = {
    *("job", "run", "file", "provider_job", "started_at", "simulated", "uncertainty_s", "total_s", "held_s"),
    *("upload_s", "submit_s", "queue_s", "generate_s", "result_s", "download_s", "provider_s", "realtime_factor"),
    *("provider_wait_s", "queue_position", "request_id"),
}
"""Columns that differ between two runs of the same request, or between live and sandbox."""


class Sandbox(processes.Sandbox):
    """A sandbox process, and the key for every provider there."""

    @property
    def told(self) -> dict[str, str]:
        """The variables that it tells people to set: each provider at an origin of its own."""
        return dict(line.split("=", 1) for line in self.child.said().splitlines() if "=" in line)

    @property
    def env(self) -> dict[str, str]:
        return self.urls | KEYS

    def requests(self, slug: str, operation: str) -> int:
        return self.world()["requests"].get(slug, {}).get(operation, 0)

    def charged(self, slug: str | None = None) -> list[int]:
        return [job["charged"] for job in self.world()["jobs"] if slug in (None, job["provider"])]


@contextmanager
def sandbox(*options: str, port: int = 0) -> Iterator[Sandbox]:
    folder = Path(tempfile.mkdtemp(dir=scratch()))
    running = Sandbox(folder, scratch(), "--speed", "20", *options, port=port)
    try:
        yield running
    finally:
        running.child.kill()


@pytest.fixture
def takes(tmp_path: Path) -> Iterator[Takes]:
    opened = open_takes(tmp_path / "home")
    yield opened
    opened.end()


def live(*refs: str) -> list[str]:
    return [*compare(*refs, mode="--live"), "--allow-unpriced"]


def faulty(takes: Takes, plan: str) -> list[str]:
    """The option for a plan of one fault a line: ``kind, provider, operation``, and more fields as TOML."""
    fields = [[word.strip() for word in line.split(",")] for line in plan.strip().splitlines()]
    tables = [
        "\n".join(["[[fault]]", f'kind = "{kind}"', f'provider = "{slug}"', f'operation = "{operation}"', *more])
        for kind, slug, operation, *more in fields
    ]
    path = takes.home / "plan.toml"
    path.write_text("\n".join(tables))
    return ["--faults", str(path)]


# all well ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_live_run_is_the_sandbox_run_over_real_sockets(takes: Takes):
    plan = str(hand_out(tiny_clip(), takes.home, dict.fromkeys(OTHERS, 0)))  # what is rendered is the first four's
    with sandbox("--faults", plan) as other:
        assert set(other.told) == {provider.base_url_env for provider in PROVIDERS.values()}
        rows = takes.rows(*live(*EVERY), **other.env | other.told)
        for row in rows:
            check_delivered(row, simulated=True)  # plain http is no vendor
        assert {slug: other.requests(slug, "submit") for slug in PROVIDERS} == dict.fromkeys(PROVIDERS, 1)
        assert {slug: tuple(other.charged(slug)) for slug in PROVIDERS} == dict.fromkeys(PROVIDERS, (1,))
        assert {row["provider_job"] for row in rows} == {job["id"] for job in other.world()["jobs"]}
    simulated = takes.rows(*compare(*EVERY), TAKES_SANDBOX_FAULTS=plan)
    assert [lasting(row) for row in rows] == [lasting(row) for row in simulated]


def lasting(row: dict[str, Any]) -> dict[str, Any]:
    """What a row has in common with that of any run of the same request; a server of one's own costs what it took."""
    by_time = {"cost_billed", "cost_usd", "usd_per_minute"} if row["currency"] == GPU_HOURS else set()
    return {name: value for name, value in row.items() if name not in MEASURED | by_time}


def test_base_urls_may_end_in_the_path_of_the_api(takes: Takes):
    variants = ["runninghub:minimax/hailuo-2.3-fast/image-to-video", "odirouter:minimax_hailuo_23_fast_i2v"]
    with sandbox() as other:
        longer = {
            provider.base_url_env: f"{other.origin}/{slug}{PATHS[provider.base_url_env]}"
            for slug, provider in PROVIDERS.items()
            if provider.base_url_env in PATHS
        }
        rows = takes.rows(*live(*variants), "--image", IMAGE, **other.env | longer)
        for row in rows:
            check_delivered(row, simulated=True)
        assert other.charged() == [1, 1]


def test_a_key_is_enough_to_run_live_and_only_where_there_is_one(takes: Takes):
    with sandbox() as other:
        env = other.urls | {"RH_API_KEY": "any"} | RATE
        words = ["compare", "--prompt", PROMPT, "--image", IMAGE, "--model", "hailuo-2.3-fast"]
        done = takes.run(
            *words, "--set", "resolution=768p", "--no-nearest", "--budget", "0.5", "--repeats", "2", "--json", **env
        )
        assert done.returncode == 0
        assert "OdiRouter has no key: set ODIROUTER_API_KEY" in done.stderr
        rows = json.loads(done.stdout)
        assert [row["variant"] for row in rows] == ["runninghub:minimax/hailuo-2.3-fast/image-to-video"] * 2
        assert all(row["simulated"] for row in rows)
        assert other.charged() == [1, 1]


# money ------------------------------------------------------------------------------------------------------


def test_a_price_that_no_list_has_is_asked_for_with_an_upload_of_two_steps_and_is_what_is_charged(takes: Takes):
    """The body that is priced names a placeholder of the image, which goes where a ticket says, as the image does."""
    variant = "wavespeed:minimax/hailuo-02/i2v-standard"
    with sandbox() as other:
        words = ["compare", "--live", "--prompt", PROMPT, "--image", IMAGE, "--variant", variant, "--budget", "0.30"]
        (row,) = takes.rows(*words, **other.env)
        check_delivered(row, simulated=True)
        (job,) = other.world()["jobs"]
        counts = other.world()["requests"]["wavespeed"]
    assert (row["cost_basis"], row["cost_list"], row["cost_usd"]) == ("quoted", None, float(job["amount"]))
    assert (job["charged"], counts["submit"], counts["quote"], counts["upload"]) == (1, 1, 1, 4)


def test_a_live_run_that_may_cost_too_much_or_anything_starts_nothing(takes: Takes):
    runninghub = ["--variant", RUNNINGHUB]
    refused = {
        "ODIROUTER_API_KEY": (["--variant", ODIROUTER], {"ODIROUTER_API_KEY": ""}),
        f"The price of {ODIROUTER} is not known": (["--variant", ODIROUTER, *runninghub], {}),
        "the rate of CNY": ([*runninghub, "--budget", "5"], {"TAKES_USD_PER_CNY": "none"}),
        "$0.42, more than this run's budget of $0.30": ([*runninghub, "--repeats", "2", "--budget", "0.30"], RATE),
    }
    with sandbox() as other:
        running = {
            sentence: takes.begin("compare", "--live", "--prompt", PROMPT, *words, **other.env | env)
            for sentence, (words, env) in refused.items()
        }
        for sentence, process in running.items():
            done = ended(process)
            assert (done.returncode, done.stdout) == (2, "")
            assert sentence in done.stderr
            assert len(done.stderr.splitlines()) == 1
        assert other.world()["jobs"] == []
        assert not any(other.requests(slug, "submit") for slug in SLUGS)
    assert takes.jobs() == []


# faults -----------------------------------------------------------------------------------------------------

PASSING = """
rate_limited,      runninghub, submit,   retry_after = 0.5
rate_limited_code, runninghub, submit
unknown_status,    runninghub, poll
truncated_clip,    runninghub, download
malformed_json,    apiframe,   submit
expired_url,       apiframe,   download
server_error,      odirouter,  poll
malformed_json,    odirouter,  result
html_clip,         odirouter,  download
stuck,             runcomfy,   submit,   seconds = 2
rate_limited,      runcomfy,   poll,     retry_after = 0.5
unknown_status,    runcomfy,   result
server_error,      runcomfy,   download
"""


@pytest.mark.slow
def test_what_passes_is_waited_out_and_billed_once(takes: Takes):
    with sandbox(*faulty(takes, PASSING)) as other:
        rows = takes.rows(*live(*TEXT_EACH), **other.env)
        for row in rows:
            check_delivered(row, simulated=True)
        assert other.charged() == [1] * 4
        # Refused twice, then taken; repeated under its key after a garbled answer; the rest are sent once.
        submits = {slug: other.requests(slug, "submit") for slug in SLUGS}
        assert submits == {"runninghub": 3, "apiframe": 2, "odirouter": 1, "runcomfy": 1}
        assert all(other.requests(slug, "download") == 2 for slug in SLUGS)
    (held,) = [row["held_s"] for row in rows if row["provider"] == "runninghub"]
    assert held >= 1.5  # the waits it asked for are no latency of the provider


ENDING = """
content_refused, runninghub, submit
content_refused, apiframe,   submit
server_error,    odirouter,  submit
malformed_json,  runcomfy,   submit
"""


def test_what_does_not_pass_ends_in_the_right_state(takes: Takes):
    with sandbox(*faulty(takes, ENDING)) as other:
        rows = {row["provider"]: row for row in takes.rows(*live(*TEXT_EACH), code=1, **other.env)}
        assert {slug: row["status"] for slug, row in rows.items()} == {
            "runninghub": "failed",
            "apiframe": "failed",
            "odirouter": "uncertain",
            "runcomfy": "uncertain",
        }
        assert {slug: other.requests(slug, "submit") for slug in rows} == dict.fromkeys(rows, 1)
        assert (other.charged("odirouter"), other.charged("runcomfy")) == ([], [1])  # which of the two, nobody knows
    assert all(row["error"] and row["file"] is None and row["total_s"] is None for row in rows.values())
    assert all("not sent again" in rows[slug]["error"] for slug in ("odirouter", "runcomfy"))
    for slug in ("runninghub", "apiframe"):  # a price list does not say what a failure costs
        assert rows[slug]["cost_basis"] in ("billed", "unknown")
    assert takes.run("resume").stdout == "Nothing is unfinished.\n"


def test_a_reply_lost_after_acceptance_is_uncertain_except_under_a_key(takes: Takes):
    """In process, where the lost reply is not waited for: on loopback it takes a client its whole read timeout."""
    plan = takes.faults('[[fault]]\nkind = "drop_after_accept"\ntimes = 4\n')
    rows = takes.rows(*compare(*TEXT_EACH), code=1, **plan)
    assert [row["status"] for row in rows] == ["delivered", "uncertain", "uncertain", "uncertain"]
    assert takes.accepted() == 4


# the network ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_gateway_that_cannot_be_reached_is_waited_for(takes: Takes):
    with sandbox() as gone:
        env, port = gone.env, gone.port
    run = takes.begin(*live(*TEXT_EACH), "--json", **env)
    until(lambda: [job.said("nothing_there") for job in takes.jobs()] == [True] * 4)
    assert states(takes) == ["planned"] * 4  # provably nothing has left
    with sandbox(port=port) as other:
        done = ended(run)
        assert (done.returncode, done.stderr) == (0, "")
        assert states(takes) == ["delivered"] * 4
        assert other.charged() == [1] * 4
        assert all(other.requests(slug, "submit") == 1 for slug in SLUGS)


@pytest.mark.slow
def test_an_interrupted_live_run_is_resumed_over_the_wire(takes: Takes):
    plan = "\n".join(f"stuck, {slug}, submit, seconds = {AGES_S}" for slug in SLUGS)
    journal = takes.home / "journal"
    with sandbox("--journal", str(journal), *faulty(takes, plan)) as other:
        run = takes.begin(*live(*TEXT_EACH), **other.env)
        until(all_queued(takes, 4))
        os.killpg(run.pid, signal.SIGKILL)
        ended(run)
        assert other.charged() == [1] * 4
        assert all(other.requests(slug, "submit") == 1 for slug in SLUGS)
    free(journal)
    with sandbox("--journal", str(journal), port=other.port) as other:
        done = takes.run("resume", **other.env)
        assert (done.returncode, done.stderr) == (0, "")
        assert states(takes) == ["delivered"] * 4
        assert other.charged() == [1] * 4
        assert not any(other.requests(slug, "submit") for slug in SLUGS)
