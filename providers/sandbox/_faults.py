"""What goes wrong, by plan: a fault strikes at requests, and how a clip is handed out is said by the job.

A plan is TOML: a list of ``[[fault]]`` tables with the fields of ``Fault``, and one of ``[[clip]]`` tables with those
of ``Clip`` and ``Handout``. ``file`` is looked for beside the plan.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from providers.sandbox._flaws import FLAWS
from providers.sandbox._hosting import WRONG, Handout

API = ("upload", "submit", "poll", "result", "cancel", "quote", "other")

# Where each kind can strike. Those that belong to a job (stuck, refused, forms) are settled when it is accepted.
KINDS: Mapping[str, tuple[str, ...]] = {
    "rate_limited": (*API, "download"),
    "rate_limited_code": API,
    "server_error": (*API, "download"),
    "drop_after_accept": ("submit",),
    "malformed_json": API,
    "unknown_status": ("poll", "result"),
    "stuck": ("submit",),
    "content_refused": ("submit",),
    "other_form": ("submit",),
    "expired_url": ("download",),
    "truncated_clip": ("download",),
    "html_clip": ("download",),
}


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong ``times`` times, after letting ``after`` matches pass.

    ``retry_after`` (seconds) belongs to rate limits; ``seconds`` says how long a stuck job stays stuck.
    Without ``provider`` or ``operation`` it strikes wherever its kind can.
    """

    kind: str
    provider: str | None = None
    operation: str | None = None
    times: int = 1
    after: int = 0
    retry_after: float = 1.0
    seconds: float = math.inf

    def hits(self, kind: str, provider: str, operation: str) -> bool:
        return (
            self.kind == kind
            and self.provider in (None, provider)
            and self.operation in (None, operation)
            and operation in KINDS[kind]
        )


@dataclass(frozen=True)
class Clip:
    """How the clips of ``times`` jobs are handed out, after letting ``after`` matching ones pass.

    ``variant`` is written as everywhere, ``provider:endpoint``. Without ``provider`` or ``variant`` any job matches.
    A job takes the first entry that matches; one that fails takes none.
    """

    handout: Handout
    provider: str | None = None
    variant: str | None = None
    times: int = 1
    after: int = 0

    def is_for(self, provider: str, endpoint: str) -> bool:
        return self.provider in (None, provider) and self.variant in (None, f"{provider}:{endpoint}")


_Entry = TypeVar("_Entry", Fault, Clip)


