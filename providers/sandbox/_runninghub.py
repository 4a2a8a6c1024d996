"""RunningHub's video endpoints: the rules that a body must pass, and what a job costs.

The rules are data, ``rules/runninghub.json``; its ``about`` names their sources. Of fields that the registry does not
know, the vendor's documents say nothing: they are passed over, as is a null where a field may be left out. What an
endpoint's registry knows no limit of is not limited here either.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from providers.sandbox import _wire as wire

RULES = Path(__file__).parent / "rules" / "runninghub.json"
# No document states the size of what an endpoint makes that names no resolution: simulated.
USUAL_RESOLUTION = "720p"
# Nor how long its clip is, where it takes no duration: Hailuo's shortest.
USUAL_SECONDS = 6
IMAGE_FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "bmp": "BMP", "gif": "GIF"}
"""Pillow's names of the registry's formats."""

Given = bool | int | float | str


class BusinessError(Exception):
    """A business error, said inside HTTP 200."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Param:
    """One field of an endpoint. ``role`` is what the clip shows of it; bounds are None where none is stated."""

    name: str
    type: Literal["STRING", "LIST", "BOOLEAN", "INT", "FLOAT", "IMAGE"]
    role: str = ""
    required: bool = False
    default: Given | None = None
    enum: tuple[str, ...] = ()
    min: float | None = None
    max: float | None = None
    max_length: int | None = None
    max_mb: int | None = None
    formats: tuple[str, ...] = ("jpg", "png")
    max_items: int | None = None

    def checked(self, value: object) -> Given | None:
        """The value as it was given; None where it was not, and need not be.

        Raises:
            BusinessError: it is missing or cannot be.
        """
        if value is None and not self.required:
            return None
        if self.type == "STRING":
            return self._text(value)
        if self.type == "LIST":
            if isinstance(value, str) and value in self.enum:
                return value
            raise self._invalid(f"must be one of {', '.join(json.dumps(each) for each in self.enum)}")
        if self.type == "BOOLEAN":
            if isinstance(value, bool):
                return value
            raise self._invalid("must be true or false")
        return self._number(value)

    def _text(self, value: object) -> str:
        if not isinstance(value, str) or (self.required and not value):
            raise self._invalid("is required")
        if self.max_length is not None and len(value) > self.max_length:
            raise BusinessError("1007", f"parameter rejected: {self.name} is longer than {self.max_length}")
        return value

    def _number(self, value: object) -> int | float:
        kinds = (int,) if self.type == "INT" else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise self._invalid("must be a whole number" if self.type == "INT" else "must be a number")
        if (self.min is not None and value < self.min) or (self.max is not None and value > self.max):
            raise self._invalid(f"must be from {self.min} to {self.max}")
        return value

    def links(self, value: object) -> tuple[str, ...]:
        """The URLs of an image field, empty where none was given and none need be.

        Raises:
            BusinessError: they are missing, too many, or no texts.
        """
        given = value if self.max_items is not None and isinstance(value, list) else [value]
        if value is None or value in ("", []):
            given = []
        wrong = self.max_items is not None and not isinstance(value, list | None)
        if wrong or (self.required and not given) or not all(isinstance(each, str) and each for each in given):
            raise self._invalid("is required" if not wrong else "must be a list")
        if self.max_items is not None and len(given) > self.max_items:
            raise self._invalid(f"takes at most {self.max_items}")
        return tuple(given)

    def _invalid(self, what: str) -> BusinessError:
        return BusinessError("301", f"PARAMS_INVALID: {self.name} {what}")


