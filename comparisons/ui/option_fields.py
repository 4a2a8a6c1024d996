"""The fields of a form for what may be set: one for each option that some variant has, made in one loop.

A field holds text, as it is shown; ``read`` makes values of it and ``texts`` the text of values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import gradio as gr

from comparisons.runs import size_of
from comparisons.ui.fields import ANY, MISFIT
from providers import LABELS, InvalidRequest, Option, Value, Variant, said

FEW = 5
"""Choices that are shown beside each other; more are in a list that opens."""
TEXT_MAX = 2_500
"""Characters of an option that is a text."""
ON, OFF = "On", "Off"
WHOLE = re.compile(r"-?[0-9]{1,19}")
NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


class OptionFields:
    """Builds the fields. Those of words that all variants share come first, those of single variants later.

    Args:
        prefix: what the elements' ids begin with.
        first: what a field says when the page opens, by option; else ``ANY``.
    """

    def __init__(self, variants: Sequence[Variant], prefix: str, first: Mapping[str, Value]) -> None:
        self._options = by_name(variants)
        self._prefix, self._first = prefix, first
        self._fields: dict[str, gr.Radio | gr.Dropdown | gr.Textbox] = {}

    def common(self) -> None:
        """Builds the fields of the common words inside the current Blocks."""
        self._add(name for name in self._options if name in LABELS)

    def own(self) -> None:
        """Builds the others inside the current Blocks."""
        self._add(name for name in self._options if name not in LABELS)

    @property
    def has_own(self) -> bool:
        """Whether some variant has options under words of its own."""
        return any(name not in LABELS for name in self._options)

    def _add(self, names: Iterable[str]) -> None:
        for name in names:
            self._fields[name] = self._field(name)

    def _field(self, name: str) -> gr.Radio | gr.Dropdown | gr.Textbox:
        like, elem_id = self._options[name][0], f"{self._prefix}{name.replace('_', '-')}"
        choices = labels(name, self._options[name])
        if not choices:
            return gr.Textbox(
                "", label=like.shown, placeholder=ANY, max_lines=3, max_length=TEXT_MAX, elem_id=elem_id, min_width=160
            )
        first = shown(self._first[name]) if name in self._first else ANY
        kind = gr.Radio if len(choices) <= FEW else gr.Dropdown
        return kind([*choices, ANY], value=first, label=like.shown, elem_id=elem_id, min_width=160)

    @property
    def known(self) -> dict[str, list[Option]]:
        """The options that have a field, in the order of ``components``."""
        return {name: self._options[name] for name in self._fields}

    @property
    def components(self) -> list[Any]:
        return list(self._fields.values())


def by_name(variants: Sequence[Variant]) -> dict[str, list[Option]]:
    """What may be set, by name: the options of that name of all variants, those that nobody can change included.

    The common words come first, in their usual order; one that is fixed wherever it is known is none.
    """
    found: dict[str, list[Option]] = {}
    for variant in variants:
        for name, option in variant.options.items():
            found.setdefault(name, []).append(option)
    settable = {name: of for name, of in found.items() if not all(option.fixed for option in of)}
    return {name: settable[name] for name in [*(each for each in LABELS if each in settable), *sorted(settable)]}


def labels(name: str, options: Sequence[Option]) -> dict[str, Value]:
    """What may be chosen, as it is shown, with its value; nothing where the field is a text or a number to type."""
    if all(option.kind == "switch" for option in options):
        return {ON: True, OFF: False}
    values: dict[str, Value] = {}
    for option in options:
        if option.kind not in ("choice", "integer") or (option.kind == "integer" and name != "duration"):
            return {}
        for value in option.choices or _between(option):
            values[_label(name, value)] = value
    return dict(sorted(values.items(), key=lambda pair: (size_of(pair[1]) is None, size_of(pair[1]) or 0, pair[0])))


def _between(option: Option) -> list[Value]:
    low, high = option.low, option.high
    return [] if low is None or high is None else list(range(int(low), int(high) + 1))


def _label(name: str, value: Value) -> str:
    return said(name, value) if name == "duration" else shown(value)


def shown(value: Value) -> str:
    """A value as a field shows it."""
    return (ON if value else OFF) if isinstance(value, bool) else str(value)


def read(name: str, text: object, options: Sequence[Option]) -> Value | None:
    """The value that a field says; None where it leaves the option to each variant.

    Raises:
        InvalidRequest: it cannot say this.
    """
    if not isinstance(text, str | None):
        raise InvalidRequest(MISFIT)
    word = (text or "").strip()
    if word in ("", ANY):
        return None
    choices = labels(name, options)
    if choices:
        if word not in choices:
            raise InvalidRequest(MISFIT)
        return choices[word]
    if any(option.kind == "text" for option in options):
        return word[:TEXT_MAX]
    number = WHOLE if all(option.kind == "integer" for option in options) else NUMBER
    if not number.fullmatch(word):
        raise InvalidRequest(f"{options[0].shown} is a number, not “{word[:40]}”.")
    return int(word) if WHOLE.fullmatch(word) else float(word)


def text_of(name: str, value: Value | None, options: Sequence[Option]) -> str | None:
    """What the field says for a value; None where it has no place for it."""
    choices = labels(name, options)
    if value is None:
        return ANY if choices else ""
    if not choices:
        return str(value)
    return next((text for text, each in choices.items() if each == value and type(each) is type(value)), None)
