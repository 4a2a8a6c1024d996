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
"""The least cost of reading an image, in megapixels."""


class Reading:
    """Has images read on threads of their own; ``images.load`` then returns them at once."""

    def __init__(self, uploaded: Uploaded) -> None:
        self._uploaded = uploaded
        self._small, self._large = Fair("images"), Fair("large-images")

    def begun(self, paths: Sequence[str], who: Person) -> list[Future[None]]:
        """Begins to read those of these files that are not read yet; returns a future for each of them.

        A future succeeds even if the file is no image: ``images.load`` raises the error then.

        Raises:
            InvalidRequest: a file is gone.
            TooMuchAtOnce: this person has too many images waiting.
        """
        if not all(Path(path).exists() for path in paths):
            raise InvalidRequest("This image is not here any more: choose it again.")
        unread = [path for path in paths if not images.is_read(path)]
        for path in set(paths) - set(unread):
            self._read(path, who)
        return [self._submit(path, who) for path in unread]

    def _submit(self, path: str, who: Person) -> Future[None]:
        """Small images have a queue of their own, so they never wait for large ones; the cost is the image's size."""
        size = images.megapixels(path)
        fair = self._small if size <= images.SMALL else self._large
        return fair.submit(who, lambda: self._read(path, who), max(size, LEAST))

    def _read(self, path: str, who: Person) -> None:
        """Reads an image, and records its hash, so that the upload is deleted together with the image's runs."""
        with suppress(InvalidRequest):  # ``images.load`` keeps the error, too, and raises it again
            image = images.load(path)
            self._uploaded.shows(path, who.id, lambda: image.sha256)
