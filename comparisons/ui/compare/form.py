"""The content of the Compare tab's fields as one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from comparisons.media import images
from comparisons.runs import MAX_REPEATS
from comparisons.ui.fields import MISFIT, TEXT, typed_keys
from comparisons.ui.option_fields import common, read_common, texts_of
from comparisons.ui.picker.picked import Picked
from providers import VENDORS, ImageInput, InvalidRequest, Option, Request, Value

PROMPT_MAX = 20_000
"""The most characters of a prompt that are read. Every vendor's own limit is far below."""
ASKED = ("prompt", "image", "last_image", "references", "repeats", "mode")
"""The first fields, in the tab's order: those that a run keeps, besides its options."""


@dataclass(frozen=True)
class Form:
    """The fields of the tab at one submission."""

    prompt: str
    image: str | None
    last_image: str | None
    references: list[str]
    repeats: int
    mode: str
    nearest: bool
    allow_unpriced: bool
    keys: dict[str, str] = field(repr=False)
    options: Mapping[str, Value]
    chosen: list[str]
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Options that single variants are asked besides, by reference and option, as typed; see ``own_options.py``."""
    turn: int = 0
    """The number of the picker's last tick that this submission includes."""

    @classmethod
    def read(cls, values: Sequence[Any], options: Mapping[str, Sequence[Option]]) -> Form:
        """The form from the fields' values, in the order of ``CompareTab.fields``.

        Args:
            options: the options that the fields may ask for.

        Raises:
            InvalidRequest: a field has a value that it cannot have; the sentence does not repeat it.
        """
        *fields, picked = values
        count = len(VENDORS) + len(common(options))
        if len(fields) != len(KINDS) + count or not all(
            isinstance(each, kind) for each, kind in zip(fields, KINDS.values(), strict=False)
        ):
            raise InvalidRequest(MISFIT)
        told = Picked.read(picked)
        plain = dict(zip(KINDS, fields[:-count], strict=True)) | {"references": _paths(fields[KINDS_AT["references"]])}
        typed, said = fields[-count:][: len(VENDORS)], fields[-count:][len(VENDORS) :]
        asked = read_common(said, options)
        form = cls(**plain, keys=typed_keys(typed), options=asked, chosen=told.refs, own=told.own, turn=told.turn)
        if not 1 <= (form.repeats or 0) <= MAX_REPEATS:
            raise InvalidRequest(f"Takes per variant go from 1 to {MAX_REPEATS}.")
        if len(form.prompt or "") > PROMPT_MAX:
            raise InvalidRequest(f"A prompt has at most {PROMPT_MAX:,} characters, not {len(form.prompt):,}.")
        return form

    def asked(self, options: Mapping[str, Sequence[Option]]) -> list[Any]:
        """The values for the fields in ``ASKED``, then those for the fields of these options."""
        return [*(getattr(self, name) for name in ASKED), *texts_of(self.options, options)]

    @property
    def simulated(self) -> bool:
        return self.mode != "Live"

    @property
    def files(self) -> list[str]:
        """The files of its images."""
        return [path for path in (self.image, self.last_image, *self.references) if path]

    def request(self, load: Callable[[str], ImageInput] = images.load) -> Request:
        """The request that the form describes.

        Raises:
            InvalidRequest: an image cannot be used.
        """
        return Request(
            prompt=self.prompt or "",
            first_frame=load(self.image) if self.image else None,
            last_frame=load(self.last_image) if self.last_image else None,
            references=tuple(load(path) for path in self.references),
            options=self.options,
        )


SWITCH = (bool,)
KINDS: dict[str, tuple[type, ...]] = {
    "prompt": TEXT, "image": TEXT, "last_image": TEXT, "references": (list, type(None)),
    "repeats": (int, float, type(None)), "mode": TEXT, "nearest": SWITCH, "allow_unpriced": SWITCH,
}  # fmt: skip
"""The types that the value of each field before the keys may have."""
KINDS_AT = {name: at for at, name in enumerate(KINDS)}
REFERENCES_MAX = 9
"""The most reference images that any variant takes."""


def _paths(value: Any) -> list[str]:
    """The files of the reference images."""
    paths = value or []
    if not all(isinstance(path, str) for path in paths):
        raise InvalidRequest(MISFIT)
    if len(paths) > REFERENCES_MAX:
        raise InvalidRequest(f"At most {REFERENCES_MAX} reference images, not {len(paths)}.")
    return list(paths)
