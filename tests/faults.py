"""The fault matrix: what becomes of a job, whatever goes wrong with whichever of its requests, at any provider.

Seven operations, twenty-two faults, every provider; each fault once, and for good; and what the vendors' own errors and
a stop that comes too late (``tests.late_stops``) lead to. ``python -m tests.faults`` runs every cell on a clock of its
own, prints what came of it and exits with 1 if that is not what is written here; so does the suite: each fault at one
provider by turns (``by_turns``), the others in its slow lane, the longest by hand. The numbers are literal: how they
come about is said beside them.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests import late_stops, sentences
from tests.cells import FOREVER, ONCE, Cell, Outcome, outcome
from tests.codes import CODES, Code
from tests.endings import ALL
from tests.sabotage import FAULTS

COLUMNS = ("apiframe", "odirouter", "runcomfy", "runninghub")
NOT_APPLICABLE = "-"


@dataclass(frozen=True)
class Row:
    """Faults that end alike, and how they end at each provider, in the order of ``COLUMNS``."""

    faults: tuple[str, ...]
    endings: tuple[str, ...]


def row(faults: str, *endings: str) -> Row:
    return Row(tuple(fault.strip() for fault in faults.split(",")), endings)


# Undisturbed, the seeded jobs take 3.5, 3.7, 5.2 and 2.6 s, in the order of the columns: at every 0.5 s they are polled
# 8, 8, 11 and 6 times. OdiRouter and RunComfy have no uploads; Apiframe and RunningHub have no separate result and no
# cancel; only the last two columns give quotes.
TABLE: Mapping[tuple[str, float], Sequence[Row]] = {
    ("upload", ONCE): (
        row(
            "connect error, no answer, half an answer, 429 in 7 s, 429, 500, 502, 503, trickle, empty body, HTML,"
            "cut short, wrong types, huge body",
            "delivered u2 s1 p8 d1", "-", "-", "delivered u2 s1 p6 d1",
        ),
        row("400, 401, 402, 403, 404, 409, 422", "rejected u1", "-", "-", "rejected u1"),
        row("unknown status", "-", "-", "-", "-"),  # an upload has no state
    ),
    ("upload", FOREVER): (
        # 300 s of patience. Waits of 1, 2, 4, 8, 16, 30, 30 … s, each up to a tenth longer: five take 32.6 s, each of
        # the others 31.5 s on average, so eight of those fit: 13 waits, 14 tries.
        row(
            "connect error, 429, 500, 502, 503, empty body, HTML, cut short, wrong types, huge body",
            "rejected u14", "-", "-", "rejected u14",
        ),
        # 60 s pass in each: after the fifth 315 s are gone.
        row("no answer, half an answer", "rejected u5", "-", "-", "rejected u5"),
        # Waits of 7.35 s on average: 40 fit into 300 s.
        row("429 in 7 s", "rejected u41", "-", "-", "rejected u41"),
        # 180 s pass in each: after the second 361 s are gone.
        row("trickle", "rejected u2", "-", "-", "rejected u2"),
        row("400, 401, 402, 403, 404, 409, 422", "rejected u1", "-", "-", "rejected u1"),
        row("unknown status", "-", "-", "-", "-"),
    ),
    ("submit", ONCE): (
        # Provably not there: sent again, whoever it is.
        row(
            "connect error, 429 in 7 s, 429",
            "delivered u1 s2 p8 d1", "delivered s2 p8 r1 d1", "delivered s2 p11 r1 d1", "delivered u1 s2 p6 d1",
        ),
        row("400, 401, 402, 403, 404, 422", "rejected u1 s1", "rejected s1", "rejected s1", "rejected u1 s1"),
        # A request like it is there already: whatever was started, the answer does not name it.
        row("409", "uncertain u1 s1", "uncertain s1", "uncertain s1", "uncertain u1 s1"),
        # It may be there: sent again under Apiframe's key alone. 1 s, or 60 or 180, later the job is further on.
        row(
            "500, 502, 503, empty body, HTML, cut short, wrong types, huge body",
            "delivered u1 s2 p5 d1", "uncertain s1", "uncertain s1", "uncertain u1 s1",
        ),
        row(
            "no answer, half an answer, trickle",
            "delivered u1 s2 p1 d1", "uncertain s1", "uncertain s1", "uncertain u1 s1",
        ),
        # What a job's state is called on arrival does not matter. OdiRouter and RunComfy do not say it.
        row("unknown status", "delivered u1 s1 p8 d1", "-", "-", "delivered u1 s1 p6 d1"),
    ),
    ("submit", FOREVER): (
        # 900 s of patience: the five short waits and 27 long ones are 32 waits, 33 tries; 122 waits of 7.35 s.
        row("connect error, 429", "rejected u1 s33", "rejected s33", "rejected s33", "rejected u1 s33"),
        row("429 in 7 s", "rejected u1 s123", "rejected s123", "rejected s123", "rejected u1 s123"),
        row("400, 401, 402, 403, 404, 422", "rejected u1 s1", "rejected s1", "rejected s1", "rejected u1 s1"),
        row("409", "uncertain u1 s1", "uncertain s1", "uncertain s1", "uncertain u1 s1"),
        # Under a key it can be repeated at the next start too: the job stays where it is, charged once.
        row(
            "500, 502, 503, empty body, HTML, cut short, wrong types, huge body",
            "submitting u1 s33", "uncertain s1", "uncertain s1", "uncertain u1 s1",
        ),
        # 12 × 60 s, five short waits and six long ones are 941 s.
        row("no answer, half an answer", "submitting u1 s12", "uncertain s1", "uncertain s1", "uncertain u1 s1"),
        # 5 × 180 s and 15 s of waits.
        row("trickle", "submitting u1 s5", "uncertain s1", "uncertain s1", "uncertain u1 s1"),
        row("unknown status", "delivered u1 s1 p8 d1", "-", "-", "delivered u1 s1 p6 d1"),
    ),
    ("poll", ONCE): (
        # A wait of 1 s takes the place of two gaps of 0.5 s; after 7 s, 60 s or 180 s the job is over.
        row(
            "connect error, 400, 402, 404, 409, 422, 429, 500, 502, 503, empty body, HTML, cut short, wrong types,"
            "unknown status, huge body",
            "delivered u1 s1 p6 d1", "delivered s1 p7 r1 d1", "delivered s1 p10 r1 d1", "delivered u1 s1 p4 d1",
        ),
        row(
            "429 in 7 s, no answer, half an answer, trickle",
            "delivered u1 s1 p2 d1", "delivered s1 p2 r1 d1", "delivered s1 p2 r1 d1", "delivered u1 s1 p2 d1",
        ),
        # A key that is refused does not come back by asking again: the job waits for the next start.
        row("401, 403", "queued u1 s1 p1", "queued s1 p1", "queued s1 p1", "queued u1 s1 p1"),
    ),
    ("poll", FOREVER): (
        # An hour of patience: the five short waits and 113 long ones are 118 waits; 489 of 7.35 s.
        row(
            "connect error, 400, 402, 404, 409, 422, 429, 500, 502, 503, empty body, HTML, cut short, wrong types,"
            "unknown status, huge body",
            "queued u1 s1 p119", "queued s1 p119", "queued s1 p119", "queued u1 s1 p119",
        ),
        row("429 in 7 s", "queued u1 s1 p490", "queued s1 p490", "queued s1 p490", "queued u1 s1 p490"),
        # 41 × 60 s, five short waits and 35 long ones are 3595 s: 31.5 s more would be too much.
        row("no answer, half an answer", "queued u1 s1 p41", "queued s1 p41", "queued s1 p41", "queued u1 s1 p41"),
        # 18 × 180 s, five short waits and twelve long ones are 3650 s.
        row("trickle", "queued u1 s1 p18", "queued s1 p18", "queued s1 p18", "queued u1 s1 p18"),
        row("401, 403", "queued u1 s1 p1", "queued s1 p1", "queued s1 p1", "queued u1 s1 p1"),
    ),
    ("result", ONCE): (
        # The clip is asked for again after a second, also under a key that was refused.
        row(
            "connect error, no answer, half an answer, 400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, 500, 502,"
            "503, trickle, empty body, HTML, cut short, wrong types, huge body",
            "-", "delivered s1 p8 r2 d1", "delivered s1 p11 r2 d1", "-",
        ),
        row("unknown status", "-", "-", "delivered s1 p11 r2 d1", "-"),  # OdiRouter's names none once it is done
    ),
    ("result", FOREVER): (
        # An hour of patience here. Each wait is half of what it has lasted, at least 1 s and up to a tenth longer.
        row(
            "connect error, 400, 401, 402, 403, 404, 409, 422, 429, 500, 502, 503, empty body, HTML, cut short,"
            "wrong types, huge body",
            "-", "succeeded s1 p8 r21", "succeeded s1 p11 r21", "-",
        ),
        # The first waits are of 7 s; or 60 or 180 s pass in each try.
        row("429 in 7 s", "-", "succeeded s1 p8 r16", "succeeded s1 p11 r16", "-"),
        row("no answer, half an answer", "-", "succeeded s1 p8 r9", "succeeded s1 p11 r9", "-"),
        row("trickle", "-", "succeeded s1 p8 r6", "succeeded s1 p11 r6", "-"),
        row("unknown status", "-", "-", "succeeded s1 p11 r21", "-"),
    ),
    ("download", ONCE): (
        # Whatever it was, the provider is asked anew: its URL may have expired, or lead to something else by now.
        row(
            "connect error, no answer, half an answer, 400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, 500, 502,"
            "503, trickle, empty body, HTML, cut short, huge body",
            "delivered u1 s1 p9 d2", "delivered s1 p8 r2 d2", "delivered s1 p11 r2 d2", "delivered u1 s1 p7 d2",
        ),
        row("wrong types, unknown status", "-", "-", "-", "-"),  # a clip is bytes
    ),
    ("download", FOREVER): (
        # As for a result; the clip's URL is asked for anew each time. 900 s pass in what trickles.
        row(
            "connect error, 400, 401, 402, 403, 404, 409, 422, 429, 500, 502, 503, empty body, HTML, cut short,"
            "huge body",
            "succeeded u1 s1 p28 d21", "succeeded s1 p8 r21 d21",
            "succeeded s1 p11 r21 d21", "succeeded u1 s1 p26 d21",
        ),
        row(
            "429 in 7 s",
            "succeeded u1 s1 p23 d16", "succeeded s1 p8 r16 d16",
            "succeeded s1 p11 r16 d16", "succeeded u1 s1 p21 d16",
        ),
        row(
            "no answer, half an answer",
            "succeeded u1 s1 p16 d9", "succeeded s1 p8 r9 d9", "succeeded s1 p11 r9 d9", "succeeded u1 s1 p14 d9",
        ),
        row(
            "trickle",
            "succeeded u1 s1 p10 d3", "succeeded s1 p8 r3 d3", "succeeded s1 p11 r3 d3", "succeeded u1 s1 p8 d3",
        ),
        row("wrong types, unknown status", "-", "-", "-", "-"),
    ),
    ("cancel", ONCE): (
        # 1 s later RunComfy's job still waits, and is canceled; OdiRouter's runs, and goes on. After 7 s both are over.
        row("connect error, 429", "-", "delivered s1 c2 p6 r1 d1", "canceled s1 c2", "-"),
        row("429 in 7 s", "-", "delivered s1 c2 p1 r1 d1", "delivered s1 c2 p1 r1 d1", "-"),
        # The first was heard: the second comes too late, and a poll says why.
        row("500, 502, 503, huge body", "-", "canceled s1 c2 p1", "canceled s1 c2 p1", "-"),
        row("400, 401, 402, 403, 404, 409, 422", "-", "queued s1 c1", "queued s1 c1", "-"),
        # 20 s of patience: 60 or 180 s are gone after the first. The next start finds the job canceled.
        row("no answer, half an answer, trickle", "-", "queued s1 c1", "queued s1 c1", "-"),
        # No document says how OdiRouter answers, so anything will do, and a poll says what came of it.
        row("empty body, HTML, cut short, wrong types, unknown status", "-", "canceled s1 c1 p1", "queued s1 c1", "-"),
    ),
    ("cancel", FOREVER): (
        # 20 s of patience: waits of 1, 2, 4 and 8 s fit, or two of 7.35 s.
        row("connect error, 429, 500, 502, 503, huge body", "-", "queued s1 c5", "queued s1 c5", "-"),
        row("429 in 7 s", "-", "queued s1 c3", "queued s1 c3", "-"),
        row("400, 401, 402, 403, 404, 409, 422", "-", "queued s1 c1", "queued s1 c1", "-"),
        row("no answer, half an answer, trickle", "-", "queued s1 c1", "queued s1 c1", "-"),
        row("empty body, HTML, cut short, wrong types, unknown status", "-", "canceled s1 c1 p1", "queued s1 c1", "-"),
    ),
    # A price that does not come is not waited for: it stays unknown, and is asked for anew at the next press of Run.
    ("quote", ONCE): (
        row(
            "connect error, no answer, half an answer, 400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, 500, 502,"
            "503, trickle, empty body, HTML, cut short, wrong types, huge body",
            "-", "-", "priced q2", "priced u2 q2",
        ),
        row("unknown status", "-", "-", "-", "-"),  # a price has no state
    ),
    ("quote", FOREVER): (
        row(
            "connect error, no answer, half an answer, 400, 401, 402, 403, 404, 409, 422, 429 in 7 s, 429, 500, 502,"
            "503, trickle, empty body, HTML, cut short, wrong types, huge body",
            "-", "-", "unpriced q1", "unpriced u1 q1",
        ),
        row("unknown status", "-", "-", "-", "-"),
    ),
}  # fmt: skip


WAITS = {"429 in 7 s": 7.0, "429": 1.0}
"""Seconds that a 429 is waited out for, and up to a tenth more."""
REFUSE_THE_KEY = {*(("401", slug) for slug in (*COLUMNS, *ALL)), ("403", "runninghub")}
"""RunningHub's 403 carries its code 1014, which is about the key; the others' is about the request at hand."""


# Cells --------------------------------------------------------------------------------------------------------


class Expected(NamedTuple):
    """One cell, and all that is expected of it."""

    cell: Cell
    fault: str
    ending: str
    words: str | None
    sentence: str | None

    @property
    def name(self) -> str:
        return f"{self.cell.operation}, {self.fault}, {'once' if self.cell.times == ONCE else 'for good'}"


def endings() -> dict[tuple[str, float, str, str], str]:
    """How every cell ends, by operation, times, fault and provider.

    Raises:
        ValueError: a row names a fault twice, or one that does not exist, or not every provider.
    """
    found: dict[tuple[str, float, str, str], str] = {}
    for (operation, times), rows in TABLE.items():
        for each in rows:
            for fault in each.faults:
                if fault not in FAULTS or (operation, times, fault, COLUMNS[0]) in found:
                    raise ValueError(f"{operation}: {fault!r} is no fault, or is named twice")
                by_provider = zip(COLUMNS, each.endings, strict=True)
                found |= {(operation, times, fault, slug): ending for slug, ending in by_provider}
    return found | {key: ending for slug in ALL for key, ending in _of_a_module(slug)}


def _of_a_module(slug: str) -> Iterator[tuple[tuple[str, float, str, str], str]]:
    """The endings of a provider that has a module of its own."""
    for operation, times in TABLE:
        rows = ALL[slug].table.get((operation, "once" if times == ONCE else "for good"), {})
        named = {fault.strip(): ending for faults, ending in rows.items() for fault in faults.split(",")}
        if unknown := set(named) - set(FAULTS):
            raise ValueError(f"{slug}, {operation}: {unknown} are no faults")
        yield from (((operation, times, fault, slug), named.get(fault, NOT_APPLICABLE)) for fault in FAULTS)


def expected() -> list[Expected]:
    """Every cell that applies: of the table, of the vendors' own errors, and of stops that come too late."""
    table = [_of_the_table(*key, ending) for key, ending in endings().items() if ending != NOT_APPLICABLE]
    codes = [_of_a_code(code, times) for code in CODES for times in (ONCE, FOREVER)]
    return table + codes + [_of_a_late_stop(slug, ending) for slug, ending in late_stops.ENDINGS.items()]


