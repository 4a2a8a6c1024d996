"""What a run asked, put back into the Compare tab's form, so that it can be changed and run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from comparisons.playground import Playground
from comparisons.records import Person, Plan, Run
from comparisons.ui.compare.form import Form
from comparisons.ui.fields import ANY, DURATIONS, RESOLUTIONS
from providers import InvalidRequest

REPEATS = 5


def fill(playground: Playground, run_id: str, form: Form, who: Person, copy: Callable[[Path], str]) -> tuple[Form, str]:
    """The form as it was for a run, and what to say above it. Starts nothing.

    Args:
        copy: puts an image of the data folder where the form may read it, and says where.

    Raises:
        InvalidRequest: there is no such run, or it is somebody else's.
    """
    run = playground.run(run_id, who)
    if run is None or not run.jobs:
        raise InvalidRequest("There is no such run in this data folder.")
    again, notes = _asked_again(form, run, who, playground)
    first, last = frames(run)
    paths = {name: playground.media.input_path(name) for name in (first, last) if name}
    found = {name: copy(path) for name, path in paths.items() if path.is_file()}
    if len(found) < len(paths):
        notes.append("Its image is not in the data folder any more.")
    image, last_image = (found.get(name) if name else None for name in (first, last))
    return replace(again, image=image, last_image=last_image), " ".join([_intro(run), *notes])


def frames(run: Run) -> tuple[str | None, str | None]:
    """The names of a run's first and last frame, by any job that could use one."""
    plans = [job.plan for job in run.jobs]
    first = next((plan.first_frame for plan in plans if plan.first_frame), None)
    return first, next((plan.last_frame for plan in plans if plan.last_frame), None)


def _asked_again(form: Form, run: Run, who: Person, playground: Playground) -> tuple[Form, list[str]]:
    plans, notes = [job.plan for job in run.jobs], []
    duration, resolution, optimizer = settings_of(plans[0])
    if duration not in DURATIONS or resolution not in RESOLUTIONS:
        notes.append(f"It asked for {duration} at {resolution}, which this form does not offer.")
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
        duration=duration if duration in DURATIONS else ANY,
        resolution=resolution if resolution in RESOLUTIONS else ANY,
        optimizer=optimizer,
        repeats=min(REPEATS, *Counter(plan.variant for plan in plans).values()),
        mode="Sandbox" if simulated else "Live",
        chosen=[ref for ref in chosen if ref in known],
    )
    return again, notes


def _has_keys(playground: Playground, who: Person) -> bool:
    return bool(playground.offers.callable_variants(False, who))


def settings_of(plan: Plan) -> tuple[str, str, bool]:
    """Duration, resolution and optimizer as the form calls them: what was asked, not what one variant was sent."""
    asked = plan.asked
    if asked is None:
        return ANY, ANY, plan.prompt_optimizer
    duration = ANY if asked.duration is None else f"{asked.duration} s"
    return duration, asked.resolution or ANY, asked.prompt_optimizer


def _intro(run: Run) -> str:
    at = datetime.fromtimestamp(run.at, UTC)
    return f"Filled in from the run of {at:%Y-%m-%d %H:%M} UTC. Nothing has started: change it, then press Run."
