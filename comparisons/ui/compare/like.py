"""Fills the Compare tab's form with what a run asked (*Use again*), so that it can be changed and run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from comparisons.playground import Playground
from comparisons.records import Person, Plan, Run
from comparisons.runs import MAX_REPEATS
from comparisons.ui.compare.form import Form
from comparisons.ui.option_fields import has_place
from comparisons.ui.picker.own_options import typed_of
from providers import INPUTS, LABELS, InvalidRequest, Option, Value, Variant, said


def fill(
    playground: Playground,
    run_id: str,
    form: Form,
    who: Person,
    copy: Callable[[Path], str],
    options: Mapping[str, Sequence[Option]],
) -> tuple[Form, str]:
    """The form as it was for a run, and sentences about what could not be filled in. Starts nothing.

    Args:
        copy: copies an image of the data folder to where the form may read it, and gives that path.
        options: the options that the fields may ask for.

    Raises:
        InvalidRequest: there is no such run, or it is somebody else's.
    """
    run = playground.run(run_id, who)
    if run is None or not run.jobs:
        raise InvalidRequest("There is no such run in this data folder.")
    again, notes = _asked_again(form, run, who, playground)
    again, unknown = _with_options(again, [job.plan for job in run.jobs], options, playground.variants)
    given = images_of(run)
    paths = {name: playground.media.input_path(name) for files in given.values() for name in files}
    found = {name: copy(path) for name, path in paths.items() if path.is_file()}
    if len(found) < len(paths):
        notes.append("Its image is not in the data folder any more.")
    first, last, references = ([found[f] for f in given.get(name, ()) if f in found] for name in INPUTS)
    again = replace(again, image=next(iter(first), None), last_image=next(iter(last), None), references=references)
    return again, " ".join([*unknown, *notes])


def images_of(run: Run) -> dict[str, tuple[str, ...]]:
    """The names of a run's images by kind, from any job that was sent images of that kind."""
    given = [job.plan.images for job in run.jobs]
    return {name: next(images[name] for images in given if name in images) for images in given for name in images}


def _asked_again(form: Form, run: Run, who: Person, playground: Playground) -> tuple[Form, list[str]]:
    plans, notes = [job.plan for job in run.jobs], []
    simulated = not plans[0].live
    if not simulated and not _has_keys(playground, who):
        simulated = True
        notes.append("It was live; without a key, the sandbox is ticked.")
    chosen = list(dict.fromkeys(plan.variant for plan in plans))
    known = {variant.ref for variant in playground.offers.callable_variants(simulated, who)}
    if gone := [ref for ref in chosen if ref not in known]:
        notes.append(f"Not offered here now: {', '.join(gone)}.")
    again = replace(
        form,
        prompt=run.prompt,
        repeats=min(MAX_REPEATS, *Counter(plan.variant for plan in plans).values()),
        mode="Sandbox" if simulated else "Live",
        chosen=[ref for ref in chosen if ref in known],
    )
    return again, notes


def _with_options(
    form: Form, plans: Sequence[Plan], options: Mapping[str, Sequence[Option]], variants: Sequence[Variant]
) -> tuple[Form, list[str]]:
    """The form with the options that a run asked for, and sentences about those that the form does not offer."""
    asked: dict[str, Value] = {}
    for plan in plans:
        asked |= {} if plan.asked is None else plan.asked.options
    own = {plan.variant: of for plan in plans if (of := typed_of(plan, variants))}
    shown = {name: value for name, value in asked.items() if name in LABELS and has_place(name, value, options)}
    placed = shown.keys() | {name for of in own.values() for name in of}
    lost = [said(name, value) for name, value in asked.items() if name not in placed]
    notes = [f"It asked for {' and '.join(lost)}, which this form does not offer."] if lost else []
    return replace(form, options=shown, own=own), notes


def _has_keys(playground: Playground, who: Person) -> bool:
    return bool(playground.offers.callable_variants(False, who))