def _of_the_table(operation: str, times: float, fault: str, slug: str, ending: str) -> Expected:
    cell = Cell(slug, operation, FAULTS[fault], times, WAITS.get(fault), (fault, slug) in REFUSE_THE_KEY)
    read = sentences.sentence(operation, fault, slug, ending)
    return Expected(cell, fault, ending, sentences.words(slug, ending.partition(" ")[0]), read)


def _of_a_code(code: Code, times: float) -> Expected:
    cell = Cell(code.slug, code.operation, code.answer, times, code.wait, code.refuses_key)
    ending = code.once if times == ONCE else code.for_good
    state = ending.partition(" ")[0]
    read = None if state == "delivered" else code.sentence
    return Expected(cell, f"error {code.name}", ending, sentences.words(code.slug, state), read)


def _of_a_late_stop(slug: str, ending: str) -> Expected:
    cell = Cell(slug, "poll", FAULTS[late_stops.FAULT], FOREVER, late=True)
    read = sentences.sentence("poll", late_stops.FAULT, slug, ending)
    return Expected(cell, late_stops.NAME, ending, sentences.words(slug, ending.partition(" ")[0]), read)


LASTING = 20
"""More requests than this, and a cell takes as long as many others."""


def lasting(each: Expected) -> bool:
    """Whether a fault meets a job for an hour of tries."""
    requests = sum(int(count) for count in re.findall(r" [a-z](\d+)", each.ending))
    return requests > LASTING and each.cell.times == FOREVER


