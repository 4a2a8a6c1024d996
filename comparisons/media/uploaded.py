"""Files that people gave the page: whose they are, what image they show, and until when they stay.

The page's server puts each into a folder that is named by its content, within a folder that every process of the page
has for itself and that goes with it. Empty files of ours beside it say who gave it and what image it shows. So whoever
deletes a run, the command line too, finds what is to go with it, and what two people gave alike stays until neither
of them needs it.
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
"""What the names of our files begin with; whose the others are follows, and the SHA-256 of the image as it is sent."""
EVERYBODY = "everybody"
"""Whose the page's own pictures are, which never go."""
PROCESS = "uploads-"


class Uploaded:
    """What lies below ``root``, of all processes. Safe to use from several threads and processes.

    Args:
        claim: takes a name for this process; false if another that is alive has it.
        disown: gives it back.
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
        """A new folder of this process, its owner's alone; those of processes that are no more go.

        Raises:
            InvalidRequest: there can be none.
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
        """The page of this process is gone, and its folder with it."""
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)
            self._disown(self._own.name)

    def show_everybody(self, paths: Iterable[str]) -> None:
        """Files that are part of the page. Whatever its server has made beside them is its owner's alone, too."""
        for path in paths:
            self.hold(path, EVERYBODY)
        if self._own is not None:
            private.mend(self._own, ["*"])

    def hold(self, path: str, owner: str) -> None:
        """Somebody gave or uses a file just now: it stays for them. One that lies elsewhere is none of ours."""
        folder = self._folder_of(path)
        if folder is not None and not (folder / f"{OF}{EVERYBODY}").exists():
            self._mark(folder, f"{OF}{owner}")

    def shows(self, path: str, owner: str, image: Callable[[], str]) -> None:
        """As ``hold``, of a file of which it is known now what image it shows (SHA-256 in hex of what is sent)."""
        folder = self._folder_of(path)
        if folder is not None and not any(folder.glob(f"{SHOWS}*")):
            self._mark(folder, f"{SHOWS}{image()}")
        self.hold(path, owner)

    def let_go(self, owner: str, image: str) -> None:
        """Takes this image's files from one owner; a file that is then nobody's is deleted."""
        with self._acting:
            for mark in list(self._root.glob(f"{PROCESS}*/*/{SHOWS}{image}")):
                self._end(mark.parent, owner)

    def sizes(self) -> Mapping[str, int]:
        """Bytes by whose they are; what several gave counts for each of them, and the page's own for nobody."""
        found: Counter[str] = Counter()
        for folder in self._folders():
            size = _size(folder)
            for owner in set(_owners(folder)) - {EVERYBODY}:
                found[owner] += size
        return found

    def make_room(self, wanted: int, owner: str | None = None) -> None:
        """Lets go of so many bytes, of one person's or of all people's, if there are so many: of those used longest
        ago first."""
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
        """Lets go of what nobody has used since a time (epoch seconds)."""
        with self._acting:
            for folder in self._folders():
                for mark in folder.glob(f"{OF}*"):
                    if mark.name != f"{OF}{EVERYBODY}" and _last_used(mark) < before:
                        self._end(folder, mark.name.removeprefix(OF))
                if not _owners(folder) and max(map(_last_used, (folder, *_files(folder)))) < before:
                    _remove(folder)

    def _folder_of(self, path: str) -> Path | None:
        """The folder of a file's content; None of what is not one that the page was given."""
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
    with suppress(FileNotFoundError):  # another process has just let go of it
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
    """A file that is put there in this moment stays, and the folder with it."""
    for each in _files(folder):
        each.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
