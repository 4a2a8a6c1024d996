"""The plan that each person saved last on the page; it is packed as a zip when it is downloaded."""

from __future__ import annotations

import io
import secrets
import threading
import zipfile
from collections import OrderedDict

from comparisons.records import Person
from comparisons.sessions import Written, pictures
from comparisons.shares import first_to_go

KEPT = 50
"""For how many people a plan is kept; see ``first_to_go`` for whose is dropped."""


class SavedPlans:
    """The last plan that each person saved, under an unguessable name. Of its images, only the folder is kept."""

    def __init__(self) -> None:
        self._of: OrderedDict[str, tuple[str, Written]] = OrderedDict()
        self._clients: dict[str, str] = {}
        self._acting = threading.Lock()

    def keep(self, who: Person, written: Written) -> str:
        """Keeps a plan in place of the one that this person saved before; returns its name."""
        name = secrets.token_hex(16)
        with self._acting:
            self._of[who.id] = name, written
            self._of.move_to_end(who.id)
            self._clients[who.id] = who.client
            while len(self._of) > KEPT:
                over = first_to_go({each: self._clients[each] for each in self._of})
                del self._of[over], self._clients[over]
        return name

    def find(self, who: Person, name: str) -> Written | None:
        """This person's plan of that name, if it is still kept."""
        kept, written = self._of.get(who.id, ("", None))
        return written if kept == name else None


def packed(written: Written) -> bytes:
    """A zip of the plan and the images that it names, unchanged.

    Raises:
        FileNotFoundError: an image is gone.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(written.name, written.text)
        for name in dict.fromkeys(pictures(written.plan)):
            file.write(written.folder / name, name)
    return buffer.getvalue()
