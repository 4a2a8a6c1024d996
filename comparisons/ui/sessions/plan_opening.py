"""Fills the Sessions tab's form from a plan, in a file or of a session: the inverse of ``PlanForm.written``.

Files that a plan names are neither read nor looked for, since whoever opens the plan may be a stranger.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.events import Dependency
from gradio.processing_utils import save_file_to_cache

from comparisons.playground import Playground
from comparisons.records import Session
from comparisons.sessions import Asked, SessionPlan, field_of, plan_toml
from comparisons.ui.compare import like
from comparisons.ui.door.door import Door
from comparisons.ui.events import QUIET
from comparisons.ui.fields import named
from comparisons.ui.note import said
from comparisons.ui.option_fields import by_name, has_place, lines_of, texts_of
from comparisons.ui.picker.picked import Picked
from comparisons.ui.sessions.page import shown
from comparisons.ui.sessions.plan_form import (
    CLOSED,
    CONCURRENCY,
    MOST_BYTES,
    NAME_MAX,
    NUMBER_MAX,
    OPEN,
    RATE,
    PlanForm,
)
from comparisons.ui.wording import cut, groups
from providers import InvalidRequest, Option, TakesError, Value, Variant

MOST_WHOLE = 2**53
"""Above it a browser cannot represent every whole number."""
SHOW = "() => requestAnimationFrame(() => document.querySelector('#plan-opened')?.scrollIntoView({block: 'center'}))"


class PlanField(gr.UploadButton):
    """A button that hands on the uploaded file as it is, with any name.

    Gradio would show a pop-up for a file type that it was not told of, and leave an empty file behind for each upload.
    """

    is_template = True  # shown by the parent's own front end

    def preprocess(self, payload: Any) -> str | None:
        return payload.path if payload is not None else None


def read(file: Path) -> SessionPlan:
    """The plan in an uploaded file. Files that it names are not read.

    Raises:
        InvalidRequest: the file is a zip or too large.
        PlanError: it is not a valid plan.
    """
    with file.open("rb") as sent:
        start = sent.read(MOST_BYTES + 1)
    name = cut(file.name, 100)
    if start.startswith(b"PK\x03\x04"):
        raise InvalidRequest(f"{name} is a zip, as Save plan gives it: unpack it, and open the plan.toml in it.")
    if len(start) > MOST_BYTES:
        raise InvalidRequest(f"{name} is larger than {MOST_BYTES // 1000} kB, the most that this form opens.")
    return plan_toml.read_alone(file)


def unshown(what: Sequence[str]) -> InvalidRequest:
    """The error for parts of a plan that the form cannot show; ``what`` names them and is not empty."""
    named = " and ".join(filter(None, (", ".join(what[:-1]), what[-1])))
    return InvalidRequest(f"This form cannot show {named}; the plan runs as it is from the command line.")


# filling --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Offered:
    """What the form offers: variants, models and providers as a plan names them, and the options that have a field."""

    variants: frozenset[str]
    options: Mapping[str, Sequence[Option]]

    @classmethod
    def of(cls, variants: Sequence[Variant]) -> Offered:
        return cls(frozenset({*groups(variants), *(each.ref for each in variants)}), by_name(variants))


def form_of(plan: SessionPlan, known: Offered, image: str | None = None) -> PlanForm:
    """The form whose plan equals this one, once its image is chosen.

    What a plan does not say is filled in so that nothing is spent: sandbox, and no variants of unknown price.

    Args:
        known: what the form offers.
        image: the path of a copy of the first frame of all prompts, if there is one.

    Raises:
        InvalidRequest: one sentence that names everything the form cannot show.
    """
    if out := _beyond(plan, known):
        raise unshown(out)
    asked, is_open = plan.requests[0], plan.rate_per_minute is not None
    return PlanForm(
        name=plan.name,
        prompts="\n".join(each.prompt for each in plan.requests),
        image=image,
        nearest=plan.nearest,
        picked=Picked(list(plan.variants)),
        repeats=plan.repeats,
        mode="Sandbox",
        allow_unpriced=False,
        arrival=OPEN if is_open else CLOSED,
        concurrency=CONCURRENCY if plan.concurrency is None else plan.concurrency,
        rate=RATE if plan.rate_per_minute is None else plan.rate_per_minute,
        warm_up=plan.warm_up,
        seed=plan.order_seed,
        **_limits(plan),
        options=asked.options,
        keys={},
    )


def _limits(plan: SessionPlan) -> dict[str, str]:
    """The numbers that may be left out, as texts."""
    within, most = plan.within_percent, plan.most_repeats
    return {
        "budget": "" if plan.budget_usd is None else f"{plan.budget_usd:f}",
        "within": "" if within is None else str(int(within) if within == int(within) else within),
        "most": "" if most is None else str(most),
    }


def _beyond(plan: SessionPlan, known: Offered) -> list[str]:
    """The parts of a plan that the form cannot show, in words."""
    return [*_of_requests(plan.requests, known), *_of_variants(plan.variants, known.variants), *_of_fields(plan)]


def _of_requests(requests: Sequence[Asked], known: Offered) -> list[str]:
    names = sorted({name for each in requests for name in each.options})
    differing: dict[str, Collection[object]] = {
        "images": {each.image for each in requests},
        **{f"values of {field_of(name)}": {each.options.get(name) for each in requests} for name in names},
    }
    out = [f"{what} that differ from prompt to prompt" for what, values in differing.items() if len(values) > 1]
    out += ["a last frame"] if any(each.last_image for each in requests) else []
    out += ["reference images"] if any(each.references for each in requests) else []
    out += [_not_offered(name, value) for name, value in requests[0].options.items() if not _fits(name, value, known)]
    prompts = [each.prompt for each in requests]
    out += ["a prompt of several lines"] if any(map(_is_long, prompts)) else []
    out += ["a prompt with blanks around it"] if any(each != each.strip() for each in prompts) else []
    return out


def _not_offered(name: str, value: Value) -> str:
    return cut(f"{field_of(name)} = {value}", 80)


def _fits(name: str, value: Value, known: Offered) -> bool:
    """Whether a field of the form has a place for this value."""
    return has_place(name, value, known.options)


def _is_long(text: str) -> bool:
    """Whether a text has several lines, which the page's fields would change."""
    return "\n" in text or "\r" in text


