"""Pictures that people give by URL: the server fetches them, people in turn, and treats them as uploads.

The server fetches and not the browser, since hardly any site lets another site's page read its pictures. A fetched
picture counts towards the person's upload quota, lies in the upload folder, and is read as uploads are.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from gradio.processing_utils import save_file_to_cache
from gradio.utils import get_upload_folder

from comparisons.media import images
from comparisons.playground import Playground
from comparisons.records import Person
from comparisons.shares import Hourly
from comparisons.ui.door.uploads import LARGEST, LEAST, Arriving
from comparisons.ui.fair import Fair
from comparisons.ui.reading import Reading
from providers import InvalidRequest, TakesError

AT_ONCE = 32
"""Pictures of different people that are fetched at once: a fetch mostly waits, for up to half a minute."""
KEPT = 1_000
"""For how many fields the latest picture is remembered."""
NAME = "Picture"
"""The name of a fetched file: the name in its URL may be a secret."""
NO_ROOM = "The picture cannot be kept just now: there may be no room for it."


@dataclass(frozen=True)
class AskedPicture:
    """A picture that a field asked for.

    Attributes:
        before: the files that the field held at that time.
        path: the picture's file, once it was fetched and read; or the error.
    """

    url: str = field(repr=False)
    before: Sequence[str]
    path: Future[str]


class PicturesByUrl:
    """The latest picture that each field of each page asked for. Safe to use from several threads.

    Args:
        quota: the uploaded bytes of each person in the last hour.
        largest: bytes that one picture may have.
    """

    def __init__(self, playground: Playground, reading: Reading, quota: Hourly, largest: int = LARGEST) -> None:
        self._pictures, self._uploaded = playground.pictures, playground.uploaded
        self._reading, self._quota, self._largest = reading, quota, largest
        self._fair = Fair("pictures", AT_ONCE)
        self._kept: OrderedDict[tuple[str, str, str], AskedPicture] = OrderedDict()
        self._acting = threading.Lock()

    def ask(self, place: tuple[str, str], who: Person, url: str, before: Sequence[str]) -> AskedPicture:
        """Fetches a picture for a field, and forgets what the field asked for before. A URL that this field is already
        waiting for is not fetched twice.

        Args:
            place: the page and the field.
            before: the files that the field holds now.

        Raises:
            TooMuchAtOnce: this person has too many others waiting.
        """
        known = self.of(place, who)
        if known is not None and known.url == url and not known.path.done():
            return known
        wanted = AskedPicture(url, before, Future())
        fetched = self._fair.submit(who, lambda: self._fetched(url, who))
        with self._acting:
            self._kept[(who.id, *place)] = wanted
            self._kept.move_to_end((who.id, *place))
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        fetched.add_done_callback(lambda done: self._read(done, who, wanted.path))
        return wanted

    def of(self, place: tuple[str, str], who: Person) -> AskedPicture | None:
        """What this field of this person asked for last."""
        return self._kept.get((who.id, *place))

    def forget(self, place: tuple[str, str], who: Person) -> None:
        """Forgets what the field asked for."""
        with self._acting:
            self._kept.pop((who.id, *place), None)

    def _fetched(self, url: str, who: Person) -> str:
        """Downloads a file into the upload folder, whatever it contains; returns its path.

        Raises:
            NoPicture: it cannot be downloaded.
            NotLetIn: it is larger than an upload may be, or than this person may upload just now.
            InvalidRequest: it cannot be written.
        """
        arriving = Arriving(self._quota, who, self._largest)
        arriving.check(0)
        folder = get_upload_folder()
        try:
            with tempfile.TemporaryDirectory(prefix="tmp", dir=folder) as own:
                file = Path(own) / NAME
                with file.open("wb") as out:
                    asyncio.run(self._pictures.fetch(url, _Intake(arriving, out.write)))
                named = file.rename(file.with_suffix(images.suffix(file)))
                path = str(save_file_to_cache(named, folder))
        except OSError:
            raise InvalidRequest(NO_ROOM) from None
        finally:
            if not arriving.arrived:
                self._quota.count(who, 0, LEAST)  # as the smallest file
        self._uploaded.hold(path, who.id)
        return path

    def _read(self, fetched: Future[str], who: Person, path: Future[str]) -> None:
        """Has a fetched file read as uploads are, and sets ``path`` once it is known to be a picture."""
        if (failed := fetched.exception()) is not None:
            path.set_exception(failed)
            return
        try:
            reading = self._reading.begun([fetched.result()], who)
        except TakesError as error:
            path.set_exception(error)
            return
        for each in reading:
            each.add_done_callback(lambda _: _told(fetched.result(), path))
        if not reading:
            _told(fetched.result(), path)


@dataclass(frozen=True)
class _Intake:
    """Writes a picture as it arrives, and stops it at the limits of uploads."""

    arriving: Arriving
    write: Callable[[bytes], object]

    def check(self, announced: int) -> None:
        self.arriving.check(announced)

    def take(self, chunk: bytes) -> None:
        self.arriving.arrives(len(chunk))
        self.write(chunk)


def _told(file: str, path: Future[str]) -> None:
    try:
        images.load(file)
    except InvalidRequest as error:
        path.set_exception(error)
    else:
        path.set_result(file)
