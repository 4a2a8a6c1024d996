"""Files that are made from a clip when they are first asked for: filmstrip, copies that play, copies for ballots."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from comparisons import private
from comparisons.media.copies import (
    blind_ending,
    make_blind,
    make_playable,
    make_seekable,
    make_small,
    make_strip,
)
from comparisons.media.ffmpeg import BrokenClip
from comparisons.media.probe import moments
from comparisons.records import MediaInfo, Result

BlindKind = Literal["playable", "seekable"]
"""The further copies of a ballot's clip: one for browsers that cannot play it, one for those that cannot seek in it."""


class Derived:
    """Makes copies of the clips in the folder ``clips``; those for ballots go into the folder ``blind``."""

    def __init__(self, clips: Path, blind: Path) -> None:
        self.clips = clips
        self._blind = blind
        self._making = threading.Lock()

    def strip(self, result: Result) -> Path:
        """The clip's filmstrip, made when it is first asked for."""
        if result.media is None:
            raise BrokenClip("The clip cannot be decoded, so it has no filmstrip.")
        clip, media = self.clips / result.file, result.media
        return self._made(clip.with_name(f"{clip.stem}-strip.jpg"), lambda path: make_strip(clip, media, path))

    def small(self, result: Result) -> Path:
        """The clip's small copy, made when it is first asked for. The player shows it when many clips play at once."""
        clip = self.clips / result.file
        return self._made(clip.with_name(f"{clip.stem}-small.mp4"), lambda path: make_small(clip, result.media, path))

    def playable(self, result: Result) -> Path:
        """A copy of the clip as H.264, made when it is first asked for: for browsers that cannot play the clip itself.

        Where it is shown, the page must say that it is a copy.

        Raises:
            BrokenClip: the clip cannot be decoded here either.
        """
        clip = self.clips / result.file
        return self._made(
            clip.with_name(f"{clip.stem}-playable.mp4"), lambda path: make_playable(clip, result.media, path)
        )

    def seekable(self, result: Result) -> Path:
        """The clip's pictures, unchanged, in a file in which browsers can seek to each; made when first asked for."""
        clip = self.clips / result.file
        return self._made(clip.with_name(f"{clip.stem}-seekable.mkv"), lambda path: make_seekable(clip, path))

    def moments(self, result: Result) -> Path:
        """A JSON file that lists when each picture is shown, in seconds of the clip's own clock.

        Needed only for clips whose pictures do not come evenly.
        """
        clip = self.clips / result.file

        def write(path: Path) -> None:
            part = path.with_suffix(".part.json")
            with open(part, "w", encoding="ascii", opener=private.opener) as file:
                json.dump(moments(clip), file)
            part.replace(path)

        return self._made(clip.with_name(f"{clip.stem}-moments.json"), write)

    def told_moments(self, result: Result) -> list[float] | None:
        """The list of ``moments``; None where the pictures come evenly, or their moments cannot be read."""
        if result.media is None or not result.media.variable:
            return None
        with suppress(BrokenClip, OSError):
            told: list[float] = json.loads(self.moments(result).read_bytes())
            return told
        return None

    def _made(self, path: Path, make: Callable[[Path], object]) -> Path:
        """The file, made if it is not there. One is made at a time: two decodings would take the whole machine."""
        if not path.exists():
            with self._making:
                if not path.exists():
                    make(path)
        return path

    def blind(self, file: str, media: MediaInfo, name: str, kind: BlindKind | None = None) -> Path:
        """A copy of a clip for a ballot, without what its file says about itself; made when it is first asked for.

        Args:
            name: what the copy's name begins with.
            kind: ``playable``: as H.264, for browsers that cannot play the clip (the page must say that it is a copy).
                ``seekable``: the same pictures, for browsers that cannot seek to all of them. None: the clip as it is.

        Raises:
            BrokenClip: the clip cannot be copied.
        """
        clip, whose = self.clips / file, Path(file).stem  # in the name, so that it is deleted with its run; never shown
        ending = {None: blind_ending(media), "playable": ".mp4", "seekable": ".mkv"}[kind]
        path = self._blind / f"{name}{f'-{kind}' if kind else ''}.{whose}{ending}"
        if path.exists():
            return path
        if kind == "seekable":
            return make_seekable(self.blind(file, media, name), path)
        return make_playable(clip, media, path) if kind else make_blind(clip, media, path)

    def is_blind(self, name: str) -> bool:
        """Whether a ballot's copy of this name has been made."""
        return any(not path.match("*.part.*") for path in self._blind.glob(f"{name}.*"))

    def forget_blind(self, token: str = "", takes: int = 0) -> None:
        """Removes the copies for the ballot ``token``, which shows so many ``takes``; without a token, all copies."""
        named = (path for take in range(takes) for path in self._blind.glob(f"{token}-{take}[.-]*"))
        for path in list(named if token else self._blind.iterdir()):
            path.unlink(missing_ok=True)

    def copies_of(self, job: str) -> list[str]:
        """The ballots' copies of a job's clip, as names within the data folder."""
        return [f"{self._blind.name}/{path.name}" for path in self._blind.glob(f"*.{job}.*")]
