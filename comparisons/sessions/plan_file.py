"""The plan of a benchmark session, in TOML: what is asked, of whom, how often, in which order.

Reading is strict, because a session spends money for hours: whatever is not understood is one sentence with file, line
and field. Nothing here knows which variants exist or what an image holds.
"""

from __future__ import annotations

import difflib
import hashlib
import itertools
import json
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any

import tomli_w

from comparisons import texts
from comparisons.sessions import _sheets
from comparisons.sessions._toml_lines import Steps, first_line, loads, where
from providers import InvalidRequest

MAX_BYTES = 1_000_000  # of a plan, and of a CSV
MAX_REPEATS = 1000
MAX_REQUESTS = 2000
MAX_PROMPT = 10_000  # characters; every variant known takes fewer

Check = Callable[[Any], tuple[Any, str]]  # from TOML's value to a plan's, or else what it should have been


@dataclass(frozen=True)
class Asked:
    """One request. Images are paths as written, relative to the plan's folder; None leaves a field to the variant.

    ``row`` is the place in a CSV that it was read from, for the sentences about it.
    """

    prompt: str
    image: str | None = None
    last_image: str | None = None
    duration: int | None = None
    resolution: str | None = None
    prompt_optimizer: bool = True
    row: str = field(default="", compare=False)

    def written(self) -> dict[str, Any]:
        """Its fields as a plan names them, without those that are left to the variant."""
        return {key: value for key, value in asdict(self).items() if value is not None and key != "row"}


@dataclass(frozen=True)
class SessionPlan:
    """What a session does.

    ``variants`` are ``model:NAME``, ``provider:SLUG`` or references, as written. Either ``concurrency`` jobs are under
    way at once (closed loop), or jobs begin at random moments at a mean of ``rate_per_minute`` (open loop, Poisson);
    the other is None. ``warm_up`` takes of every cell are made first and left out of the figures. With
    ``within_percent`` it repeats until the 95 % interval of each variant's median latency is within so many percent
    of it, at most ``most_repeats`` times. ``nearest`` lets variants take part without a frame they cannot use.
    """

    name: str
    variants: tuple[str, ...]
    requests: tuple[Asked, ...]
    repeats: int = 1
    order_seed: int = 0
    concurrency: int | None = 8
    rate_per_minute: float | None = None
    warm_up: int = 0
    budget_usd: Decimal | None = None
    within_percent: float | None = None
    most_repeats: int | None = None
    nearest: bool = False


@dataclass(frozen=True)
class _File:
    """What is being read, for the sentences about it."""

    name: str
    line_of: Callable[[Steps], int]

    def refusal(self, steps: Steps, words: str) -> InvalidRequest:
        return InvalidRequest(f"{self.name}, line {self.line_of(steps)}: {words}")


def read(path: Path) -> SessionPlan:
    """The plan at ``path``; its images and CSV lie relative to it.

    Raises:
        InvalidRequest: one sentence with file, line and field.
    """
    return parse(text_of(path), path.parent, path.name)


def parse(text: str, folder: Path | None, name: str = "plan.toml") -> SessionPlan:
    """As ``read``, from a text as if it lay in ``folder`` as ``name``.

    Without a folder no file it names is looked for, and one that has its requests in a CSV is refused.
    """
    if len(text) > MAX_BYTES:
        raise _too_large(name)
    file = _File(_on_one_line(name), lambda steps: where(text, steps))
    fields = _checked(_document(text, file), PLAN, file)
    if missing := [each for each in ("name", "variants") if each not in fields]:
        raise file.refusal((), f"{missing[0]} is missing.")
    _agreeing(fields, file)
    fields["variants"] = tuple(_variants(fields["variants"], file))
    entries, sheet = fields.pop("requests", []), fields.pop("requests_csv", None)
    if not entries and sheet is None:
        raise file.refusal((), "requests are missing: there is neither [[requests]] nor requests_csv.")
    asked = [_asked(entry, folder, file, ("requests", i)) for i, entry in enumerate(entries)]
    fields["requests"] = (*asked, *(_from_csv(sheet, folder, file) if sheet is not None else ()))
    return SessionPlan(**{"concurrency": None if "rate_per_minute" in fields else 8, **fields})


