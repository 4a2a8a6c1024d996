"""Reads the contract vectors: documented wire traffic that dialects and sandbox both answer to."""

from __future__ import annotations

import email
import email.policy
import json
from email.message import Message
from pathlib import Path
from typing import Any

import httpx
import pytest

FOLDER = Path(__file__).parent / "vectors"


def documented(slug: str) -> list[dict[str, Any]]:
    """Every documented exchange of one provider."""
    return json.loads((FOLDER / f"{slug}.json").read_text("utf-8"))["exchanges"]


def exchanges(*operations: str) -> list[Any]:
    """One pytest parameter (slug, exchange) for each documented exchange of these operations."""
    found = []
    for slug in sorted(path.stem for path in FOLDER.glob("*.json")):
        for exchange in documented(slug):
            if exchange["operation"] in operations:
                found.append(pytest.param(slug, exchange, id=f"{slug}: {exchange['name']}"))
    return found


PARTS = {"minimax": "task", "wavespeed": "data"}
"""Under which key a provider says how a job is, where that is not the reply itself."""


def state_in(slug: str, body: Any) -> Any:
    """The part of a reply that says how a job is: all of it, but for providers with an envelope around it."""
    part = body.get(PARTS.get(slug, "")) if isinstance(body, dict) else None
    return part if isinstance(part, dict) else body


def reply_of(exchange: dict[str, Any]) -> httpx.Response:
    """The documented reply as the transport would hand it over."""
    response = exchange["response"]
    text = response["text"] if "text" in response else json.dumps(response["json"], ensure_ascii=False)
    return httpx.Response(response["status"], headers=response.get("headers", {}), content=text.encode())


FILE = "{file}"
"""What stands for the bytes of a file in a form."""


def body_in(request: httpx.Request) -> dict[str, Any] | None:
    """A request's JSON, or the parts of its form by name, with ``FILE`` for each that is one; None without a body."""
    content = request.read()
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return json.loads(content) if content else None
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    whole = email.message_from_bytes(head + content, policy=email.policy.HTTP)
    return {str(part.get_param("name", header="content-disposition")): _in_part(part) for part in whole.iter_parts()}


def _in_part(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return FILE if part.get_filename() else payload.decode()
