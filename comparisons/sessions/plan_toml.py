"""A plan in TOML: read and written.

Reading is strict, because a session spends money for hours: anything that is not understood is an error that names
file, line and field. Whether the variants exist and the images can be read is checked elsewhere (``quote.py``).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import tomli_w

from comparisons.sessions._fields import PLAN, checked
from comparisons.sessions._requests import asked, from_csv
from comparisons.sessions._source import MAX_BYTES, PlanFile, text_of, too_large
from comparisons.sessions._toml_lines import first_line, loads, where
from comparisons.sessions.mistakes import (
    Alone,
    Exclusive,
    FewerThan,
    Missing,
    NamedTwice,
    NoRequests,
    NotAllowed,
    NotToml,
    Said,
    on_one_line,
)
from comparisons.sessions.plan import SessionPlan


def read(path: Path) -> SessionPlan:
    """The plan at ``path``; the paths of its images and its CSV are relative to it.

    Raises:
        PlanError: one sentence with file, line and field.
        InvalidRequest: the file cannot be read, or is too large.
    """
    return parse(text_of(path), path.parent, path.name)


def read_alone(path: Path) -> SessionPlan:
    """As ``read``, without looking for the files that the plan names. A plan with requests in a CSV is refused."""
    return parse(text_of(path), None, path.name)


def parse(text: str, folder: Path | None, name: str = "plan.toml") -> SessionPlan:
    """As ``read``, from the text of a file ``name`` in ``folder``; without a folder as ``read_alone``."""
    if len(text) > MAX_BYTES:
        raise too_large(name)
    source = PlanFile(on_one_line(name), lambda steps: where(text, steps))
    fields = checked(_document(text, source), PLAN, source)
    if missing := [each for each in ("name", "variants") if each not in fields]:
        raise source.error(missing[:1], Missing(missing[:1]))
    _agreeing(fields, source)
    fields["variants"] = tuple(_variants(fields["variants"], source))
    entries, sheet = fields.pop("requests", []), fields.pop("requests_csv", None)
    if not entries and sheet is None:
        raise source.error(("requests",), NoRequests())
    here = [asked(entry, folder, source, ("requests", i)) for i, entry in enumerate(entries)]
    fields["requests"] = (*here, *(from_csv(sheet, folder, source) if sheet is not None else ()))
    return SessionPlan(**{"concurrency": None if "rate_per_minute" in fields else 8, **fields})


def write(plan: SessionPlan) -> str:
    """The plan as TOML, which ``parse`` reads back as an equal plan."""
    fields = {key: value for key, value in asdict(plan).items() if value is not None and key != "requests"}
    entries = [f"\n[[requests]]\n{tomli_w.dumps(each.written())}" for each in plan.requests]
    return tomli_w.dumps(fields) + "".join(entries)


ODD = re.compile(r"[\ud800-\udfff]|(?m:^(?:[^.\n]*+\.){500})")
"""What is refused before parsing: half of a surrogate pair, and keys of very many parts, for which ``tomllib`` needs
time that grows with their square."""


def _document(text: str, source: PlanFile) -> dict[str, Any]:
    if odd := ODD.search(text):
        what = "half a character" if len(odd[0]) == 1 else "more dots than any plan"
        raise source.at(text.count("\n", 0, odd.start()) + 1).error((), Said(f"this holds {what}."))
    try:
        return loads(text)
    except tomllib.TOMLDecodeError as error:
        line, mistake = _not_toml(str(error), text)
        raise source.at(line).error((), mistake) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, or as many brackets
        line = first_line(text, _is_too_much)
        raise source.at(line).error((), Said("this is too long a number or too deep a list.")) from error


def _is_too_much(text: str) -> bool:
    try:
        loads(text)
    except (ValueError, RecursionError) as error:
        return not isinstance(error, tomllib.TOMLDecodeError)
    return False


def _not_toml(words: str, text: str) -> tuple[int, NotToml]:
    """The line and the mistake, from the message of ``tomllib``: before Python 3.14 its error has no other fields."""
    at = re.search(r" \(at line (\d+), column (\d+)\)$", words)
    if at is None:
        return text.rstrip().count("\n") + 1, NotToml(words.removesuffix(" (at end of document)"))
    return int(at[1]), NotToml(words[: at.start()], int(at[2]))


def _agreeing(fields: Mapping[str, Any], source: PlanFile) -> None:
    """Raises ``PlanError`` for fields that are right by themselves, but not together."""
    most, within = fields.get("most_repeats"), fields.get("within_percent")
    if "concurrency" in fields and "rate_per_minute" in fields:
        raise source.error(("rate_per_minute",), Exclusive("rate_per_minute", "concurrency"))
    if (most is None) != (within is None):
        given, other = ("within_percent", "most_repeats") if most is None else ("most_repeats", "within_percent")
        raise source.error((given,), Alone(given, other))
    if most is not None and most < fields.get("repeats", 1):
        raise source.error(("most_repeats",), FewerThan("most_repeats", most, "repeats", fields["repeats"]))


def _variants(words: Sequence[Any], source: PlanFile) -> Iterator[str]:
    seen = set()
    for i, word in enumerate(words):
        steps = ("variants", i)
        if not (isinstance(word, str) and word.isprintable() and re.fullmatch(r"[^\s:]+:\S+", word)):
            shapes = '"model:NAME", "provider:SLUG" or "PROVIDER:ENDPOINT"'
            raise source.error(steps, NotAllowed(steps, shapes, word))
        if word in seen:
            raise source.error(steps, NamedTwice(steps, word))
        seen.add(word)
        yield word
