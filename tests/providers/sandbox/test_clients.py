"""What the vendors' clients that cannot be run here send, word for word, and that they could go on with the answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from providers.sandbox import Phase
from tests.providers.sandbox.test_sandbox import CLIP, KEY, Bench, png

pytestmark = pytest.mark.anyio
HERE = Path(__file__).parents[2]
CLIENTS: list[dict[str, Any]] = json.loads((HERE / "clients.json").read_text("utf-8"))["clients"]
DATA_URI = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
KINDS = {"text": str, "number": int | float, "list": list, "object": dict}
ABSENT = object()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def at(value: Any, path: str) -> Any:
    """What is at a dotted path of keys and places; ABSENT if nothing is."""
    for part in path.split(".") if path else ():
        if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            return ABSENT
    return value


def will_do(value: Any, needed: Any) -> bool:
    """Whether a value is of a kind, or one of several values or kinds."""
    if needed == "absent":
        return value is ABSENT
    if isinstance(needed, list):
        return any(value == each or (each in KINDS and isinstance(value, KINDS[each])) for each in needed)
    return bool(value or value == 0) and not isinstance(value, bool) and isinstance(value, KINDS[needed])


def filled(value: Any, words: dict[str, str]) -> Any:
    text = json.dumps(value)
    for name, meant in words.items():
        text = text.replace(f"{{{name}}}", meant)
    return json.loads(text)


class Conversation:
    """One client at a sandbox whose clock the test moves; ``words`` is what it has been told so far."""

    def __init__(self, bench: Bench, slug: str) -> None:
        self.bench, self.slug = bench, slug
        self.words = {"key": KEY, "data_uri": DATA_URI}

    async def say(self, step: dict[str, Any]) -> None:
        if phase := step.get("when"):
            job = self.bench.world.find(self.slug, self.words["job"])
            assert job is not None
            await self.bench.reach(job, Phase(phase))
        reply = await self.sent(filled(step, self.words) | {"needs": step["needs"]})
        assert reply.status_code == step.get("status", 200), (step["do"], reply.text)
        said = reply.json()
        for path, needed in step["needs"].items():
            assert will_do(at(said, path), needed), (step["do"], path, needed, said)
        self.words |= {name: _kept(at(said, path)) for name, path in step.get("keep", {}).items()}

    async def sent(self, step: dict[str, Any]) -> httpx.Response:
        method, _, path = step["do"].partition(" ")
        files = {"file": ("frame.png", png(), step["multipart"])} if "multipart" in step else None
        headers, body = step.get("headers", {}), step.get("json")
        return await self.bench.client.request(method, f"/{self.slug}{path}", headers=headers, json=body, files=files)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)


def _kept(value: Any) -> str:
    """A text, or the first URL anywhere inside of what was said, as the clients look for it."""
    return value if isinstance(value, str) else next(text for text in _texts(value) if text.startswith("http"))


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client["name"])
async def test_a_client_can_go_on_with_every_answer_to_its_clip(tmp_path: Path, client: dict[str, Any]) -> None:
    for other in (False, True):  # in the usual form of each reply, and in the rarer one
        plan = '[[fault]]\nkind = "other_form"\ntimes = 9\n' if other else ""
        conversation = Conversation(Bench(tmp_path, plan), client["provider"])
        for step in client["steps"]:
            await conversation.say(step)
        assert (await conversation.bench.client.get(conversation.words["clip"])).content == CLIP
