"""A run as a command line, or as lines of Python, that the page offers to copy."""

from __future__ import annotations

import shlex

from comparisons.records import Run
from providers import Value

IMAGES = {"first_frame": "--image", "last_frame": "--last-image", "references": "--reference"}
"""The command line's options for the images of a request."""
PYTHON = """\
import os
from pathlib import Path

from comparisons import settings
from comparisons.media import images
from comparisons.playground import Playground
from comparisons.runs import Choice
from providers import Request

playground = Playground(settings.read(os.environ, Path(".env")))
request = Request({request})
choice = Choice(refs={refs}, nearest={nearest})
run = playground.start(request, choice, simulated={simulated}, repeats={repeats})
playground.wait()
print(playground.frame(playground.run(run.id)).T.to_string())
playground.close()
"""


def command_line(run: Run) -> str:
    """The command that asks for the same again, without options that were set for single variants.

    Images get made-up file names: the person has to put the files there.
    """
    plan = run.fullest
    words = ["python", "-m", "comparisons", "compare", "--prompt", run.prompt]
    for kind, names in plan.images.items():
        words += [word for number, _ in enumerate(names, 1) for word in (IMAGES[kind], _file(kind, number, len(names)))]
    words += [word for ref in _refs(run) for word in ("--variant", ref)]
    words += [word for name, value in run.asked_of_all.items() for word in ("--set", f"{name}={_text(value)}")]
    words += ["--repeats", str(_repeats(run))] if _repeats(run) > 1 else []
    words += [] if _nearest(run) else ["--no-nearest"]
    return shlex.join([*words, "--sandbox" if run.simulated else "--live"])


def python(run: Run) -> str:
    """Lines of Python that ask for the same again; as ``command_line``."""
    plan = run.fullest
    given = [repr(run.prompt)]
    for kind in ("first_frame", "last_frame"):
        given += [f"{kind}=images.load({_file(kind, 1, 1)!r})"] if plan.images.get(kind) else []
    names = plan.images.get("references", ())
    loaded = [f"images.load({_file('references', number, len(names))!r})" for number, _ in enumerate(names, 1)]
    given += [f"references=({', '.join(loaded)},)"] if loaded else []
    given += [f"options={run.asked_of_all!r}"] if run.asked_of_all else []
    return PYTHON.format(
        request=", ".join(given),
        refs=repr(tuple(_refs(run))),
        nearest=_nearest(run),
        simulated=run.simulated,
        repeats=_repeats(run),
    )


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def _refs(run: Run) -> list[str]:
    return list(dict.fromkeys(job.plan.variant for job in run.jobs))


def _repeats(run: Run) -> int:
    """How many takes of each variant were asked for, without those that were added later."""
    return min(sum(job.plan.variant == ref for job in run.jobs) for ref in _refs(run))


def _nearest(run: Run) -> bool:
    """Whether any variant was sent something else than what was asked."""
    return any(job.plan.instead for job in run.jobs)


def _file(kind: str, number: int, count: int) -> str:
    """``first-frame.png``, ``references-2.png``."""
    name = kind.replace("_", "-")
    return f"{name}-{number}.png" if count > 1 else f"{name}.png"
