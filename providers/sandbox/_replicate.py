"""Replicate's video models: what their schemas object to in an input, what they make of it, and what that costs.

Sources, read 2026-12-01: ``rules/replicate.json``, which says of each part where it is from.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.sandbox import _wire as wire
from providers.sandbox._schema import objections

RULES = Path(__file__).parent / "rules" / "replicate.json"
FIRST = ("first_frame_image", "start_image", "image", "first_frame")
LAST = ("last_frame_image", "end_image", "last_frame")
REFERENCES = "reference_images"
SOUND = ("generate_audio", "generate_audio_switch")
FOLLOWING = ("adaptive", "auto")
"""The words for the shape of the image, or the model's own choice."""
# Simulated: what a model makes that is asked for nothing and whose default nobody knows, and what it then costs.
USUAL_LINES, USUAL_SECONDS, USUAL_USD_PER_SECOND = "720p", 5, Decimal("0.10")

Combination = Mapping[str, list[Any]]


@dataclass(frozen=True)
class HostedModel:
    """One model. ``needs``, ``any_of``, ``excludes`` and ``refuses`` say which fields go together."""

    name: str
    schema: Mapping[str, Any]
    defaults: Mapping[str, Any]
    prices: tuple[tuple[str, str, Mapping[str, Any]], ...] = ()
    lines_by: str = "resolution"
    lines: Mapping[str, str] = field(default_factory=dict)
    follows_image: bool = False
    needs: Mapping[str, list[str]] = field(default_factory=dict)
    any_of: tuple[str, ...] = ()
    excludes: tuple[tuple[str, list[str]], ...] = ()
    refuses: tuple[Combination, ...] = ()
    refuses_with_references: tuple[Combination, ...] = ()

    def value(self, asked: Mapping[str, object], name: str) -> Any:
        """What is asked for under a name, else what the model takes by itself."""
        return asked.get(name, self.defaults.get(name))

    def problems(self, asked: object) -> dict[str, str]:
        """What is wrong with an input, by field; empty if nothing is."""
        found = {path: said[0].words for path, said in objections(self.schema, asked).items()}
        if found or not isinstance(asked, dict):
            return found or {"": "Expected object"}
        return dict(self._together(asked))

    def _together(self, asked: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        given = {name for name, value in asked.items() if value not in ("", [])}
        for name, others in self.needs.items():
            if name in given and not given & set(others):
                yield name, f"{' or '.join(others)} is required"
        if self.any_of and not given & set(self.any_of):
            yield self.any_of[0], f"{' or '.join(self.any_of)} is required"
        for name, others in self.excludes:
            if name in given and given & set(others):
                yield name, f"cannot be used together with {' or '.join(others)}"
        rules = self.refuses + (self.refuses_with_references if REFERENCES in given else ())
        for rule in rules:
            if all(self.value(asked, name) in values for name, values in rule.items()):
                yield list(rule)[-1], "not available for " + ", ".join(f"{n} {self.value(asked, n)}" for n in rule)

    def usd(self, asked: Mapping[str, object]) -> Decimal:
        """What a prediction costs."""
        for amount, per, when in self.prices:
            if all(self.value(asked, name) == value for name, value in when.items()):
                return Decimal(amount) * (1 if per == "clip" else self.seconds(asked))
        return USUAL_USD_PER_SECOND * self.seconds(asked)

    def seconds(self, asked: Mapping[str, object]) -> int:
        """The length of its clip; -1 leaves it to the model."""
        seconds = self.value(asked, "duration")
        return seconds if isinstance(seconds, int) and seconds > 0 else USUAL_SECONDS

    def resolution(self, asked: Mapping[str, object]) -> str:
        said = str(self.value(asked, self.lines_by) or USUAL_LINES)
        return self.lines.get(said, said)

    def look(self, asked: Mapping[str, object], image_at: Callable[[str], bytes | None]) -> wire.Look:
        """What its clip is to look like. One of reference images is painted around the first of them."""
        first, last = (next((str(asked[name]) for name in names if asked.get(name)), None) for names in (FIRST, LAST))
        shape = self.value(asked, "aspect_ratio")
        follows = shape is None or shape in FOLLOWING or (self.follows_image and first is not None)
        references = asked.get(REFERENCES)
        if first is None and isinstance(references, list) and references:
            first = str(references[0])
        return wire.Look(
            image_at(first) if first else None,
            image_at(last) if last else None,
            aspect=None if follows else str(shape),
            sound=any(self.value(asked, name) is True for name in (*SOUND, "audio")),
        )

    @property
    def described(self) -> dict[str, object]:
        """The part of an OpenAPI document that is about its input."""
        properties = {
            name: said | ({"default": self.defaults[name]} if name in self.defaults else {})
            for name, said in self.schema["properties"].items()
        }
        return {**self.schema, "title": "Input", "properties": properties}

    def page(self, created_at: str, runs: int) -> dict[str, object]:
        """What the API tells of the model, with the schema of its input."""
        owner, _, name = self.name.partition("/")
        schema = {"openapi": "3.0.2", "components": {"schemas": {"Input": self.described}}}
        version = {"id": "hidden", "created_at": created_at, "cog_version": "", "openapi_schema": schema}
        about = {"url": f"https://replicate.com/{self.name}", "owner": owner, "name": name, "description": ""}
        more = {"visibility": "public", "run_count": runs, "latest_version": version}
        nothing = dict.fromkeys(("github_url", "paper_url", "license_url", "cover_image_url", "default_example"))
        return about | more | nothing


def images_in(asked: Mapping[str, object]) -> list[str]:
    """Where the images of an input are."""
    values = [asked[name] for name in (*FIRST, *LAST, REFERENCES) if asked.get(name)]
    return [str(url) for value in values for url in (value if isinstance(value, list) else [value])]


@functools.cache
def models() -> Mapping[str, HostedModel]:
    """Every model by its name, ``owner/name``."""
    known = json.loads(RULES.read_text("utf-8"))["models"]
    return {name: HostedModel(name, **{key: _frozen(said) for key, said in known[name].items()}) for name in known}


def _frozen(value: Any) -> Any:
    """A list, and those in it, as tuples."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