def write(plan: SessionPlan) -> str:
    """TOML that ``parse`` reads back as an equal plan."""
    fields = {key: value for key, value in asdict(plan).items() if value is not None and key != "requests"}
    entries = [f"\n[[requests]]\n{tomli_w.dumps(each.written())}" for each in plan.requests]
    return tomli_w.dumps(fields) + "".join(entries)


def pictures(plan: SessionPlan) -> tuple[str, ...]:
    """The images' paths request by request, first frame before last, each as often as it is named."""
    return tuple(path for each in plan.requests for path in (each.image, each.last_image) if path is not None)


def identity(plan: SessionPlan, digests: Sequence[str], mode: str) -> str:
    """A SHA-256 in hex over what decides which takes are made and how: equal plans are equal sessions.

    ``digests`` are of the images' content, in the order of ``pictures``: a file may move, but not change. ``mode`` is
    ``sandbox`` or ``live``. The plan's name and budget are left out: to rename it, or to go on with more money, is no
    reason to make and pay for its takes again; another ``order_seed`` is.
    """
    fields = {key: value for key, value in asdict(plan).items() if key not in ("name", "budget_usd")}
    if len(digests) != len(pictures(plan)):
        raise ValueError("one digest for each image")
    given = iter(digests)
    for entry in fields["requests"]:
        del entry["row"]
        for key in ("image", "last_image"):
            entry[key] = next(given) if entry[key] is not None else None
    return hashlib.sha256(json.dumps([mode, fields], sort_keys=True).encode()).hexdigest()


ODD = re.compile(r"[\ud800-\udfff]|(?m:^(?:[^.\n]*+\.){500})")  # tomllib needs time by the square of a key's parts


def text_of(path: Path) -> str:
    """A file's text, whose name and size are told in one sentence where it has none."""
    name = _on_one_line(path.name)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        raise InvalidRequest(f"{name} cannot be read: {getattr(error, 'strerror', error)}.") from error
    if len(data) > MAX_BYTES:
        raise _too_large(name)
    try:
        return texts.decoded(data)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidRequest(f"{name}, line {line}: this is not UTF-8 text; save the file as UTF-8.") from error


def _too_large(name: str) -> InvalidRequest:
    return InvalidRequest(f"{_on_one_line(name)} is larger than {MAX_BYTES // 1_000_000} MB.")


def _document(text: str, file: _File) -> dict[str, Any]:
    if odd := ODD.search(text):
        what = "half a character" if len(odd[0]) == 1 else "more dots than any plan"
        raise InvalidRequest(f"{file.name}, line {text[: odd.start()].count(chr(10)) + 1}: this holds {what}.")
    try:
        return loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidRequest(_not_toml(str(error), text, file)) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, or as many brackets
        line = first_line(text, _is_too_much)
        raise InvalidRequest(f"{file.name}, line {line}: this is too long a number or too deep a list.") from error


def _is_too_much(text: str) -> bool:
    try:
        loads(text)
    except (ValueError, RecursionError) as error:
        return not isinstance(error, tomllib.TOMLDecodeError)
    return False


def _not_toml(words: str, text: str, file: _File) -> str:
    at = re.search(r" \(at line (\d+), column (\d+)\)$", words)
    line = int(at[1]) if at else text.rstrip().count("\n") + 1
    reason = f"{words[: at.start()]} (column {at[2]})" if at else words.removesuffix(" (at end of document)")
    return f"{file.name}, line {line}: this is not TOML: {_on_one_line(reason)}."


def _checked(entry: Mapping[str, Any], checks: Mapping[str, Check], file: _File, at: Steps = ()) -> dict[str, Any]:
    """The fields of a table, each as its check makes it."""
    fields = {}
    for key, value in entry.items():
        if key not in checks:
            raise file.refusal((*at, key), _no_such("field", key, checks, at))
        fields[key], wanted = checks[key](value)
        if wanted:
            raise file.refusal((*at, key), f"{_dotted((*at, key))} is {wanted}, not {_said(value)}.")
    return fields


