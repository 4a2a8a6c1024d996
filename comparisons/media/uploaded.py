"""Files that people uploaded to the page: who owns them, what image they show, and how long they stay.

Gradio puts each file into a folder named by its content. Each process of the page has a folder of its own for these,
which is deleted when the process ends. Beside each file lie marks of ours: empty files whose names say who uploaded it
and what image it shows. So any process that deletes a run, the command line too, finds the uploads to delete with it;
and a file that two people uploaded stays until neither of them needs it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from comparisons import private
from providers import InvalidRequest

OF, SHOWS = ".of-", ".shows-"
"""How the names of marks begin. After the first comes the owner's id, after the second the SHA-256, in hex, of the
image as it is sent."""
EVERYBODY = "everybody"
"""The owner of the page's own pictures, which are never deleted."""
PROCESS = "uploads-"
"""How the name of a process's folder begins."""


class Uploaded:
    """The uploads below ``root``, of all processes. Safe to use from several threads and processes.

    Args:
        claim: claims a name for this process; False if another living process has it.
        disown: gives a claimed name back.
        now: epoch seconds.
    """

    def __init__(
        self, root: Path, claim: Callable[[str], bool], disown: Callable[[str], None], now: Callable[[], float]
    ) -> None:
        self._root = root
        self._claim = claim
        self._disown = disown
        self._now = now
        self._own: Path | None = None
        self._acting = threading.Lock()

    def open(self) -> Path:
        """Makes this process's folder, readable by its user only, and deletes those of processes that have ended.

        Raises:
            InvalidRequest: the folder cannot be made.
        """
        try:
            private.make_folder(self._root)
            for left in self._root.glob(f"{PROCESS}*"):
                if self._claim(left.name):
                    shutil.rmtree(left, ignore_errors=True)
                    self._disown(left.name)
            own = self._root / f"{PROCESS}{secrets.token_hex(8)}"
            self._claim(own.name)
            private.make_folder(own)
        except OSError as error:
            sentence = f"Uploads cannot be kept in {self._root} ({error.strerror}); set GRADIO_TEMP_DIR."
            raise InvalidRequest(sentence) from error
        self._own = own
        return own

    def close(self) -> None:
        """Deletes this process's folder: its page has ended."""
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)
            self._disown(self._own.name)

    def show_everybody(self, paths: Iterable[str]) -> None:
        """Marks files that are part of the page, and limits this process's folder to the user who runs Takes."""
        for path in paths:
            self.hold(path, EVERYBODY)
        if self._own is not None:
            private.mend(self._own, ["*"])

    def hold(self, path: str, owner: str) -> None:
        """Notes that a person uploaded or uses a file just now, so that it stays for them.

        Does nothing for a file that is no upload.
        """
        folder = self._folder_of(path)
        if folder is not None and not (folder / f"{OF}{EVERYBODY}").exists():
            self._mark(folder, f"{OF}{owner}")

    def shows(self, path: str, owner: str, image: Callable[[], str]) -> None:
        """As ``hold``, and notes which image the file shows; ``image`` gives its SHA-256, in hex, as it is sent."""
        folder = self._folder_of(path)
        if folder is not None and not any(folder.glob(f"{SHOWS}*")):
            self._mark(folder, f"{SHOWS}{image()}")
        self.hold(path, owner)

    def let_go(self, owner: str, image: str) -> None:
        """Takes the files that show this image from one owner; a file that nobody else owns is deleted."""
        with self._acting:
            for mark in list(self._root.glob(f"{PROCESS}*/*/{SHOWS}{image}")):
                self._end(mark.parent, owner)

    def sizes(self) -> Mapping[str, int]:
        """Bytes by owner. What several people uploaded counts for each of them; the page's own pictures for nobody."""
        found: Counter[str] = Counter()
        for folder in self._folders():
            size = _size(folder)
            for owner in set(_owners(folder)) - {EVERYBODY}:
                found[owner] += size
        return found

    def make_room(self, wanted: int, owner: str | None = None) -> None:
        """Deletes at least ``wanted`` bytes of uploads, if there are so many, of one owner or of all.

        Those that were used longest ago are deleted first.
        """
        with self._acting:
            held = [
                (_last_used(mark), folder, mark.name.removeprefix(OF))
                for folder in self._folders()
                for mark in folder.glob(f"{OF}*")
                if mark.name != f"{OF}{EVERYBODY}" and owner in (None, mark.name.removeprefix(OF))
            ]
            for _, folder, whose in sorted(held):
                if wanted <= 0:
                    break
                wanted -= _size(folder)
                self._end(folder, whose)

    def tidy(self, before: float) -> None:
        """Deletes what nobody has used since a moment (epoch seconds)."""
        with self._acting:
            for folder in self._folders():
                for mark in folder.glob(f"{OF}*"):
                    if mark.name != f"{OF}{EVERYBODY}" and _last_used(mark) < before:
                        self._end(folder, mark.name.removeprefix(OF))
                if not _owners(folder) and max(map(_last_used, (folder, *_files(folder)))) < before:
                    _remove(folder)

    def _folder_of(self, path: str) -> Path | None:
        """The folder that an upload lies in; None if the path is no upload."""
        parts = Path(path).relative_to(self._root).parts if Path(path).is_relative_to(self._root) else ()
        known = len(parts) == 3 and parts[0].startswith(PROCESS) and ".." not in parts
        return Path(path).parent if known else None

    def _mark(self, folder: Path, name: str) -> None:
        with self._acting, suppress(FileNotFoundError):  # it was let go of meanwhile
            folder.chmod(private.FOLDER)
            for each in _files(folder):
                each.chmod(private.FILE)
            private.make_file(folder / name)
            os.utime(folder / name, (self._now(), self._now()))

    def _end(self, folder: Path, owner: str) -> None:
        (folder / f"{OF}{owner}").unlink(missing_ok=True)
        if not _owners(folder):
            _remove(folder)

    def _folders(self) -> list[Path]:
        return [each for each in self._root.glob(f"{PROCESS}*/*") if each.is_dir()]


def _owners(folder: Path) -> list[str]:
    return [mark.name.removeprefix(OF) for mark in folder.glob(f"{OF}*")]


def _files(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError):  # another process has just deleted it
        return [each for each in folder.iterdir() if each.is_file()]
    return []


def _size(folder: Path) -> int:
    return sum(each.stat().st_size for each in _files(folder) if each.exists())


def _last_used(path: Path) -> float:
    """Epoch seconds of the last use; infinity for a file that has just been removed."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _remove(folder: Path) -> None:
    """Deletes a folder and its files. If a file is added at this moment, it stays, and so does the folder."""
    for each in _files(folder):
        each.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
