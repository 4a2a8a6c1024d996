"""Copies the clips, their pictures and the input images of a run into its export."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from comparisons import viewer
from comparisons.exports import drawn_text, mosaic
from comparisons.exports.caveats import takes
from comparisons.media import BrokenClip, Media, plays_everywhere, probe, take_name
from comparisons.playground import Playground
from comparisons.records import Job, Plan, Result, Run


@dataclass(frozen=True)
class ExportFiles:
    """Where the files of each job are in the export, and what is missing.

    ``paths``: by job id and kind. ``given``: the names of the input images, by path. ``notes``: sentences about what is
    missing.
    """

    paths: Mapping[tuple[str, str], str]
    given: Mapping[str, str]
    notes: tuple[str, ...]

    def of(self, job: Job, kind: str) -> str | None:
        """The path of a file of a job in the export; None if it is not there."""
        return self.paths.get((job.id, kind))


def copied(playground: Playground, run: Run, folder: Path) -> ExportFiles:
    """Copies clips, posters, strips and input images; clips byte for byte, since their hash is evidence."""
    paths: dict[tuple[str, str], str] = {}
    given: dict[str, str] = {}
    missing, left_out = 0, []
    for number, job in enumerate(run.jobs, 1):
        name, result = take_name(number, job), job.result
        if result is not None and (playground.media.clips / result.file).exists():
            copies, lacking = _clip(playground.media, result, name, folder, simulated=job.plan.simulated)
            paths |= {(job.id, kind): path for kind, path in copies.items()}
            left_out += lacking
        elif result is not None:
            missing += 1
        paths |= {(job.id, kind): path for kind, path in _images(playground, job, folder, given).items()}
    notes = [f"{takes(missing)} were delivered, but the clips are no longer in the data folder."] if missing else []
    notes += [f"Left out, since they could not be made: {', '.join(left_out)}."] if left_out else []
    return ExportFiles(paths, given, tuple(notes))


def _clip(
    media: Media, result: Result, name: str, folder: Path, *, simulated: bool
) -> tuple[dict[str, str], list[str]]:
    """Copies a clip and its pictures; gives their paths by kind, and the paths of pictures that could not be made."""
    found = {"clip": _copy(media.clips / result.file, folder, f"clips/{name}{Path(result.file).suffix}")}
    made: dict[str, Callable[[], Path]] = {"strip": lambda: media.strip(result)} if result.media else {}
    poster = media.clips / result.poster if result.poster else None
    if poster is not None and poster.exists():
        made["poster"] = lambda: poster
    lacking = []
    for kind, make in made.items():
        path = f"{kind}s/{name}.jpg"
        if _picture(make, folder, path, simulated=simulated):
            found[kind] = path
        else:
            lacking.append(path)
    for kind, make in _stand_ins(media, result).items():
        with suppress(BrokenClip, OSError):  # the page then says on the take that it does not play
            copy = make()
            found[kind] = _copy(copy, folder, f"copies/{name}-{kind}{copy.suffix}")
    return found, lacking


def _stand_ins(media: Media, result: Result) -> dict[str, Callable[[], Path]]:
    """What makes the copies for browsers that cannot play the clip, or cannot seek to all its pictures; by kind."""
    made: dict[str, Callable[[], Path]] = {}
    info = result.media
    if info is not None and info.first_s is None:  # an older version measured it, which did not look for this
        with suppress(BrokenClip, OSError):
            info = probe(media.clips / result.file)
    if not plays_everywhere(info):
        made["playable"] = lambda: media.playable(result)
    if viewer.may_hide_from_seeks(info):
        made["seekable"] = lambda: media.seekable(result)
    return made


def _picture(make: Callable[[], Path], folder: Path, path: str, *, simulated: bool) -> bool:
    """Copies a picture of a clip, and marks it if ``simulated``; False, with nothing left, if it cannot be made."""
    try:
        _copy(make(), folder, path)
        if simulated:
            drawn_text.mark(folder / path, mosaic.SANDBOX)
    except (BrokenClip, OSError):  # OSError: the picture is damaged, or gone
        (folder / path).unlink(missing_ok=True)
        return False
    return True


def _images(playground: Playground, job: Job, folder: Path, given: dict[str, str]) -> dict[str, str]:
    """Copies a job's input images, each file once; gives their paths by kind, and adds their names to ``given``."""
    found = {}
    for kind, name, stem in _named(job.plan):
        source = playground.media.input_path(name)
        if not source.exists():
            continue
        path = f"inputs/{stem}{source.suffix}"
        if path not in given:
            _copy(source, folder, path)
            given[path] = stem.replace("-", " ").capitalize()
        found[kind] = path
    return found


def _named(plan: Plan) -> Iterator[tuple[str, str, str]]:
    """For each input image of a job: its kind on the page, its file in the data folder, and its name in the export."""
    for name, files in plan.images.items():
        for number, file in enumerate(files, 1):
            suffix = f"-{number}" if name == "references" else ""
            kind = {"first_frame": "given", "last_frame": "last"}.get(name, f"reference{suffix}")
            yield kind, file, f"{name.replace('_', '-').removesuffix('s')}{suffix}"


def _copy(source: Path, folder: Path, path: str) -> str:
    (folder / path).parent.mkdir(exist_ok=True)
    shutil.copyfile(source, folder / path)
    return path