def _of_variants(variants: Sequence[str], known: Collection[str]) -> list[str]:
    unknown = [cut(each, 80) for each in variants if each not in known]
    more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
    return [f"variants that are not offered here ({', '.join(unknown[:3])}{more})"] if unknown else []


def _of_fields(plan: SessionPlan) -> list[str]:
    out = ["a name of several lines"] if _is_long(plan.name) else []
    out += [f"a name of more than {NAME_MAX} characters"] if len(plan.name) > NAME_MAX else []
    out += [f"an order_seed above {MOST_WHOLE}"] if plan.order_seed > MOST_WHOLE else []
    out += ["a budget of that many digits"] if len(_limits(plan)["budget"]) > NUMBER_MAX else []
    return out


def _value(field: Any) -> Any:
    """The value of a form's field as its component expects it."""
    return {"chosen": field.refs} if isinstance(field, Picked) else field


# the tab --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opening:
    """The handlers that fill the form from a file (``open_plan``) and from a session's plan (``use_plan``).

    Attributes:
        fields: the components of ``PlanFields.all`` without the key fields.
        opened: the note beside the button that opens a file.
        view: the component of the sessions, which shows what is wrong with ``use_plan``.
    """

    playground: Playground
    door: Door
    fields: Sequence[Any]
    opened: gr.HTML
    view: gr.HTML

    def connect(self, file: PlanField) -> list[Dependency]:
        """Connects both; returns their events, after which the form has changed."""
        opened = file.upload(self.open_plan, file, [*self.fields, self.opened], **QUIET)
        used = self.view.again(self.use_plan, None, [*self.fields, self.opened, self.view], **QUIET)
        used.success(None, js=SHOW, **QUIET)
        return [opened, used]

    def open_plan(self, request: gr.Request, file: str | None) -> dict[Any, Any]:
        """Fills the form from a file, or says why not."""
        try:
            self.door.person(request)
            if file is None:
                raise InvalidRequest("Choose a file with a plan.")
            plan = read(Path(file))
            return self._filled(plan, f"Filled in from {cut(Path(file).name, 100)}", None, "not in this file")
        except TakesError as error:
            return {self.opened: said(str(error))}

    def use_plan(self, event: gr.EventData, request: gr.Request) -> dict[Any, Any]:
        """Fills the form from the plan of a session of this person, or says why not."""
        try:
            session = self.door.sessions.find(named(event, "session"), self.door.person(request))
            image = self._image(session)
            told = f"Filled in from the plan of {cut(session.name, 100)}"
            filled = self._filled(plan_toml.parse(session.plan, None), told, image, "not in the data folder")
        except TakesError as error:
            return {self.view: shown(str(error)), self.opened: said("")}
        return {**filled, self.view: shown("")}

    def _filled(self, plan: SessionPlan, told: str, image: str | None, missing: str) -> dict[Any, Any]:
        asked = plan.requests[0].image
        known = Offered.of(self.playground.variants)
        form = form_of(plan, known, image if asked else None)
        ask = f" Its first frame, {cut(asked, 100)}, is {missing}: choose it above." if asked and not image else ""
        names = [each.name for each in fields(form) if each.name not in ("options", "keys")]
        options = [*texts_of(form.options, known.options), lines_of(form.options)]
        values = [*(_value(getattr(form, name)) for name in names), *options]
        words = f"{told}, for the sandbox.{ask} Nothing has started."
        return {**dict(zip(self.fields, values, strict=True)), self.opened: said(words)}

    def _image(self, session: Session) -> str | None:
        """The path of a copy of the session's first frame; a copy, since Gradio may not read the data folder."""
        names = [name for placed in session.runs for name in like.images_of(placed.run).get("first_frame", ())]
        path = next((self.playground.media.input_path(name) for name in names), None)
        return save_file_to_cache(path, self.opened.GRADIO_CACHE) if path and path.is_file() else None
