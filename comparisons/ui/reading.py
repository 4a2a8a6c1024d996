"""Reads uploaded images once each, on two threads: one for small images, one for large ones, people in turn."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

from comparisons.media import Uploaded, images
from comparisons.records import Person
from comparisons.ui.fair import Fair
from providers import InvalidRequest

LEAST = 0.1
"""What reading any image costs, in megapixels."""


class Reading:
    """Has images read on threads of their own; ``images.load`` then has them at once."""

    def __init__(self, uploaded: Uploaded) -> None:
        self._uploaded = uploaded
        self._small, self._large = Fair("images"), Fair("large-images")

    def begun(self, paths: Sequence[str], who: Person) -> list[Future[None]]:
        """For each of these files that is not read yet, what is done once it is: well or not, ``load`` says which.

        Raises:
            InvalidRequest: one of them has gone, or this person has too many others read.
        """
        if not all(Path(path).exists() for path in paths):
            raise InvalidRequest("This image is not here any more: choose it again.")
        unread = [path for path in paths if not images.is_read(path)]
        for path in set(paths) - set(unread):
            self._read(path, who)
        return [self._submit(path, who) for path in unread]

    def _submit(self, path: str, who: Person) -> Future[None]:
        """Nobody's small image waits for large ones; and whoever has large ones read waits by their size."""
        size = images.megapixels(path)
        fair = self._small if size <= images.SMALL else self._large
        return fair.submit(who, lambda: self._read(path, who), max(size, LEAST))

    def _read(self, path: str, who: Person) -> None:
        """Reads an image, and notes which one it is, so that its upload goes when its runs do."""
        with suppress(InvalidRequest):  # the sentence is kept as the image would be
            image = images.load(path)
            self._uploaded.shows(path, who.id, lambda: image.sha256)
