"""Reading the images that people upload: one at a time of all, people in turn, each once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from comparisons import images
from comparisons.ui.fair import Fair
from comparisons.visitors import Person
from providers import InvalidRequest


class Reading:
    """Has images read on a thread of their own; ``images.load`` then has them at once."""

    def __init__(self) -> None:
        self._fair = Fair("images")

    def begun(self, paths: Sequence[str], who: Person) -> list[Future[None]]:
        """For each of these files that is not read yet, what is done once it is: well or not, ``load`` says which.

        Raises:
            TooMuchAtOnce: this person has too many others read.
        """
        return [self._fair.submit(who.id, lambda path=path: _read(path)) for path in paths if not images.is_read(path)]


def _read(path: str) -> None:
    try:
        images.load(path)
    except InvalidRequest:
        return  # the sentence is kept as the image would be
