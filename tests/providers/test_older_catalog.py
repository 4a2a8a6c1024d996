"""A person's catalogue file of the older form; that one is brought over whole is shown in ``tests/cli``."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from providers import renewed_catalog
from providers._older_catalog import OLD

NAMES = some.sampled_from([*sorted(OLD), "prompt", "price", "clip", "endpoint", "model", "768p", "6"])
PLAIN = some.booleans() | some.integers(-9, 9) | some.text("6p", max_size=3)
VALUES = some.recursive(
    PLAIN, lambda of: some.lists(of, max_size=3) | some.dictionaries(NAMES, of, max_size=3), max_leaves=8
)
TABLES = some.dictionaries(NAMES, VALUES, max_size=5)


@given(some.fixed_dictionaries({}, optional={"defaults": TABLES | VALUES, "variant": some.lists(TABLES) | VALUES}))
def test_any_document_is_brought_to_todays_form_or_left_as_it_is(document: dict[str, Any]):
    found = renewed_catalog(document)
    assert found is None or len(found["variant"]) == len(document.get("variant", []))
