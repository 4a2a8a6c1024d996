"""What is a server of one's own alone: who may use it, and what two servers with one API differ in."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
import uvicorn

import providers
from comparisons import settings
from comparisons.playground import Playground
from comparisons.records import Person
from comparisons.runs.compare import Choice, Consent
from comparisons.ui.fields import typed_keys
from providers import (
    PROVIDERS,
    VENDORS,
    Canceled,
    Handle,
    InvalidRequest,
    JobStatus,
    Request,
    Unavailable,
    UnknownReply,
)
from providers.sandbox import Tempo, World, create_app
from providers.sandbox._origins import Own, PortOrigins
from tests.stage import tiny_clip
from tests.test_playground import hurry

SERVER = PROVIDERS["selfhosted"]
VLLM, SGLANG = "video_gen_0f343b0931126a20f133d67c2b018a3b", "f047f8e745f9996c6e386064e06cb200"
T2V, OF_SGLANG = "selfhosted:Wan-AI/Wan2.2-T2V-A14B-Diffusers", "selfhosted:Wan-AI/Wan2.1-T2V-14B-Diffusers"
TEXT = Request("A paper boat")
UNPRICED = Consent(unpriced=True)
SPEED = 50


def read(**env: str) -> settings.Settings:
    return settings.read({"TAKES_DAILY_RATES": "0", **env}, Path("/nonexistent"))


# what its settings mean -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8000", "http://localhost:8091/v1", "http://10.0.0.7:8000", "https://gpu.lan", "http://[::1]:1"],
)
def test_on_ones_own_machine_or_network_it_needs_no_key_and_is_no_sandbox(url: str):
    found = read(SELFHOSTED_BASE_URL=url)
    target = found.targets["selfhosted"]
    assert "selfhosted" in found.keys
    assert target.is_keyless
    assert not target.is_sandbox


def test_it_is_used_only_where_its_owner_named_it():
    assert read().keys == {}
    assert "selfhosted" not in read(SELFHOSTED_BASE_URL="https://gpu.example.com").keys
    found = read(SELFHOSTED_BASE_URL="https://gpu.example.com", SELFHOSTED_API_KEY="a-key")
    assert found.keys["selfhosted"] == "a-key"
    with pytest.raises(InvalidRequest, match="SELFHOSTED_BASE_URL would send the key"):
        read(SELFHOSTED_BASE_URL="http://gpu.example.com", SELFHOSTED_API_KEY="a-key")


def test_the_sandbox_is_told_from_a_real_server_by_its_path():
    assert read(SELFHOSTED_BASE_URL="http://127.0.0.1:8000/selfhosted").targets["selfhosted"].is_sandbox
    assert read(SELFHOSTED_BASE_URL="http://127.0.0.1:8000/selfhosted/v1/").targets["selfhosted"].is_sandbox
    assert not read(SELFHOSTED_BASE_URL="http://127.0.0.1:8000/wan").targets["selfhosted"].is_sandbox


def test_no_visitor_brings_a_key_for_it():
    keys = typed_keys(["typed-key-4711"] * len(VENDORS))
    assert set(keys) == set(VENDORS) == set(PROVIDERS) - {"selfhosted"}


# what the servers say ---------------------------------------------------------------------------------------------


def test_a_job_that_failed_is_told_under_an_http_status_and_nothing_else_is():
    job = {"id": VLLM, "object": "video", "status": "failed", "error": {"code": 507, "message": "out of memory"}}
    told = httpx.Response(507, json=job)
    assert SERVER.refused(told) is None
    assert SERVER.polled(told).error == "507: out of memory"
    for other in (job | {"status": "in_progress"}, job | {"object": "error"}, {"detail": "failed"}):
        assert isinstance(SERVER.refused(httpx.Response(507, json=other)), Unavailable)


def test_a_job_is_stopped_where_that_ends_its_work_alone():
    assert SERVER.cancel(Handle(VLLM, "x")).method == "DELETE"
    assert SERVER.cancel(Handle(SGLANG, "x")) is None
    gone = httpx.Response(200, json={"id": VLLM, "deleted": True, "object": "video.deleted"})
    assert SERVER.canceled(gone) is Canceled.CANCELED


@pytest.mark.parametrize("created", [1e12, -1e300, "2026-12-01", None])
def test_a_list_with_a_time_that_is_none_is_not_believed(created: object):
    with pytest.raises(UnknownReply, match="an entry that is none"):
        SERVER.listed(httpx.Response(200, json={"data": [{"id": SGLANG, "created_at": created}]}))


def test_a_job_costs_the_hours_that_it_was_computed_also_where_it_failed():
    for status in ("completed", "failed"):
        billed = SERVER.polled(httpx.Response(200, json={"status": status, "inference_time_s": 90})).billed
        assert (billed.amount, billed.currency) == (Decimal("0.025"), "GPU hours")
    assert SERVER.polled(httpx.Response(200, json={"status": "completed"})).billed is None


def test_a_form_has_every_field_as_text_and_the_first_frame_as_a_file():
    variant = next(v for v in providers.variants() if v.ref == T2V)
    sent = SERVER.submit(variant, TEXT.asking(seed=7, guidance_scale=4.5), providers.References(), "key")
    assert sent.headers["content-type"].startswith("multipart/form-data")
    told = sent.read().decode()
    for name, text in {"seconds": "4", "seed": "7", "guidance_scale": "4.5", "size": "832x480"}.items():
        assert f'name="{name}"\r\n\r\n{text}\r\n' in told


# a real server on this machine ------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server that is at the root of its origin, as people's own are."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    world = World(tempo=Tempo(speed=SPEED), renderer=lambda spec, folder: tiny_clip())
    app = PortOrigins(create_app(world, url, stall=lambda: world.sleep(3600)), {port: Own("selfhosted", url)})
    running = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    yield url
    running.should_exit = True
    thread.join()
    world.close()


def playground(home: Path, **env: str) -> Playground:
    return Playground(read(TAKES_HOME=str(home), **env), sleep=hurry)


def test_a_take_of_ones_own_server_is_live_and_costs_what_an_hour_of_it_is_worth(server: str, tmp_path: Path):
    takes = playground(tmp_path, SELFHOSTED_BASE_URL=server, TAKES_USD_PER_GPU_HOUR="2@2026-11-30")
    run = takes.start(TEXT, Choice(refs=(T2V, OF_SGLANG)), simulated=False, consent=UNPRICED)
    takes.wait([run.id])
    done = takes.ledger.run(run.id)
    assert not done.simulated
    for job in done.jobs:
        assert (job.state, job.cost.basis, job.cost.billed.currency) == ("delivered", "billed", "GPU hours")
        assert 9 < job.cost.billed.amount * 3600 * SPEED < 21
        assert job.cost.usd(takes.settings.usd) == (job.cost.billed.amount * 2).quantize(Decimal("0.0001"))
    takes.close()


def test_a_model_that_the_server_does_not_run_takes_no_part_and_says_which_one_it_runs(server: str, tmp_path: Path):
    own = tmp_path / "catalog" / "selfhosted.toml"
    own.parent.mkdir()
    own.write_text('[[variant]]\nendpoint = "Me/other"\nmodel = "other"\nname = "Other"\nfamily = "Other"\n')
    takes = playground(tmp_path, SELFHOSTED_BASE_URL=server)
    able = takes.offers.able(TEXT, Choice(refs=("selfhosted:Me/other",)), simulated=False)
    (offer,) = takes.offers.quoted(able, simulated=False, who=Person())
    assert offer.why_not.startswith("your server runs Wan-AI/Wan2.2-T2V-A14B-Diffusers")
    takes.close()


def test_a_visitor_spends_none_of_the_hosts_hours_that_nobody_priced(server: str, tmp_path: Path):
    budgets = {"TAKES_PUBLIC": "1", "TAKES_VISITOR_BUDGET": "5", "TAKES_VISITORS_BUDGET": "9"}
    takes = playground(tmp_path, SELFHOSTED_BASE_URL=server, TAKES_USD_PER_GPU_HOUR="2@2026-11-30", **budgets)
    with pytest.raises(InvalidRequest, match="price"):
        takes.start(TEXT, Choice(refs=(T2V,)), simulated=False, who=Person("visitor"), consent=UNPRICED)
    takes.close()


def test_a_job_that_is_at_work_is_stopped_with_its_work(server: str, tmp_path: Path):
    takes = playground(tmp_path, SELFHOSTED_BASE_URL=server)
    run = takes.start(TEXT, Choice(refs=(T2V,)), simulated=False, consent=UNPRICED)
    assert JobStatus.RUNNING in SERVER.cancel_while
    takes.stop_run(run.id, Person())
    takes.wait([run.id])
    assert takes.ledger.run(run.id).jobs[0].state in ("canceled", "delivered")
    takes.close()