def _no_such(kind: str, key: str, known: Iterable[str], at: Steps = ()) -> str:
    inside = f" in {_dotted(at)}" if at else ""
    if at and key in PLAN:
        return f'there is no field "{key}"{inside}; it belongs above the first [[requests]].'
    near = difflib.get_close_matches(key[:100], list(known), n=1)
    hint = f'; did you mean "{near[0]}"?' if near else f"; there are {', '.join(known)}."
    return f"there is no {kind} {_said(key)}{inside}{hint}"


def _agreeing(fields: Mapping[str, Any], file: _File) -> None:
    """Refuses fields that are right each, but not together."""
    most, within = fields.get("most_repeats"), fields.get("within_percent")
    if "concurrency" in fields and "rate_per_minute" in fields:
        raise file.refusal(("rate_per_minute",), "rate_per_minute and concurrency exclude each other; keep one.")
    if (most is None) != (within is None):
        given, other = ("within_percent", "most_repeats") if most is None else ("most_repeats", "within_percent")
        raise file.refusal((given,), f"{given} needs {other} beside it.")
    if most is not None and most < fields.get("repeats", 1):
        raise file.refusal(("most_repeats",), f"most_repeats is at least repeats, {fields['repeats']}, not {most}.")


def _variants(words: Sequence[Any], file: _File) -> Iterator[str]:
    seen = set()
    for i, word in enumerate(words):
        if not (isinstance(word, str) and word.isprintable() and re.fullmatch(r"[^\s:]+:\S+", word)):
            shapes = '"model:NAME", "provider:SLUG" or "PROVIDER:ENDPOINT"'
            raise file.refusal(("variants", i), f"variants[{i}] is {shapes}, not {_said(word)}.")
        if word in seen:
            raise file.refusal(("variants", i), f"variants[{i}] is there twice: {_said(word)}.")
        seen.add(word)
        yield word


def _asked(entry: Mapping[str, Any], folder: Path | None, file: _File, at: Steps = ()) -> Asked:
    fields = _checked(entry, REQUEST, file, at)
    if "prompt" not in fields:
        raise file.refusal((*at, "prompt"), f"{_dotted((*at, 'prompt'))} is missing.")
    for key in ("image", "last_image"):
        if key in fields:
            _must_be_there(folder, fields[key], file, (*at, key))
    return Asked(**fields)


def _must_be_there(folder: Path | None, path: str, file: _File, steps: Steps) -> None:
    if folder and not os.path.isfile(
        folder / path
    ):  # unlike Path.is_file, also an answer for a name longer than any file's
        raise file.refusal(steps, f"{_dotted(steps)} names a file that is not there: {_said(path)}.")


def _from_csv(sheet: str, folder: Path | None, plan: _File) -> Iterator[Asked]:
    """The requests of a CSV. Its images lie relative to it."""
    if folder is None:
        raise plan.refusal(("requests_csv",), "requests in a CSV can only be run from the command line.")
    _must_be_there(folder, sheet, plan, ("requests_csv",))
    name, beside = _on_one_line(PurePath(sheet).name), PurePath(sheet).parent
    separator, rows = _sheets.rows(text_of(folder / sheet), name, REQUEST)
    table = ((_line_of(name, line), row) for line, row in rows)
    top, header = next(table, (_line_of(name, 1), []))
    columns, below = _columns(header, top), list(itertools.islice(table, MAX_REQUESTS + 1))
    if not below:
        raise top.refusal((), "there is no row below the header.")
    if len(below) > MAX_REQUESTS:
        raise below[-1][0].refusal((), f"a plan has at most {MAX_REQUESTS} requests.")
    for file, row in below:
        entry = _entry(columns, row, file, _sheets.SEPARATORS.get(separator, f"{separator!r}"))
        for key in {"image", "last_image"} & entry.keys() if beside != PurePath() else ():
            entry[key] = str(beside / entry[key])
        yield replace(_asked(entry, folder, file), row=f"{name}, line {file.line_of(())}")


def _line_of(name: str, line: int) -> _File:
    return _File(name, lambda _: line)


def _columns(header: Sequence[str], file: _File) -> list[str]:
    columns = [cell.strip() for cell in header]
    while columns and not columns[-1]:  # a spreadsheet saves what was once touched
        columns.pop()
    for i, column in enumerate(columns):
        if column not in REQUEST:
            raise file.refusal((), _no_such("column", column, REQUEST))
        if column in columns[:i]:
            raise file.refusal((), f"the column {_said(column)} is there twice.")
    return columns


