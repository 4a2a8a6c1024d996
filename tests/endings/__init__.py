"""What the fault matrix expects of a provider, one module each; the first four stand side by side in ``tests.faults``.

A module is named as its provider and has ``endings``, an ``Endings``. ``python -m tests.faults SLUG`` prints what came
of every cell of one provider.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Times = Literal["once", "for good"]


@dataclass(frozen=True)
class Endings:
    """How jobs of one provider end, whatever goes wrong with which request.

    Args:
        table: by operation, and whether it goes wrong once or for good: by faults (with commas between), the state it
            ends in and how many requests that took, as ``delivered u1 s2 p8 r1 d1``. An operation that the provider
            does not have, or a fault that does not apply, is left out.
        refusals: the body that comes with each HTTP status, in the vendor's own form.
        in_its_words: the sentence for each of these statuses (as ``"400"``), and ``"429 in 7 s"``.
        there: the sentence where it depends on what was asked for, by operation and fault.
        canceled: the sentence of a job that was stopped, by its ending.
        variants: the variant that an operation is tried with, where the usual one has no such operation.
    """

    table: Mapping[tuple[str, Times], Mapping[str, str]]
    refusals: Mapping[int, Any]
    in_its_words: Mapping[str, str]
    there: Mapping[tuple[str, str], str] = field(default_factory=dict)
    canceled: Mapping[str, str] = field(default_factory=dict)
    variants: Mapping[str, str] = field(default_factory=dict)


ALL: Mapping[str, Endings] = {
    module.name: importlib.import_module(f"{__name__}.{module.name}").endings
    for module in pkgutil.iter_modules(__path__)
}
"""By slug."""
