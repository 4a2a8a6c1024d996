"""What of fal's replies no single documented exchange shows: where a job may be asked about, and what ends one."""

from __future__ import annotations

import httpx
import pytest

import providers
from providers import PROVIDERS, InputRefused, UnknownReply

FAL = PROVIDERS["fal"]
JOB = "764cabcf-b745-4b3e-ae38-1200304cf45b"
STANDARD = "fal-ai/minimax/hailuo-2.3/standard/text-to-video"
VARIANT = next(each for each in providers.variants() if each.endpoint == STANDARD)
HERE = "http://127.0.0.1:8000/fal"
FOUND = {"detail": [{"loc": ["body", "prompt"], "msg": "Field required", "type": "missing"}]}


def accepted(root: str, app: str = "fal-ai/minimax", suffix: str = "", asked: str = "") -> httpx.Response:
    base = f"{root}/{app}/requests/{JOB}"
    urls = {"status_url": f"{base}/status", "response_url": f"{base}{suffix}", "cancel_url": f"{base}/cancel"}
    extensions = {"asked": httpx.URL(f"{asked}/{STANDARD}")} if asked else {}
    return httpx.Response(200, json={"request_id": JOB, **urls}, extensions=extensions)


@pytest.mark.parametrize("app", ["fal-ai/minimax", STANDARD])
@pytest.mark.parametrize("suffix", ["", "/response"])
@pytest.mark.parametrize(
    ("root", "asked"), [("https://queue.fal.run", ""), (HERE, HERE), ("https://queue.fal.run", HERE)]
)
def test_a_job_is_asked_about_where_fal_says_in_whichever_form(root: str, asked: str, app: str, suffix: str) -> None:
    handle = FAL.submitted(VARIANT, accepted(root, app, suffix, asked))
    assert FAL.poll(handle).url.raw_path.decode() == f"/{app}/requests/{JOB}/status?logs=1"
    assert FAL.result(handle).url.path == f"/{app}/requests/{JOB}{suffix}"
    assert FAL.cancel(handle).url.path == f"/{app}/requests/{JOB}/cancel"


@pytest.mark.parametrize(
    "root",
    [
        "https://queue.fal.run.evil.example", "https://evil.example", "http://queue.fal.run", "https://a@queue.fal.run",
        "https://evil.example/fal", "//queue.fal.run", "", "https://queue.fal.run/..", "https://queue.fal.run/a/%2e%2e",
    ],
)  # fmt: skip
def test_a_url_that_is_not_at_fal_is_not_asked(root: str) -> None:
    for asked in ("", HERE):
        with pytest.raises(UnknownReply, match="not at fal"):
            FAL.submitted(VARIANT, accepted(root, asked=asked))


def test_a_url_of_another_job_is_not_asked() -> None:
    reply = accepted("https://queue.fal.run").json() | {"request_id": "another"}
    with pytest.raises(UnknownReply):
        FAL.submitted(VARIANT, httpx.Response(200, json=reply))


def test_what_a_model_objects_to_refuses_a_submit_and_fails_a_job_but_is_no_answer_to_a_poll() -> None:
    with pytest.raises(InputRefused, match="prompt: Field required"):
        FAL.submitted(VARIANT, httpx.Response(422, json=FOUND))
    assert FAL.resulted(httpx.Response(422, json=FOUND)).status == "failed"
    assert FAL.reason(httpx.Response(422, json=FOUND)) == "prompt: Field required"
    with pytest.raises(InputRefused):
        FAL.polled(httpx.Response(422, json=FOUND))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503])
def test_an_error_that_does_not_speak_of_the_job_does_not_end_it(status: int) -> None:
    reply = httpx.Response(status, json={"detail": "no"})
    assert FAL.refused(reply) is not None
    assert FAL.reason(reply) is None
