"""The fields of a form for what may be asked of all variants: one for each common option, made in one loop.

A field holds text, as it is shown; ``read`` makes values of it and ``texts_of`` the text of values. What only single
models have is set beside them where they are picked (``picker/own_options.py``), and in a plan's form line by line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
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
LINES = "lines"
"""The name of the text with the options of single models; no option is called so."""
WHOLE = re.compile(r"-?[0-9]{1,19}")
NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


class OptionFields:
    """Builds the fields: one for each common word that some variant has.

    Args:
        prefix: what the elements' ids begin with.
        first: what a field says when the page opens, by option; else ``ANY``.
    """

    def __init__(self, variants: Sequence[Variant], prefix: str, first: Mapping[str, Value]) -> None:
        self.known = by_name(variants)
        self._prefix, self._first = prefix, first
        self._fields: dict[str, gr.Radio | gr.Dropdown | gr.Textbox] = {}

    @property
    def components(self) -> list[Any]:
        """The fields that are built, in the order of ``common``; last the lines of single models' options, if built."""
        return [self._fields[name] for name in [*common(self.known), LINES] if name in self._fields]

    def build(self, names: Collection[str] | None = None, elem_id: str | None = None) -> None:
        """Builds those of these names inside the current Blocks; all, if none are given. ``elem_id`` is their row's."""
        with gr.Row(elem_id=elem_id):
            for name in common(self.known):
                if names is None or name in names:
                    self._fields[name] = self._field(name)

    def build_rest(self, built: Collection[str]) -> None:
        """Builds all but those that are built elsewhere."""
        self.build([name for name in common(self.known) if name not in built])

    def build_lines(self) -> None:
        """Builds, inside the current Blocks, one text more for the options of single models."""
        own = [name for name in self.known if name not in LABELS]
        with gr.Accordion("Options of single models", open=False, visible=bool(own)):
            info = f"One a line. There are: {', '.join(own)}."
            placeholder = f"{own[0]} = {self.known[own[0]][0].offered}" if own else ""
            box = gr.Textbox(
                "", label="name = value", info=info, placeholder=placeholder, lines=3, max_length=TEXT_MAX,
                elem_id=f"{self._prefix}own-options",
            )  # fmt: skip
        self._fields[LINES] = box

    def _field(self, name: str) -> gr.Radio | gr.Dropdown | gr.Textbox:
        like, elem_id = self.known[name][0], f"{self._prefix}{name.replace('_', '-')}"
        choices = labels(name, self.known[name])
        if not choices:
            return gr.Textbox(
                "", label=like.shown, placeholder=ANY, max_lines=3, max_length=TEXT_MAX, elem_id=elem_id, min_width=160
            )
        first = shown(self._first[name]) if name in self._first else ANY
        kind = gr.Radio if len(choices) <= FEW else gr.Dropdown
        return kind([*choices, ANY], value=first, label=like.shown, elem_id=elem_id, min_width=160)


def common(known: Mapping[str, Sequence[Option]]) -> list[str]:
    """The options that have a field of their own, in the fields' order."""
    return [name for name in known if name in LABELS]


def read_common(told: Sequence[Any], known: Mapping[str, Sequence[Option]]) -> dict[str, Value]:
    """The options that the fields of the common words ask for, by name.

    Raises:
        InvalidRequest: a field cannot say this.
    """
    found = {name: read(name, text, known[name]) for name, text in zip(common(known), told, strict=True)}
    return {name: value for name, value in found.items() if value is not None}


def read_all(told: Sequence[Any], known: Mapping[str, Sequence[Option]]) -> dict[str, Value]:
    """The options that the fields ask for, and after them the lines of single models' options.

    Raises:
        InvalidRequest: a field cannot say this.
    """
    *texts, own = told
    if not isinstance(own, str | None):
        raise InvalidRequest(MISFIT)
    lines = [line for line in (own or "")[:TEXT_MAX].splitlines() if line.strip()]
    return {**read_common(texts, known), **dict(_line(line, known) for line in lines)}


def _line(line: str, known: Mapping[str, Sequence[Option]]) -> tuple[str, Value]:
    name, _, text = (part.strip() for part in line.partition("="))
    if name not in known or name in LABELS:
        raise InvalidRequest("Options of single models are written name = value, one a line, by their names above.")
    value = next((found for option in known[name] if (found := option.read(text)) is not None), None)
    if value is None:
        raise InvalidRequest(f"{name} is {known[name][0].offered}.")
    return name, value


def texts_of(options: Mapping[str, Value], known: Mapping[str, Sequence[Option]]) -> list[str | None]:
    """What the fields of the common words say where these options are asked for."""
    return [text_of(name, options.get(name), known[name]) for name in common(known)]


def lines_of(options: Mapping[str, Value]) -> str:
    """What the lines of single models' options say."""
    return "\n".join(f"{name} = {shown(value)}" for name, value in options.items() if name not in LABELS)


def has_place(name: str, value: Value, known: Mapping[str, Sequence[Option]]) -> bool:
    """Whether the fields can say this."""
    if name not in known:
        return False
    if name in LABELS:
        return text_of(name, value, known[name]) is not None
    return any(option.read(shown(value)) == value for option in known[name])


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
    if all(_is_switch(option) for option in options):
        return {ON: True, OFF: False}
    values: dict[str, Value] = {}
    for option in options:
        if option.kind not in ("choice", "integer") or (option.kind == "integer" and name != "duration"):
            return {}
        for value in option.choices or _between(option):
            values[_label(name, value)] = value
    return dict(sorted(values.items(), key=lambda pair: (size_of(pair[1]) is None, size_of(pair[1]) or 0, pair[0])))


def _is_switch(option: Option) -> bool:
    """Whether it is on or off, also where a variant leaves no choice of that: sound that is always there."""
    return option.kind == "switch" or (bool(option.choices) and all(isinstance(each, bool) for each in option.choices))


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