def _entry(columns: Sequence[str], row: Sequence[str], file: _File, between: str) -> dict[str, Any]:
    """A row as a table of TOML would be; an empty cell is a field that is not there."""
    if any(cell.strip() for cell in row[len(columns) :]):
        raise file.refusal((), f"this row has {len(row)} cells, the header {len(columns)}; quote cells with {between}.")
    return {column: _cell(column, cell) for column, cell in zip(columns, row, strict=False) if cell.strip()}


def _cell(column: str, cell: str) -> Any:
    word = cell.strip()
    if column == "duration" and re.fullmatch(r"-?[0-9]{1,18}", word):
        return int(word)
    if column == "prompt_optimizer":
        return {"true": True, "false": False}.get(word.lower(), word)
    return cell if column == "prompt" else word


def _fit(fits: Callable[[Any], Any], words: str, make: Callable[[Any], Any] = lambda value: value) -> Check:
    return lambda value: (make(value), "") if fits(value) else (None, words)


def _number(low: int | Decimal, high: int, make: type = int, noun: str = "number") -> Check:
    def check(value: Any) -> tuple[Any, str]:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            return None, f"a {noun}"
        known = isinstance(value, int) or (make is not int and value.is_finite())
        if known and value <= high and value >= low:
            return make(value), ""
        return None, f"a {'whole ' if make is int else ''}{noun} from {low} to {high}"

    return check


def _up_to(most: int, words: str, check: Check) -> Check:
    """As ``check``, but no longer than that."""

    def both(value: Any) -> tuple[Any, str]:
        made, wanted = check(value)
        return (None, words) if not wanted and len(value) > most else (made, wanted)

    return both


WORDS = _fit(lambda it: isinstance(it, str) and it.strip() and "\0" not in it, "a text without U+0000")
RESOLUTION = re.compile(r"[0-9A-Za-z.:_-]{1,20}")
SWITCH = _fit(lambda it: isinstance(it, bool), "true or false")

# The fields of [[requests]] and the columns of a CSV
REQUEST: dict[str, Check] = {
    "prompt": _up_to(MAX_PROMPT, f"a text of at most {MAX_PROMPT} characters", WORDS),
    "image": WORDS,
    "last_image": WORDS,
    "duration": _number(1, 3600, noun="number of seconds"),
    "resolution": _fit(lambda it: isinstance(it, str) and RESOLUTION.fullmatch(it), 'a text such as "768p"', str.lower),
    "prompt_optimizer": SWITCH,
}
PLAN: dict[str, Check] = {
    "name": WORDS,
    "variants": _fit(lambda it: isinstance(it, list) and it, "a list of one or more variants"),
    "requests": _up_to(
        MAX_REQUESTS,
        f"at most {MAX_REQUESTS} [[requests]]",
        _fit(lambda it: isinstance(it, list) and {*map(type, it)} == {dict}, "one or more [[requests]]"),
    ),
    "requests_csv": WORDS,
    "repeats": _number(1, MAX_REPEATS),
    "order_seed": _number(0, 2**63 - 1),  # random.Random takes -7 for 7
    "concurrency": _number(1, 1000),
    "rate_per_minute": _number(Decimal("0.01"), 6000, float),
    "warm_up": _number(0, MAX_REPEATS),
    "budget_usd": _number(Decimal("0.01"), 1_000_000, Decimal),
    "within_percent": _number(Decimal("0.1"), 100, float),
    "most_repeats": _number(1, MAX_REPEATS),
    "nearest": SWITCH,
}


def _dotted(steps: Steps) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")


def _said(value: Any) -> str:
    """A value as part of a sentence: on one line, and not a page long."""
    if isinstance(value, str):
        return f'"{_on_one_line(value)}"'
    if isinstance(value, (bool, Decimal)) or (isinstance(value, int) and abs(value) < 10**18):
        return str(value)[:40].lower()
    kinds = {int: "a number that large", dict: "a table", list: "a list" if value else "an empty list"}
    return kinds.get(type(value), "a date or time")


def _on_one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:100])
