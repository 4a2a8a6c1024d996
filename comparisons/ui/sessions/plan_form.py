"""What the Sessions tab's form says, as a plan: the same TOML that the command line runs. No gradio here."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from comparisons.playground import Playground
from comparisons.records import Person
from comparisons.runs import SANDBOX, compare
from comparisons.sessions import Asked, PlanQuote, SessionPlan, Written, plan_file, planning, remaining_s
from comparisons.ui.compare.form import ANY, typed_keys
from providers import PROVIDERS, InvalidRequest, Request, Variant, why_not

CLOSED, OPEN = "So many at once", "So many a minute"
"""How jobs begin: in a closed loop, or in an open one."""
CONCURRENCY, RATE = 8, 6
"""What stands in the fields of the two at first."""
NAME_MAX, NUMBER_MAX = 200, 40
"""Characters that fit the field of the name, and those of numbers that may be left out."""
MOST_BYTES = 100_000
"""Of a plan that is written or opened here. To find the line of a mistake takes seconds in ten times as much."""
LABELS = {
    "repeats": "Repeats",
    "warm_up": "Warm-ups",
    "concurrency": "Jobs at once",
    "rate_per_minute": "Jobs a minute",
    "order_seed": "Seed of the order",
    "budget_usd": "Budget",
    "within_percent": "Stop within",
    "most_repeats": "Most repeats",
    "name": "Name",
}
"""What the plan's fields are called on the page."""
PLACES = {"name": "name", "requests": "prompts", "prompt": "prompts", "image": "image", "variants": "variants"}
"""Beside which field of the page a sentence about a field of the plan stands; all others are about how it runs."""
MOST_LEFT_OUT = 30
"""Of those who cannot take part, how many are told one by one."""
AT_LINE = re.compile(r"plan\.toml, line (\d+): (.+)", re.DOTALL)


class Wrong(InvalidRequest):
    """One sentence about the form, and the field beside which it stands."""

    def __init__(self, place: str, sentence: str) -> None:
        super().__init__(sentence)
        self.place = place


