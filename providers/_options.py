"""What a variant lets a person set, declared as data: its options, the images it takes and its prompt.

One loop each over these declarations makes a job's body, its check, the form, the command line's ``--set`` and the
columns of the tables; see ``_fitting`` and ``_body``.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Value = str | int | float | bool
"""A value of an option, in our own words: ``6``, ``"768p"``, ``True``."""
Need = Literal["no", "optional", "required"]
Kind = Literal["choice", "integer", "number", "switch", "text"]

INPUTS = ("first_frame", "last_frame", "references")
"""The images that a request may have, by the words used everywhere."""
LABELS = {
    "first_frame": "first frame",
    "last_frame": "last frame",
    "references": "reference images",
    "negative_prompt": "Negative prompt",
    "duration": "Duration",
    "resolution": "Resolution",
    "aspect_ratio": "Aspect ratio",
    "audio": "Audio",
    "seed": "Seed",
    "prompt_optimizer": "Prompt optimizer",
}
"""How the common words are shown."""
HELPS = {
    "negative_prompt": "What the clip should not show.",
    "audio": "A sound track, from the models that make one.",
    "seed": "A whole number: a model may make much the same clip from the same one.",
    "prompt_optimizer": "On, the provider may rewrite the prompt before the clip is made; off asks it not to.",
}
"""What common words mean that do not explain themselves."""
UNITS = {"duration": " s"}
ORDERED = ("duration", "resolution")
"""Options whose values have an order, so that one of them can be the nearest to what was asked."""
COMPARABLE = frozenset({"seed", "negative_prompt"})
"""Options that change neither the price nor the time of a clip."""


@dataclass(frozen=True)
class Option:
    """One thing a variant lets a person set.

    Args:
        name: our word, or the variant's own.
        field: where it goes in the body, with dots between levels; empty where it is no field of its own: the
            endpoint itself fixes it, or it is part of the variant's ``size``.
        choices: the values it may have, that first which is sent where nobody says what.
        low, high: the bounds of an integer or number, both allowed.
        most: characters of a text at most.
        default: what the provider does where the field is left out; None where no document says so.
        send: ``always`` also where nobody asked: a required field, one that the price depends on, or one whose default
            differs from host to host; ``asked`` only then.
        write: how a value is spelled on the wire: as itself where empty, else as text, ``{}``, ``{}s``, ``{:upper}``.
        spelled: values that are spelled by no rule, by their text: ``{"1080p": "native1080p"}``.
    """

    name: str
    kind: Kind
    field: str = ""
    choices: tuple[Value, ...] = ()
    low: float | None = None
    high: float | None = None
    most: int | None = None
    default: Value | None = None
    send: Literal["asked", "always"] = "asked"
    write: str = ""
    spelled: Mapping[str, Value] = dataclasses.field(default_factory=dict)
    label: str = ""
    help: str = ""

    @property
    def shown(self) -> str:
        """Its name for people."""
        return self.label or LABELS.get(self.name) or self.name.replace("_", " ").capitalize()

    @property
    def explained(self) -> str:
        """What it does, for people; empty where its name says it."""
        return self.help or HELPS.get(self.name, "")

    @property
    def usual(self) -> Value | None:
        """What is sent, or fixed, where nobody asks for anything else; None where nothing is sent."""
        if self.send == "asked" and self.field:
            return None
        if self.default is not None:
            return self.default
        return self.choices[0] if self.choices else None if self.low is None else _whole(self, self.low)

    @property
    def fixed(self) -> bool:
        """Whether it is a fact about the variant that nobody can change."""
        return not self.field and len(self.choices) == 1

    def objection(self, value: Value) -> str | None:
        """Why it cannot have this value, as part of a sentence; None if it can."""
        if self.kind == "switch":
            return None if isinstance(value, bool) else f"{self.shown.lower()} is on or off"
        if self.kind == "text":
            return self._no_such_text(value)
        if self.kind == "choice":
            return None if is_one_of(value, self.choices) else f"no {said(self.name, value)}: {self.offered} only"
        return self._no_such_number(value)

    def _no_such_text(self, value: Value) -> str | None:
        if not isinstance(value, str):
            return f"{self.shown.lower()} is a text"
        if self.most is not None and len(value) > self.most:
            return f"takes at most {self.most} characters of {self.shown.lower()}, this one has {len(value)}"
        return None

    def _no_such_number(self, value: Value) -> str | None:
        wanted = (int,) if self.kind == "integer" else (int, float)
        if isinstance(value, bool) or not isinstance(value, wanted):
            return f"{self.shown.lower()} is a {'whole ' if self.kind == 'integer' else ''}number"
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            return f"no {said(self.name, value)}: {self.offered} only"
        return None

    @property
    def offered(self) -> str:
        """What may be chosen, for people: ``6 or 10 s``, ``3 to 15 s``, ``on or off``."""
        unit = UNITS.get(self.name, "")
        if self.kind == "switch":
            return "on or off"
        if self.choices:
            return any_of([str(choice) for choice in self.choices]) + unit
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}{unit}"
        if self.low is not None or self.high is not None:
            return f"from {self.low:g}{unit}" if self.low is not None else f"up to {self.high:g}{unit}"
        return "any text" if self.kind == "text" else "any number"

    def read(self, text: str) -> Value | None:
        """A value out of its text: in its words where it has a choice, else by its kind; None where it can be none.

        It may be one that this option does not have, but another variant's of the same name: ``7`` seconds.
        """
        on = SWITCHES.get(text.lower())
        if self.kind == "switch" or (on is not None and is_one_of(on, self.choices)):
            return on
        chosen = next((each for each in self.choices if str(each).lower() == text.lower()), None)
        if chosen is not None:
            return chosen
        if self.kind == "text" or any(isinstance(each, str) for each in self.choices):
            return text or None
        return _number(text, whole=self.kind != "number" and all(isinstance(each, int) for each in self.choices))

    def spell(self, value: Value) -> Value:
        """The value as it is written in the body."""
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if text in self.spelled:
            return self.spelled[text]
        if not self.write:
            return value
        return text.upper() if self.write == "{:upper}" else self.write.format(text)


def _whole(option: Option, number: float) -> int | float:
    return int(number) if option.kind == "integer" else number


SWITCHES = {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}


def _number(text: str, *, whole: bool) -> int | float | None:
    if re.fullmatch(r"-?[0-9]{1,19}", text):
        return int(text)
    return float(text) if not whole and re.fullmatch(r"-?[0-9]{1,9}\.[0-9]{1,9}", text) else None


def is_one_of(value: Value, choices: tuple[Value, ...]) -> bool:
    """Whether it is among them; ``True`` is no 1."""
    return any(value == choice and isinstance(value, bool) == isinstance(choice, bool) for choice in choices)


def said(name: str, value: Value) -> str:
    """A value for people: ``6 s``, ``768p``, ``audio on``."""
    if isinstance(value, bool):
        return f"{LABELS.get(name, name.replace('_', ' ')).lower()} {'on' if value else 'off'}"
    if name in ("duration", "resolution", "aspect_ratio"):
        return f"{value}{UNITS.get(name, '') if not isinstance(value, str) else ''}"
    return f"{LABELS.get(name, name.replace('_', ' ')).lower()} {value}"


def any_of(words: list[str]) -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


@dataclass(frozen=True)
class ImageLimits:
    """What a variant accepts as an image; None where the vendor states no limit."""

    formats: tuple[str, ...] = ("jpeg", "png")
    max_bytes: int | None = None
    min_side: int | None = None
    min_aspect: float | None = None
    max_aspect: float | None = None


@dataclass(frozen=True)
class Input:
    """An image, or several, that a variant takes.

    ``array``: they are written as a list even where there is one; ``most``: how many there may be. With ``{}`` in it,
    ``field`` is one for each, by its number: ``image_url_1``, ``image_url_2``.
    """

    name: str
    field: str
    need: Need = "optional"
    array: bool = False
    most: int = 1
    limits: ImageLimits = ImageLimits()

    @property
    def shown(self) -> str:
        """Its name for people."""
        return LABELS[self.name]


@dataclass(frozen=True)
class Prompt:
    """The words a variant takes: in which field, whether they are needed, and how many characters at most.

    ``most`` is None where no document states a limit.
    """

    field: str = "prompt"
    need: Need = "required"
    most: int | None = 2000


@dataclass(frozen=True)
class Size:
    """A variant that takes an exact size in pixels instead of a resolution and an aspect ratio.

    ``sizes`` gives for a resolution and an aspect ratio what is written: ``{("720p", "16:9"): "1280*720"}``.
    """

    field: str
    sizes: Mapping[tuple[str, str], str]
