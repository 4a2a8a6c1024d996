"""What is made of a clip when it is first asked for: filmstrip, copies that play, and copies for ballots."""

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
"""What else there is of a ballot's clip: a copy that plays where it does not, and one in which all can be sought."""


class Derived:
    """Makes copies of the clips of one folder; those for ballots in a folder of their own."""

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
        """The clip's small copy, made when it is first asked for. Only the player shows it, and only among many."""
        clip = self.clips / result.file
        return self._made(clip.with_name(f"{clip.stem}-small.mp4"), lambda path: make_small(clip, result.media, path))

    def playable(self, result: Result) -> Path:
        """A copy of the clip as H.264, made when it is first asked for: for browsers that cannot play the clip itself.

        Whoever shows it says that it is a copy.

        Raises:
            BrokenClip: the clip cannot be decoded here either.
        """
        clip = self.clips / result.file
        return self._made(
            clip.with_name(f"{clip.stem}-playable.mp4"), lambda path: make_playable(clip, result.media, path)
        )

    def seekable(self, result: Result) -> Path:
        """The clip's pictures in a file in which browsers can seek each of them, made when it is first asked for."""
        clip = self.clips / result.file
        return self._made(clip.with_name(f"{clip.stem}-seekable.mkv"), lambda path: make_seekable(clip, path))

    def moments(self, result: Result) -> Path:
        """When each of the clip's pictures is shown, as a JSON list of seconds of its own clock; for uneven ones."""
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
        """The file, made if it is not there: one at a time, since two decodings would take the whole machine."""
        if not path.exists():
            with self._making:
                if not path.exists():
                    make(path)
        return path

    def blind(self, file: str, media: MediaInfo, name: str, kind: BlindKind | None = None) -> Path:
        """A copy of a clip under another name, without what its file says about itself; made when first asked for.

        Args:
            kind: one as H.264, for browsers that cannot play the clip's own pictures (whoever shows it says so), or one
                with the same pictures, for those that cannot seek all of them.

        Raises:
            BrokenClip: the clip cannot be copied.
        """
        clip, whose = self.clips / file, Path(file).stem  # so that it goes with its run; nobody is told the name
        ending = {None: blind_ending(media), "playable": ".mp4", "seekable": ".mkv"}[kind]
        path = self._blind / f"{name}{f'-{kind}' if kind else ''}.{whose}{ending}"
        if path.exists():
            return path
        if kind == "seekable":
            return make_seekable(self.blind(file, media, name), path)
        return make_playable(clip, media, path) if kind else make_blind(clip, media, path)

    def is_blind(self, name: str) -> bool:
        """Whether a copy for a ballot of this name has been made."""
        return any(not path.match("*.part.*") for path in self._blind.glob(f"{name}.*"))

    def forget_blind(self, token: str = "", takes: int = 0) -> None:
        """Removes the copies made for one ballot; without a token, all there are."""
        named = (path for take in range(takes) for path in self._blind.glob(f"{token}-{take}[.-]*"))
        for path in list(named if token else self._blind.iterdir()):
            path.unlink(missing_ok=True)

    def copies_of(self, job: str) -> list[str]:
        """The copies for ballots that there are of a job's clip, as names within the data folder."""
        return [f"{self._blind.name}/{path.name}" for path in self._blind.glob(f"*.{job}.*")]
