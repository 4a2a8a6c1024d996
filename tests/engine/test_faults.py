"""Whatever goes wrong with whichever request of whichever provider ends as the fault matrix says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from providers import PROVIDERS, Provider
from tests import faults, late_stops
from tests.cells import FOREVER, ONCE, OPERATIONS, Cell, bench
from tests.faults import Expected
from tests.sabotage import FAULTS

pytestmark = pytest.mark.anyio
CELLS = faults.expected()
OFTEN = faults.by_turns(CELLS)
OTHERS = faults.without(CELLS, OFTEN)
LASTING = [each for each in OTHERS if faults.lasting(each)]
FAULTS_AND_CODES = list(dict.fromkeys(each.fault for each in CELLS))
ROWS = list(dict.fromkeys((each.cell.operation, each.fault) for each in CELLS))


@pytest.fixture
def scratch() -> Iterator[Path]:
    with faults.scratch() as folder:
        yield folder


@pytest.mark.parametrize(("operation", "fault"), ROWS)
async def test_a_fault_ends_in_its_state_after_so_many_requests_with_its_sentence(
    scratch: Path, operation: str, fault: str
):
    assert await wrong(OFTEN, operation, fault, scratch) == []


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_fault_ends_so_at_every_provider(scratch: Path, operation: str):
    soon = faults.without(OTHERS, LASTING)
    assert [problem for fault in FAULTS_AND_CODES for problem in await wrong(soon, operation, fault, scratch)] == []


@pytest.mark.heavy
@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_fault_that_lasts_an_hour_ends_so_at_every_provider(scratch: Path, operation: str):
    assert [problem for fault in FAULTS_AND_CODES for problem in await wrong(LASTING, operation, fault, scratch)] == []


def test_each_fault_is_tried_at_a_provider_in_the_quick_lane():
    """As is each state in which an operation of each provider ends."""
    assert {each.name for each in CELLS} == {each.name for each in OFTEN}
    assert _ways(CELLS) == _ways(OFTEN)


def _ways(cells: list[Expected]) -> set[tuple[str, str, str]]:
    return {(each.cell.slug, each.cell.operation, each.ending.partition(" ")[0]) for each in cells}


async def wrong(cells: list[Expected], operation: str, fault: str, scratch: Path) -> list[str]:
    """What is otherwise than expected of these cells of an operation and a fault."""
    alike = [each for each in cells if (each.cell.operation, each.fault) == (operation, fault)]
    return [problem for each in alike for problem in await faults.wrong(each, scratch)]


def test_every_operation_meets_every_fault_at_every_provider_once_and_for_good():
    endings = faults.endings()
    assert len(FAULTS) == 22
    assert sorted(PROVIDERS) == sorted((*faults.COLUMNS, *faults.ALL))
    wanted = {(o, t, f, p) for o in OPERATIONS for t in (ONCE, FOREVER) for f in FAULTS for p in PROVIDERS}
    assert set(endings) == wanted
    applicable = [key for key, ending in endings.items() if ending != faults.NOT_APPLICABLE]
    assert len(applicable) == len([each for each in CELLS if not each.fault.startswith("error ")])
    assert len([key for key in applicable if key[-1] in faults.COLUMNS]) == 2 * 425


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("slug", PROVIDERS)
def test_no_fault_applies_only_where_a_provider_has_no_such_operation(slug: str, operation: str):
    endings = faults.endings()
    applies = {fault: endings[operation, ONCE, fault, slug] != faults.NOT_APPLICABLE for fault in FAULTS}
    assert applies == {fault: endings[operation, FOREVER, fault, slug] != faults.NOT_APPLICABLE for fault in FAULTS}
    apart = {"unknown status", "wrong types"}  # these need a reply that names a state, or values with types
    assert {applies[fault] for fault in FAULTS if fault not in apart} == {asks_for(slug, operation)}


def asks_for(slug: str, operation: str) -> bool:
    """Whether a dialect has a request for an operation."""
    left_to_the_rest = getattr(Provider, operation, None)
    return operation == "download" or getattr(type(PROVIDERS[slug]), operation) is not left_to_the_rest


def test_a_stop_that_comes_too_late_is_tried_wherever_jobs_can_be_stopped():
    assert set(late_stops.ENDINGS) == {slug for slug, provider in PROVIDERS.items() if provider.can_cancel}
    ended = {slug: ending.partition(" ")[0] == "canceled" for slug, ending in late_stops.ENDINGS.items()}
    assert ended == {slug: PROVIDERS[slug].own_server for slug in ended}


@pytest.mark.parametrize("payer", ["", "somebody"])
@pytest.mark.parametrize(
    ("slug", "operation"), [(s, o) for s in PROVIDERS for o in ("upload", "submit") if asks_for(s, o)]
)
async def test_a_balance_that_is_too_low_is_said_to_be_that_of_the_key_that_was_used(
    scratch: Path, slug: str, operation: str, payer: str
):
    async with bench(Cell(slug, operation, FAULTS["402"], FOREVER), scratch) as table:
        job = await table.engine().advance(table.job(live=True, allow_unpriced=True, payer=payer), table.places)
    key = "the key you typed" if payer else f"the key in {PROVIDERS[slug].key_env}"
    assert job.state == "rejected"
    assert job.error.endswith(f"It is the account of {key}.")