def by_turns(cells: Sequence[Expected]) -> list[Expected]:
    """Each state in which an operation of each provider ends here, each late stop, and each fault at one provider."""
    ways: dict[tuple[str, str, str], Expected] = {}
    alike: dict[tuple[str, str, float], list[Expected]] = {}
    for each in cells:
        ways.setdefault((each.cell.operation, each.cell.slug, each.ending.partition(" ")[0]), each)
        alike.setdefault((each.cell.operation, each.fault, each.cell.times), []).append(each)
    late = [each for each in cells if each.cell.late]
    chosen = [*ways.values(), *late, *(row[turn % len(row)] for turn, row in enumerate(alike.values()))]
    return without(cells, without(cells, chosen))


def without(cells: Sequence[Expected], others: Sequence[Expected]) -> list[Expected]:
    """These cells but for others of them, told apart as objects: to compare all their fields takes seconds."""
    left_out = set(map(id, others))
    return [each for each in cells if id(each) not in left_out]


async def wrong(each: Expected, scratch: Path) -> list[str]:
    """What is otherwise than expected of a cell, in words; nothing where all is well."""
    came = await outcome(each.cell, Path(tempfile.mkdtemp(dir=scratch)) / "home")
    return [f"{each.name}, {each.cell.slug}: {what}" for what in _differences(each, came)]