class FaultPlan:
    """Faults still to come. One is used up once it has struck as often as it says."""

    def __init__(self, faults: Iterable[Fault] = (), clips: Iterable[Clip] = ()) -> None:
        self._faults = [fault for fault in faults if fault.times > 0]
        self._clips = [clip for clip in clips if clip.times > 0]

    @classmethod
    def load(cls, path: Path) -> FaultPlan:
        """Read a TOML plan. Raises ValueError with one sentence that names what is wrong."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"The fault plan {path} cannot be read: {error}.") from error
        return cls.parse(text, path.parent)

    @classmethod
    def parse(cls, text: str, folder: Path = Path()) -> FaultPlan:
        """Read a plan whose files are in ``folder``. Raises ValueError with one sentence that names what is wrong."""
        try:
            plan = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"The fault plan is not TOML: {error}.") from error
        faults = [_fault(table, f"Fault {number}") for number, table in _tables(plan, "fault")]
        clips = [_clip(table, f"Clip {number}", folder) for number, table in _tables(plan, "clip")]
        if plan:
            raise ValueError(f"The fault plan knows only [[fault]] and [[clip]] tables, not {sorted(plan)[0]!r}.")
        return cls(faults, clips)

    def take(self, kind: str, provider: str, operation: str) -> Fault | None:
        """The fault that strikes this request, used up by one; None when nothing goes wrong."""
        return _taken(self._faults, lambda fault: fault.hits(kind, provider, operation))

    def handout(self, provider: str, endpoint: str) -> Handout:
        """How the clip of this job is handed out; the entry that says so is used up by one."""
        clip = _taken(self._clips, lambda clip: clip.is_for(provider, endpoint))
        return clip.handout if clip else Handout()

    def left(self) -> tuple[Fault | Clip, ...]:
        """What has not struck yet; ``times`` and ``after`` count what remains."""
        return (*self._faults, *self._clips)


def _taken(entries: list[_Entry], matches: Callable[[_Entry], bool]) -> _Entry | None:
    for index, entry in enumerate(entries):
        if not matches(entry):
            continue
        if entry.after > 0:
            entries[index] = replace(entry, after=entry.after - 1)
            continue
        if entry.times > 1:
            entries[index] = replace(entry, times=entry.times - 1)
        else:
            del entries[index]
        return entry
    return None


def _tables(plan: dict[str, object], name: str) -> Iterator[tuple[int, Mapping[str, object]]]:
    tables = plan.pop(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError(f"{name} must be a list of tables: write [[{name}]].")
    yield from enumerate(tables, start=1)


def _fault(table: Mapping[str, object], where: str) -> Fault:
    _only(table, Fault.__dataclass_fields__, "a fault", where)
    kind = _word(table, "kind", where)
    if kind is None or kind not in KINDS:
        raise ValueError(f"{where}: kind must be one of {', '.join(KINDS)}.")
    operation = _word(table, "operation", where)
    if operation is not None and operation not in KINDS[kind]:
        raise ValueError(f"{where}: operation of {kind} must be one of {', '.join(KINDS[kind])}.")
    return Fault(
        kind=kind,
        provider=_word(table, "provider", where),
        operation=operation,
        times=_count(table, "times", 1, where),
        after=_count(table, "after", 0, where),
        retry_after=_seconds(table, "retry_after", 1.0, where),
        seconds=_seconds(table, "seconds", math.inf, where),
    )


def _clip(table: Mapping[str, object], where: str, folder: Path) -> Clip:
    own = Clip.__dataclass_fields__.keys() - {"handout"}
    _only(table, own | Handout.__dataclass_fields__.keys(), "a clip", where)
    handout = Handout(
        file=_file(table, where, folder),
        type=_word(table, "type", where),
        name=_name(table, where),
        first=_first(table, where),
        seconds=_seconds(table, "seconds", math.inf, where),
        requests=_count(table, "requests", 0, where) if "requests" in table else math.inf,
        redirect=_switch(table, "redirect", where),
        picture=_switch(table, "picture", where),
        flaw=_flaw(table, where),
    )
    return Clip(
        handout,
        provider=_word(table, "provider", where),
        variant=_word(table, "variant", where),
        times=_count(table, "times", 1, where),
        after=_count(table, "after", 0, where),
    )


def _only(table: Mapping[str, object], fields: Iterable[str], what: str, where: str) -> None:
    unknown = sorted(set(table) - set(fields))
    if unknown:
        raise ValueError(f"{where}: {unknown[0]} is not a field of {what}.")


def _file(table: Mapping[str, object], where: str, folder: Path) -> str | None:
    name = _word(table, "file", where)
    if name is None:
        return None
    path = (folder / name).resolve()
    if not path.is_file():
        raise ValueError(f"{where}: there is no file {path}.")
    return str(path)


def _name(table: Mapping[str, object], where: str) -> str | None:
    name = _word(table, "name", where)
    if name and set("/?#") & set(name):
        raise ValueError(f"{where}: name is the last part of a URL's path and has no /, ? or #.")
    return name


def _first(table: Mapping[str, object], where: str) -> int | str | None:
    value = table.get("first")
    if value is None or value in WRONG or (type(value) is int and 400 <= value <= 599):
        return value
    raise ValueError(f"{where}: first must be an HTTP status of 400 to 599 or one of {', '.join(WRONG)}.")


def _flaw(table: Mapping[str, object], where: str) -> str | None:
    flaw = _word(table, "flaw", where)
    if flaw is None or flaw in FLAWS:
        return flaw
    raise ValueError(f"{where}: flaw must be one of {', '.join(FLAWS)}.")


def _switch(table: Mapping[str, object], field: str, where: str) -> bool:
    value = table.get(field, False)
    if isinstance(value, bool):
        return value
    raise ValueError(f"{where}: {field} must be true or false.")


def _word(table: Mapping[str, object], field: str, where: str) -> str | None:
    value = table.get(field)
    if value is None or (isinstance(value, str) and value):
        return value
    raise ValueError(f"{where}: {field} must be a word.")


def _count(table: Mapping[str, object], field: str, default: int, where: str) -> int:
    value = table.get(field, default)
    if isinstance(value, int) and not isinstance(value, bool) and value >= default:
        return value
    raise ValueError(f"{where}: {field} must be a whole number of at least {default}.")


def _seconds(table: Mapping[str, object], field: str, default: float, where: str) -> float:
    value = table.get(field, default)
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    raise ValueError(f"{where}: {field} must be a number of seconds, 0 or more.")
