"""The fields of a form for options: one field for each common option, which is an option listed in ``LABELS``.

A field holds the text that is shown; ``read`` turns a text into a value, ``texts_of`` values into texts. Options that
only some models have are set in the picker beside the variant (``picker/own_options.py``), and in a plan's form as
lines of text.
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
"""Up to so many choices are shown as radio buttons; more are in a drop-down list."""
TEXT_MAX = 2_500
"""Characters of an option that is a text."""
ON, OFF = "On", "Off"
LINES = "lines"
"""The name of the text field with the options that only some models have; no option has this name."""
WHOLE = re.compile(r"-?[0-9]{1,19}")
NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")


class OptionFields:
    """Builds the fields: one for each common option that some variant has.

    Args:
        prefix: what the elements' ids begin with.
        first: the values that fields hold when the page opens, by option; others hold ``ANY``.
    """

    def __init__(self, variants: Sequence[Variant], prefix: str, first: Mapping[str, Value]) -> None:
        self.known = by_name(variants)
        self._prefix, self._first = prefix, first
        self._fields: dict[str, gr.Radio | gr.Dropdown | gr.Textbox] = {}

    @property
    def components(self) -> list[Any]:
        """The fields built so far, in the order of ``common``; last the text field of ``build_lines``, if built."""
        return [self._fields[name] for name in [*common(self.known), LINES] if name in self._fields]

    def build(self, names: Collection[str] | None = None, elem_id: str | None = None) -> None:
        """Builds the fields of these options inside the current Blocks; all fields if ``names`` is None.

        ``elem_id`` is the id of their row.
        """
        with gr.Row(elem_id=elem_id):
            for name in common(self.known):
                if names is None or name in names:
                    self._fields[name] = self._field(name)

    def build_rest(self, built: Collection[str]) -> None:
        """Builds all fields except these."""
        self.build([name for name in common(self.known) if name not in built])

    def build_lines(self) -> None:
        """Builds a text field for the options that only some models have, inside the current Blocks."""
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
        choices, info = labels(name, self.known[name]), like.explained or None
        if not choices:
            return gr.Textbox(
                "", label=like.shown, info=info, placeholder=ANY, max_lines=3, max_length=TEXT_MAX, elem_id=elem_id,
                min_width=160,
            )  # fmt: skip
        first = shown(self._first[name]) if name in self._first else ANY
        kind = gr.Radio if len(choices) <= FEW else gr.Dropdown
        return kind([*choices, ANY], value=first, label=like.shown, info=info, elem_id=elem_id, min_width=160)


def common(known: Mapping[str, Sequence[Option]]) -> list[str]:
    """The names of the common options, which have a field of their own, in the fields' order."""
    return [name for name in known if name in LABELS]


def read_common(told: Sequence[Any], known: Mapping[str, Sequence[Option]]) -> dict[str, Value]:
    """The values that the fields of the common options hold, by name, without those left to each variant.

    Raises:
        InvalidRequest: a field holds something it cannot.
    """
    found = {name: read(name, text, known[name]) for name, text in zip(common(known), told, strict=True)}
    return {name: value for name, value in found.items() if value is not None}


def read_all(told: Sequence[Any], known: Mapping[str, Sequence[Option]]) -> dict[str, Value]:
    """The values of the common options' fields, and of the lines in the text field, which comes last in ``told``.

    Raises:
        InvalidRequest: a field holds something it cannot.
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
    """The texts of the common options' fields for these values; None for a value that its field cannot show."""
    return [text_of(name, options.get(name), known[name]) for name in common(known)]


def lines_of(options: Mapping[str, Value]) -> str:
    """The text of the field of ``build_lines`` for these values."""
    return "\n".join(f"{name} = {shown(value)}" for name, value in options.items() if name not in LABELS)


def has_place(name: str, value: Value, known: Mapping[str, Sequence[Option]]) -> bool:
    """Whether the fields can show this value."""
    if name not in known:
        return False
    if name in LABELS:
        return text_of(name, value, known[name]) is not None
    return any(option.read(shown(value)) == value for option in known[name])


def by_name(variants: Sequence[Variant]) -> dict[str, list[Option]]:
    """All variants' options by name, for every name that can be changed in at least one variant.

    The common options come first, in the order of ``LABELS``. Under a name, options that are fixed are included.
    """
    found: dict[str, list[Option]] = {}
    for variant in variants:
        for name, option in variant.options.items():
            found.setdefault(name, []).append(option)
    settable = {name: of for name, of in found.items() if not all(option.fixed for option in of)}
    return {name: settable[name] for name in [*(each for each in LABELS if each in settable), *sorted(settable)]}


def labels(name: str, options: Sequence[Option]) -> dict[str, Value]:
    """The choices of an option, each text with its value; empty where the field is for text or a number to type."""
    if all(_is_switch(option) for option in options):
        both: dict[str, Value] = {ON: True, OFF: False}
        return {text: value for text, value in both.items() if any(each.objection(value) is None for each in options)}
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
    """The value that a field holds; None where it leaves the option to each variant.

    Raises:
        InvalidRequest: the field cannot hold this.
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
    """The text of a field for a value; None where the field cannot show it."""
    choices = labels(name, options)
    if value is None:
        return ANY if choices else ""
    if not choices:
        return str(value)
    return next((text for text, each in choices.items() if each == value and type(each) is type(value)), None)