@dataclass(frozen=True)
class PlanForm:
    """The fields as one submission has them, in the tab's order.

    Numbers that may be left out are texts, since gradio makes an empty number 0 when its accordion opens.
    """

    name: str
    prompts: str
    image: str | None
    duration: str
    resolution: str
    optimizer: bool
    nearest: bool
    models: list[str]
    gateways: list[str]
    singles: list[str]
    repeats: int | None
    mode: str
    allow_unpriced: bool
    arrival: str
    concurrency: int | None
    rate: float | None
    warm_up: int | None
    seed: int | None
    budget: str
    within: str
    most: str
    keys: dict[str, str] = field(repr=False)

    @classmethod
    def read(cls, values: Sequence[Any]) -> PlanForm:
        """Out of the fields' values: the typed keys come last.

        Raises:
            InvalidRequest: one is no key, or all are together larger than any plan of this form; nothing was parsed.
        """
        if sum(map(_characters, values)) > MOST_BYTES:
            raise _too_large()
        count = len(PROVIDERS)
        names = [each.name for each in fields(cls) if each.name != "keys"]
        plain = dict(zip(names, map(_whole, values[:-count]), strict=True))
        return cls(**plain, keys=typed_keys(values[-count:]))

    @property
    def simulated(self) -> bool:
        return self.mode != "Live"

    def check_few(self, who: Person) -> None:
        """Checks that a visitor may start the plan at all, if but one variant takes part. Nothing is parsed.

        Raises:
            Wrong: its takes are more than a visitor may start in an hour. To the host this does not happen.
        """
        prompts, times = len(self._prompts()), _number(self.repeats) + _number(self.warm_up)
        most = SANDBOX.an_hour.each
        if who.id and prompts * max(1, times) > most:
            raise Wrong(
                "prompts" if prompts > most else "how",
                f"These are at least {prompts * max(1, times)} takes; a visitor may start {most} in an hour.",
            )

    def _prompts(self) -> list[str]:
        return [line.strip() for line in (self.prompts or "").split("\n") if line.strip()]

    def written(self) -> Written:
        """The plan, checked as one from a file is.

        Raises:
            Wrong: one sentence.
        """
        if _characters(self.prompts) > MOST_BYTES:
            raise _too_large()
        folder = Path(self.image).parent if self.image else Path()
        text = plan_file.write(self._plan())
        if len(text.encode("utf-8", "replace")) > MOST_BYTES:
            raise _too_large()
        try:
            return Written(plan_file.parse(text, folder), text, folder)
        except InvalidRequest as error:
            raise placed(error, text) from error

    def _plan(self) -> SessionPlan:
        prompts = self._prompts()
        variants = (*self.models, *self.gateways, *self.singles)
        if not prompts:
            raise Wrong("prompts", "A session needs a prompt: write one a line.")
        if len(prompts) > plan_file.MAX_REQUESTS:
            raise Wrong("prompts", f"A session has at most {plan_file.MAX_REQUESTS} prompts, not {len(prompts)}.")
        if not variants:
            raise Wrong("variants", "Choose at least one variant, model or gateway.")
        is_open = self.arrival == OPEN
        within, most = _typed(self.within, "Stop within"), _typed(self.most, "Most repeats")
        return SessionPlan(
            name=self.name or "",
            variants=variants,
            requests=tuple(self._asked(prompt) for prompt in prompts),
            repeats=_given(self.repeats, "Repeats"),
            order_seed=0 if self.seed is None else self.seed,
            concurrency=None if is_open else _given(self.concurrency, "Jobs at once"),
            rate_per_minute=_given(self.rate, "Jobs a minute") if is_open else None,
            warm_up=0 if self.warm_up is None else self.warm_up,
            budget_usd=_typed(self.budget, "Budget"),
            within_percent=float(within) if within is not None else None,
            most_repeats=_whole(float(most)) if most is not None else None,
            nearest=self.nearest,
        )

    def _asked(self, prompt: str) -> Asked:
        return Asked(
            prompt,
            image=Path(self.image).name if self.image else None,
            duration=_duration(self.duration),
            resolution=None if self.resolution == ANY else self.resolution,
            prompt_optimizer=self.optimizer,
        )


def _too_large() -> Wrong:
    what = f"A plan of more than {MOST_BYTES // 1000} kB is too large for this form"
    return Wrong("prompts", f"{what}; write it as a file and run it from the command line.")


def _characters(value: Any) -> int:
    """How long a field's text is, or those of its list together."""
    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return sum(len(each) for each in texts if isinstance(each, str))


def _duration(text: str) -> int | None:
    if text == ANY:
        return None
    told = re.fullmatch(r"([0-9]{1,4}) s", text or "")
    if told is None:
        raise Wrong("how", "“Duration” is one of its choices.")
    return int(told[1])


def _whole(value: Any) -> Any:
    """Gradio hands on every number as a float; whole ones are meant so."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number(value: Any) -> int:
    """A number that a field holds, or 0: what is wrong with it the plan's own check says."""
    return value if isinstance(value, int) else 0


def _given(value: Any, label: str) -> Any:
    if value is None:
        raise Wrong("how", f"{label}: a number is missing.")
    return value


def _typed(text: str | None, label: str) -> Decimal | None:
    """A number out of a text; None if it is empty."""
    words = (text or "").strip()
    try:
        value = Decimal(words) if words else None
    except InvalidOperation as error:
        raise Wrong("how", f"“{label}” is a number, not “{words[:40]}”.") from error
    if value is not None and not value.is_finite():
        raise Wrong("how", f"“{label}” is a number, not “{words[:40]}”.")
    return value


def placed(error: InvalidRequest, text: str) -> Wrong:
    """A sentence about a line of a plan as one about the field of the form that wrote that line."""
    if isinstance(error, Wrong):
        return error
    told = AT_LINE.fullmatch(str(error))
    if told is None:
        return Wrong("start", str(error))
    sentence = re.sub(r"\b[a-z]+_[a-z_]+\b|^(name|repeats|concurrency)\b", _label, told[2])
    return Wrong(PLACES.get(_field(text, int(told[1])), "how"), sentence[:1].upper() + sentence[1:])