@dataclass(frozen=True)
class Tariff:
    """What a clip costs in CNY, or each second of it: by the values of the fields ``by``, in their order.

    Where the list states lowest prices only, those are taken; that is simulated.
    """

    per: Literal["clip", "second"]
    amounts: Mapping[tuple[str, ...], Decimal]
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class RegistryModel:
    """One endpoint of the registry. ``resolution`` is what its page or name says where it takes none."""

    endpoint: str
    params: tuple[Param, ...]
    tariff: Tariff | None = None
    resolution: str | None = None

    @property
    def images(self) -> tuple[Param, ...]:
        return tuple(param for param in self.params if param.type == "IMAGE")

    def checked(self, body: Mapping[str, object]) -> CheckedBody:
        """What is asked for by a body that passes the rules, its images aside.

        Raises:
            BusinessError: it does not pass.
        """
        plain = [param for param in self.params if param.type != "IMAGE"]
        given = {param.name: param.checked(body.get(param.name)) for param in plain}
        values = {param.name: param.default if given[param.name] is None else given[param.name] for param in plain}
        roles = {param.role: values[param.name] for param in plain if param.role}
        return CheckedBody(self, {name: value for name, value in values.items() if value is not None}, roles)


@dataclass(frozen=True)
class CheckedBody:
    """A body that passed the rules: what is in its fields, or stands for them where they were left out."""

    model: RegistryModel
    values: Mapping[str, Given]
    roles: Mapping[str, Given | None]

    @property
    def prompt(self) -> str:
        return str(self.roles.get("prompt") or "")

    @property
    def seconds(self) -> int:
        return int(self.roles.get("duration") or USUAL_SECONDS)

    @property
    def resolution(self) -> str:
        asked = str(self.roles.get("resolution") or "")
        return self.model.resolution or USUAL_RESOLUTION if not asked or self.size else asked.lower()

    @property
    def size(self) -> tuple[int, int] | None:
        """The exact size that is asked for, in pixels: ``1280*720`` at Wan, ``1280x720`` at Sora."""
        width, _, height = str(self.roles.get("resolution") or "").replace("x", "*").partition("*")
        return (int(width), int(height)) if height else None

    @property
    def price(self) -> Decimal | None:
        """What the job costs in CNY; None where the list has no price.

        Raises:
            BusinessError: the list prices the endpoint, and not what is asked. That this is refused is simulated.
        """
        tariff = self.model.tariff
        if tariff is None:
            return None
        words = tuple(_word(self.values[name]) for name in tariff.by)
        if words not in tariff.amounts:
            raise BusinessError("1007", f"parameter rejected: no {' with '.join(words)}")
        return tariff.amounts[words] * (self.seconds if tariff.per == "second" else 1)

    def look(self, first: bytes | None, last: bytes | None) -> wire.Look:
        """What the clip is to look and sound like. An aspect such as ``adaptive`` follows the image."""
        aspect = str(self.roles.get("aspect_ratio") or "")
        sound = _word(self.roles.get("audio") or False) == "true"
        return wire.Look(first, last, aspect if ":" in aspect else None, self.size, sound=sound)


def _word(value: Given) -> str:
    """A value as the price list writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@functools.cache
def models() -> Mapping[str, RegistryModel]:
    """Every endpoint by its path."""
    endpoints = json.loads(RULES.read_text("utf-8"))["endpoints"]
    return {endpoint: _model(endpoint, rules) for endpoint, rules in endpoints.items()}


def _model(endpoint: str, rules: Mapping[str, Any]) -> RegistryModel:
    params = tuple(_param(name, said) for name, said in rules["params"].items())
    price = rules.get("price")
    return RegistryModel(endpoint, params, None if price is None else _tariff(price), rules.get("resolution"))


def _param(name: str, said: Mapping[str, Any]) -> Param:
    found: dict[str, Any] = {each: tuple(value) if isinstance(value, list) else value for each, value in said.items()}
    return Param(name, **found)


def _tariff(price: Mapping[str, Any]) -> Tariff:
    rows = price.get("rules") or [[price["amount"]]]
    return Tariff(price["per"], {tuple(row[:-1]): Decimal(row[-1]) for row in rows}, tuple(price.get("by", ())))
