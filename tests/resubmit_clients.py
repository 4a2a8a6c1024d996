"""One clip, asked for with a vendor's own client or with Takes: ``python -m tests.resubmit_clients NAME URL SECONDS``.

What ``tests.resubmits`` runs in a process of its own, since clients keep settings in their modules.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Mapping

import httpx

from providers import PROVIDERS

PROMPT = "A paper boat"
Buy = Callable[[str, float], object]
"""Asks for one clip at a base URL, waiting so many seconds for an answer."""


def _runninghub(url: str, answer_s: float) -> None:
    from runninghub_sdk import RunningHubClient

    with RunningHubClient(api_key="rh-key", base_url=f"{url}/runninghub", timeout=answer_s) as client:
        asked = {"prompt": PROMPT, "duration": "6", "enablePromptExpansion": False}
        client.run_model_api("minimax/hailuo-2.3/t2v-standard", asked)


def _seacloud(url: str, answer_s: float) -> None:
    from seacloud_sdk import SeaCloud
    from seacloud_sdk.core.default_base_urls import DEFAULT_BASE_URLS

    for name in DEFAULT_BASE_URLS:
        DEFAULT_BASE_URLS[name] = f"{url}/odirouter"
    asyncio.run(SeaCloud(api_key="sk-key").run_sync("minimax_hailuo_02_t2v", {"prompt": PROMPT}))


def _fal(url: str, answer_s: float) -> None:
    from fal_client import client

    for name, host in {"QUEUE_URL_FORMAT": f"{url}/fal/", "REST_URL": f"{url}/fal", "CDN_URL": f"{url}/fal"}.items():
        setattr(client, name, host)
    fal = client.SyncClient(key="fal-id:fal-secret", default_timeout=answer_s)
    fal.submit("fal-ai/minimax/hailuo-2.3/standard/text-to-video", {"prompt": PROMPT})


def _replicate(url: str, answer_s: float) -> None:
    import replicate

    client = replicate.Client(api_token="r8-key", base_url=f"{url}/replicate", timeout=httpx.Timeout(answer_s))
    client.models.predictions.create("minimax/hailuo-2.3", input={"prompt": PROMPT})


def _openrouter(url: str, answer_s: float) -> None:
    from openrouter import OpenRouter

    with OpenRouter(
        api_key="or-key", server_url=f"{url}/openrouter/api/v1", timeout_ms=int(answer_s * 1000)
    ) as connection:
        connection.video_generation.generate(
            model="minimax/hailuo-2.3", prompt=PROMPT, duration=6, resolution="1080p", aspect_ratio="16:9"
        )


def _openai(url: str, answer_s: float) -> None:
    from openai import OpenAI

    with OpenAI(api_key="EMPTY", base_url=f"{url}/selfhosted/v1", timeout=answer_s) as client:
        client.videos.create(model="Wan-AI/Wan2.2-T2V-A14B-Diffusers", prompt=PROMPT)


def _minimax(url: str, answer_s: float) -> None:
    from minimax_mcp.client import MinimaxAPIClient

    asked = {"model": "MiniMax-Hailuo-02", "prompt": PROMPT}
    MinimaxAPIClient("mm-key", f"{url}/minimax").post("/v1/video_generation", json=asked, timeout=answer_s)


def _wavespeed(url: str, answer_s: float) -> None:
    from wavespeed import Client

    client = Client(api_key="ws-key", base_url=f"{url}/wavespeed")
    client.run("minimax/hailuo-2.3/t2v-standard", {"prompt": PROMPT}, timeout=answer_s)


THEIRS: Mapping[str, tuple[str, Buy]] = {
    "runninghub-sdk": ("runninghub", _runninghub),
    "seacloudai-sdk": ("odirouter", _seacloud),
    "fal-client": ("fal", _fal),
    "replicate": ("replicate", _replicate),
    "openrouter": ("openrouter", _openrouter),
    "openai": ("selfhosted", _openai),
    "wavespeed": ("wavespeed", _wavespeed),
    "minimax-mcp": ("minimax", _minimax),
}
"""The vendors' clients, by the name of their package: their provider, and how they are asked for a clip."""


def _takes(slug: str, url: str) -> None:
    """A live run of Takes at one provider, from the command line, of a variant that needs no image."""
    from comparisons.__main__ import main
    from providers import variants

    provider = PROVIDERS[slug]
    mine = [each for each in variants() if each.provider == slug and not each.lifecycle]
    variant = next(each for each in mine if "required" not in {each.need(name) for name in each.inputs})
    with tempfile.TemporaryDirectory() as home:
        own = {"TAKES_HOME": home, provider.key_env: "a-key", provider.base_url_env: f"{url}/{slug}"}
        os.environ |= own
        sys.exit(main(["compare", "--live", "--allow-unpriced", "--variant", variant.ref, "--prompt", PROMPT]))


if __name__ == "__main__":
    _, named, base, seconds = sys.argv
    if named.startswith("takes:"):
        _takes(named.removeprefix("takes:"), base)
    else:
        THEIRS[named][1](base, float(seconds))