def _label(word: re.Match[str]) -> str:
    return f"“{LABELS[word[0]]}”" if word[0] in LABELS else word[0]


def _field(text: str, line: int) -> str:
    """The field of a written plan on a line, or else the nearest above."""
    named = [re.match(r"(?:\[\[)?([a-z_]+)(?: =|\]\])", each) for each in text.split("\n")[:line]]
    return next((found[1] for found in reversed(named) if found), "")


def packed(written: Written) -> bytes:
    """A zip of the plan and the images it names beside it, as they were given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(written.name, written.text)
        for name in dict.fromkeys(plan_file.pictures(written.plan)):
            file.write(written.folder / name, name)
    return buffer.getvalue()


# what it would be -----------------------------------------------------------------------------------------------------


GLANCE_S = 0.3
"""How long the form waits for prices; those that come later are asked for by then, and known the next time."""


@dataclass(frozen=True)
class Foreseen:
    """What a plan would run: ``times`` takes of each cell.

    ``seconds`` is None where nobody knows; ``unpriced`` jobs are not in ``dollars``. Beside those in ``left_out`` there
    are ``more_left_out``. ``asked``: done once prices have come that are not known yet.
    """

    requests: int
    variants: int
    times: int
    jobs: int
    at_most: bool
    dollars: Decimal
    unpriced: int
    seconds: float | None
    left_out: tuple[str, ...]
    simulated: bool
    asked: tuple[Future[None], ...] = ()
    more_left_out: int = 0


def foresee(playground: Playground, form: PlanForm, who: Person) -> Foreseen:
    """What the form's plan would run, cost and take, and who cannot take part. Starts and bills nothing.

    Raises:
        Wrong: one sentence.
    """
    written = form.written()
    try:
        playground.offers.simulated("sandbox" if form.simulated else "live", who)
        quote = planning.quote(playground, written, form.simulated, who, within_s=GLANCE_S)
    except InvalidRequest as error:
        raise placed(error, written.text) from error
    dollars, unpriced = quote.cost(playground.settings.usd)
    at_most, times = written.plan.within_percent is not None, quote.jobs // max(1, quote.cells)
    refs = {offer.variant.ref for _, offers in quote.requests for offer in offers}
    return Foreseen(
        len(quote.requests), len(refs), times, quote.jobs, at_most, dollars, unpriced,
        _seconds(playground, quote, form.simulated), quote.left_out[:MOST_LEFT_OUT], form.simulated, quote.asked,
        max(0, len(quote.left_out) - MOST_LEFT_OUT),
    )  # fmt: skip


def _seconds(playground: Playground, quote: PlanQuote, simulated: bool) -> float | None:
    """About how long it takes, by what jobs like its own took before."""
    now = playground.clock.now()
    runs = [
        compare.plan_run(
            offers, request, now, simulated=simulated, live=not simulated, repeats=1, keep=lambda image: None,
            rng=random.Random(0),
        )
        for request, offers in quote.requests
    ]  # fmt: skip
    cells = [job for run in runs for job in run.jobs]
    usual = {job.plan.variant: playground.expected_s(job) for job in cells}
    return remaining_s(
        cells * (quote.jobs // max(1, len(cells))),
        lambda job: usual[job.plan.variant],
        lambda job: PROVIDERS[job.plan.provider].concurrency,
        quote.plan.concurrency,
        now,
        quote.plan.rate_per_minute,
    )


def one_of_each(variants: Sequence[Variant], like: Request) -> list[str]:
    """A variant of every gateway, and of models that most of them serve: what is ticked when the page opens."""

    def order(variant: Variant) -> tuple[Any, ...]:
        served = len({each.provider for each in variants if each.model == variant.model})
        return why_not(variant, like) is not None, variant.evidence != "documented", -served, variant.ref

    first = {variant.provider: variant.ref for variant in sorted(variants, key=order, reverse=True)}
    return [first[slug] for slug in PROVIDERS if slug in first]
