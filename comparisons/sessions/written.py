"""A plan together with its text, its folder and its images."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from comparisons.media import images
from comparisons.sessions import plan_toml
from comparisons.sessions._source import text_of
from comparisons.sessions._toml_lines import where
from comparisons.sessions.mistakes import PlanError, Said
from comparisons.sessions.plan import SessionPlan, identity
from providers import ImageInput, InvalidRequest, Request

MOST_IMAGE_BYTES = 1_000_000_000
"""The most bytes of all images of a plan, which are held in memory while it is quoted and started."""


class Frames:
    """The images of one plan. Each file is read, decoded and hashed once, however many requests name it."""

    def __init__(self) -> None:
        self._loaded: dict[Path, ImageInput] = {}

    def load(self, path: Path) -> ImageInput:
        """The image at ``path``, the same object each time.

        Raises:
            InvalidRequest: as ``images.load``; or all images together are too large.
        """
        if path not in self._loaded:
            image = images.load(path)
            if sum(len(each.data) for each in self._loaded.values()) + len(image.data) > MOST_IMAGE_BYTES:
                raise InvalidRequest(f"the images of a plan are together at most {MOST_IMAGE_BYTES // 10**9} GB.")
            self._loaded[path] = image
        return self._loaded[path]


@dataclass(frozen=True)
class Written:
    """A plan, its ``text``, in which errors name lines, and the ``folder`` that its images' paths are relative to."""

    plan: SessionPlan
    text: str
    folder: Path
    name: str = "plan.toml"
    frames: Frames = field(default_factory=Frames, repr=False, compare=False)

    @classmethod
    def read(cls, path: Path) -> Written:
        """Reads it from a file; raises as ``plan_toml.read``."""
        text = text_of(path)
        return cls(plan_toml.parse(text, path.parent, path.name), text, path.parent, path.name)

    def wrong(self, sentence: str, *steps: str | int) -> PlanError:
        """The error about the value at ``steps`` of the plan, or about the row of the CSV that it was read from."""
        mistake = Said(sentence)
        kind, number = (*steps, 0, 0)[:2]
        row = self.plan.requests[int(number)].row if kind == "requests" else None
        if row is not None:
            return PlanError(row.file, lambda: row.line, steps[2:], mistake)
        return PlanError(self.name, lambda: where(self.text, steps), steps, mistake)

    def request(self, number: int) -> Request:
        """One of its requests, counted from 0, with its images.

        Raises:
            PlanError: an image cannot be used.
        """
        asked = self.plan.requests[number]
        first, last = (
            None if path is None else self._loaded(path, "requests", number, key)
            for key, path in (("image", asked.image), ("last_image", asked.last_image))
        )
        numbered = enumerate(asked.references)
        references = tuple(self._loaded(path, "requests", number, "references", at) for at, path in numbered)
        return Request(asked.prompt, first, last, references, asked.options)

    def _loaded(self, path: str, *steps: str | int) -> ImageInput:
        try:
            return self.frames.load(self.folder / path)
        except InvalidRequest as error:
            raise self.wrong(str(error), *steps) from error

    def identity(self, *, simulated: bool) -> str:
        """The plan's identity (see ``plan.identity``); raises ``PlanError`` if an image cannot be used."""
        requests = [self.request(number) for number in range(len(self.plan.requests))]
        digests = [image.sha256 for request in requests for images in request.inputs.values() for image in images]
        return identity(self.plan, digests, "sandbox" if simulated else "live")