def _differences(each: Expected, came: Outcome) -> list[str]:
    pairs = ((came.ending, each.ending), (came.words, each.words), (came.sentence, each.sentence))
    return [f"{ours!r}, not {theirs!r}" for ours, theirs in pairs if ours != theirs] + list(came.broken)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for ledgers; in memory where that can be had, as every event of a job is flushed to the disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="takes-faults-", dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


# By hand ------------------------------------------------------------------------------------------------------


async def report(slugs: Sequence[str]) -> int:
    """Runs every cell, or those of these providers, and prints what came of it: how many are not as expected."""
    cells, bad = [each for each in expected() if not slugs or each.cell.slug in slugs], 0
    names = list(dict.fromkeys(each.name for each in cells))
    with scratch() as folder:
        for name in names:
            line = [(each, await wrong(each, folder)) for each in cells if each.name == name]
            print(f"{name:32}", " | ".join(f"{each.cell.slug}: {each.ending}" for each, _ in line))
            problems = [problem for _, found in line for problem in found]
            print("".join(f"    WRONG {problem}\n" for problem in problems), end="")
            bad += sum(bool(found) for _, found in line)
    skipped = sum(ending == NOT_APPLICABLE for ending in endings().values())
    print(f"{len(cells)} cells, {bad} of them otherwise than expected; {skipped} more do not apply.")
    return bad


def main(slugs: Sequence[str] = ()) -> int:
    """0 if every cell is as expected, else 1."""
    return 1 if asyncio.run(report(slugs)) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
