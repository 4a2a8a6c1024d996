"""Each attack of strangers on a hosted Takes, held off; the heavy ones in the slow lane (``pytest -m slow``)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import attacks
from tests.attacks import Attack
from tests.attacks.targets import Targets


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Targets]:
    """One public Takes for nearly all of them, one that is not, and one on a Space."""
    with Targets(tmp_path_factory.mktemp("strangers")) as running:
        running.begin("public", "local", "space")
        yield running


@pytest.mark.slow
@pytest.mark.parametrize(
    "attack",
    [pytest.param(each, id=each.name, marks=[pytest.mark.heavy] if each.heavy else []) for each in attacks.every()],
)
def test_it_is_held_off(targets: Targets, attack: Attack):
    result = attack.run(targets.on(attack.on))
    assert result.held, f"{attack.words}: {result.figure}"
