"""What goes wrong, by plan: each fault strikes at the requests it matches, a stated number of times."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

API = ("upload", "submit", "poll", "result", "cancel", "quote", "other")

# Where each kind can strike. Those that belong to a job (stuck, refused) are settled when it is accepted.
KINDS: Mapping[str, tuple[str, ...]] = {
    "rate_limited": (*API, "download"),
    "rate_limited_code": API,
    "server_error": (*API, "download"),
    "drop_after_accept": ("submit",),
    "malformed_json": API,
    "unknown_status": ("poll", "result"),
    "stuck": ("submit",),
    "content_refused": ("submit",),
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


class FaultPlan:
    """Faults still to come. A fault is used up once it has struck as often as it says."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._faults = [fault for fault in faults if fault.times > 0]

    @classmethod
    def load(cls, path: Path) -> FaultPlan:
        """Read a TOML plan. Raises ValueError with one sentence that names what is wrong."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"The fault plan {path} cannot be read: {error}.") from error
        return cls.parse(text)

    @classmethod
    def parse(cls, text: str) -> FaultPlan:
        """Read ``[[fault]]`` tables. Raises ValueError with one sentence that names what is wrong."""
        try:
            plan = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"The fault plan is not TOML: {error}.") from error
        tables = plan.pop("fault", [])
        if plan:
            raise ValueError(f"The fault plan knows only [[fault]] tables, not {sorted(plan)[0]!r}.")
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise ValueError("fault must be a list of tables: write [[fault]].")
        return cls(_fault(table, number) for number, table in enumerate(tables, start=1))

    def take(self, kind: str, provider: str, operation: str) -> Fault | None:
        """The fault that strikes this request, used up by one; None when nothing goes wrong."""
        for index, fault in enumerate(self._faults):
            if not fault.hits(kind, provider, operation):
                continue
            if fault.after > 0:
                self._faults[index] = replace(fault, after=fault.after - 1)
                continue
            self._use(index, fault)
            return fault
        return None

    def _use(self, index: int, fault: Fault) -> None:
        if fault.times > 1:
            self._faults[index] = replace(fault, times=fault.times - 1)
        else:
            del self._faults[index]

    def left(self) -> tuple[Fault, ...]:
        """What has not struck yet; ``times`` and ``after`` count what remains."""
        return tuple(self._faults)


def _fault(table: Mapping[str, object], number: int) -> Fault:
    where = f"Fault {number}"
    unknown = sorted(set(table) - set(Fault.__dataclass_fields__))
    if unknown:
        raise ValueError(f"{where}: {unknown[0]} is not a field of a fault.")
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
