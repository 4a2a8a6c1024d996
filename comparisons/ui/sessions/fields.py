"""The fields of a plan's form, with the notes beside them that say what is wrong."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import gradio as gr

from comparisons.media import images
from comparisons.ui import component
from comparisons.ui.fields import NEAREST
from comparisons.ui.note import note
from comparisons.ui.option_fields import OptionFields
from comparisons.ui.sessions.foresee import one_of_each
from comparisons.ui.sessions.plan_form import CLOSED, CONCURRENCY, MOST_BYTES, NAME_MAX, NUMBER_MAX, OPEN, RATE
from comparisons.ui.sessions.wrong import FormPart
from providers import Request, Variant

PROMPTS = (
    "A paper boat drifts across a rain puddle at dusk. [Push in]",
    "Wind moves through tall grass, clouds race above. [Pan left]",
    "The camera holds still while the light fades to night. [Static shot]",
)


class PlanFields:
    """Builds the fields inside the current Blocks, in the three parts ``what``, ``who`` and ``how``.

    Attributes:
        keys: the fields in which keys are typed, which belong to another tab.
        notes: for each part of the form, the component that shows what is wrong with it.
    """

    def __init__(self, variants: Sequence[Variant], keys: Sequence[gr.Textbox]) -> None:
        self._variants = variants
        self.options = OptionFields(variants, "plan-", {"prompt_optimizer": False})
        self.keys = list(keys)
        self.notes: dict[FormPart, gr.HTML] = {}

    @functools.cached_property
    def first(self) -> list[str]:
        """The references of the variants that are ticked when the page opens."""
        return one_of_each(self._variants, Request(PROMPTS[0], images.placeholder()))

    def add_note(self, place: FormPart) -> None:
        """Builds the note of this part of the form."""
        self.notes[place] = note(f"plan-{place}-note")

    def what(self) -> None:
        """Builds the fields for name, prompts, first frame and options."""
        self.name = gr.Textbox(label="Name", value="first-look", max_lines=1, max_length=NAME_MAX, elem_id="plan-name")
        self.add_note(FormPart.NAME)
        self.prompts = gr.Textbox(
            label="Prompts, one a line",
            value="\n".join(PROMPTS),
            lines=5,
            max_lines=14,
            elem_id="plan-prompts",
            max_length=MOST_BYTES,
        )
        self.add_note(FormPart.PROMPTS)
        self.image = component.frame("First frame of every prompt", "plan-image", 200, filled=True)
        self.add_note(FormPart.IMAGE)
        self.options.build()
        self.options.build_lines()
        self.add_note(FormPart.OPTIONS)
        self.nearest = gr.Checkbox(True, label=NEAREST, elem_id="plan-nearest")

    def who(self) -> None:
        """Builds the picker of variants."""
        self.picker = component.picker("plan-picker", own=False)
        self.add_note(FormPart.VARIANTS)

    def how(self, repeats: int) -> None:
        """Builds the fields for repeats, mode, arrival of jobs and limits. ``repeats``: that field's first value."""
        with gr.Row():
            self.repeats = _number("Repeats", "plan-repeats", repeats)
            self.mode = gr.Radio(["Sandbox", "Live"], value="Sandbox", label="Mode", elem_id="plan-mode")
        self.allow_unpriced = gr.Checkbox(False, label="Run variants whose price is unknown", elem_id="plan-unpriced")
        with gr.Accordion("Arrival, warm-up, budget and stop rule", open=False, elem_id="plan-more"):
            with gr.Row():
                self.arrival = gr.Radio([CLOSED, OPEN], value=CLOSED, label="Jobs begin", elem_id="plan-arrival")
                self.concurrency = _number("Jobs at once", "plan-concurrency", CONCURRENCY)
                self.rate = _number("Jobs a minute", "plan-rate", RATE)
            with gr.Row():
                self.warm_up = _number("Warm-ups of every cell", "plan-warm-up", 0)
                self.seed = _number("Seed of the order", "plan-seed", 0)
                self.budget = _optional("Budget in US dollars", "plan-budget", "no limit")
            with gr.Row():
                self.within = _optional("Stop when every median is within … %", "plan-within", "fixed repeats")
                self.most = _optional("Most repeats", "plan-most", "with a stop rule")
        self.add_note(FormPart.HOW)

    @property
    def all(self) -> list[Any]:
        """All fields in the order of ``PlanForm``; the key fields come last."""
        return [
            self.name, self.prompts, self.image, self.nearest,
            self.picker, self.repeats, self.mode, self.allow_unpriced, self.arrival,
            self.concurrency, self.rate, self.warm_up, self.seed, self.budget, self.within, self.most,
            *self.options.components, *self.keys,
        ]  # fmt: skip


def _number(label: str, elem_id: str, value: float) -> gr.Number:
    """A field for a number. Its limits are checked with the plan, not here."""
    return gr.Number(value, label=label, elem_id=elem_id, min_width=120)


def _optional(label: str, elem_id: str, empty: str) -> gr.Textbox:
    """A field for a number that may be left out; ``empty`` is the placeholder that says what applies then."""
    return gr.Textbox(
        "", label=label, placeholder=empty, max_lines=1, max_length=NUMBER_MAX, elem_id=elem_id, min_width=120
    )
