"""Uploaded files of a sandbox without a journal: they live in memory."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property

MOST, MOST_BYTES = 64, 256 * 2**20
"""Files kept, and their bytes; the oldest go first, as a vendor's cleanup would take them."""


@dataclass(frozen=True)
class Stored:
    """An uploaded file."""

    id: str
    data: bytes
    media_type: str
    stored_at: float

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


class HeldUploads:
    """The uploaded files. Equal ones are held once."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, Stored] = OrderedDict()

    def __len__(self) -> int:
        return len(self._files)

    def keep(self, stored: Stored) -> None:
        """Keeps a file until others need the room."""
        same = next((other.data for other in self._files.values() if other.sha256 == stored.sha256), stored.data)
        self._files[stored.id] = replace(stored, data=same)
        while len(self._files) > MOST or self.bytes_held() > MOST_BYTES:
            self._files.popitem(last=False)

    def bytes_held(self) -> int:
        """How many bytes of memory the files take."""
        return sum({stored.sha256: len(stored.data) for stored in self._files.values()}.values())

    def find(self, upload_id: str) -> Stored | None:
        return self._files.get(upload_id)

    def drop(self, upload_id: str) -> None:
        self._files.pop(upload_id, None)
