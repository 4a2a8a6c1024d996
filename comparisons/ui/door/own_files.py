"""Serves clips, exports, reports and saved plans to the people they belong to; and gives their URLs for the page."""

from __future__ import annotations

import asyncio
import functools
import io
import re
import shutil
import tempfile
import zipfile
from asyncio import wrap_future
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from starlette.background import BackgroundTask
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from comparisons import viewer
from comparisons.exports import session_folder, zips
from comparisons.media import TYPES, BlindKind, BrokenClip, take_name
from comparisons.records import Job, Person, Run
from comparisons.sessions import Written
from comparisons.ui.door.door import Door
from comparisons.ui.door.refusals import said
from comparisons.ui.fair import Fair
from comparisons.ui.sessions.saved_plans import packed
from providers import InvalidRequest, TakesError

CLIPS = "/takes/clips/"
BLIND = "/takes/blind/"
EXPORTS = "/takes/exports/"
ACROSS = "/takes/across/"
REPORTS = "/takes/sessions/"
PLANS = "/takes/plans/"
BLIND_KINDS: tuple[BlindKind, ...] = ("playable", "seekable")
BLIND_CLIP = re.compile(rf"([0-9a-f]{{32}})/([0-9])(?:-({'|'.join(BLIND_KINDS)}))?\.mp4")
"""The names of ballots' clips. All end with ``.mp4``, to reveal nothing; the media type says what a file is."""
EXPORT = re.compile(r"(r_[0-9a-f]{32})\.zip")
TAKES = re.compile(r"(j_[0-9a-f]{32}(?:\.j_[0-9a-f]{32})*)\.zip")
REPORT = re.compile(r"(s_[0-9a-f]{32})\.zip")
PLAN = re.compile(r"([0-9a-f]{32})\.zip")
FILES: dict[viewer.Kind, str] = {
    "poster": ".jpg", "strip": "-strip.jpg", "given": "-given", "small": "-small.mp4", "playable": "-playable.mp4",
    "seekable": "-seekable.mkv", "moments": "-moments.json",
}  # fmt: skip
"""What follows the job's id in the names of its files. A clip's name has the clip's own ending instead."""
MADE = tuple(FILES[kind] for kind in ("strip", "small", "playable", "seekable", "moments"))
"""The endings of files that are made when they are first asked for, which takes a while."""
CLIP = re.compile(rf"(j_[0-9a-f]{{32}})({'|'.join(map(re.escape, (*FILES.values(), *TYPES)))})")
NO_CLIP, NO_RUN, NO_SESSION, NO_PLAN = (f"There is no such {what} here." for what in ("clip", "run", "session", "plan"))


def file_url(job: Job, kind: viewer.Kind) -> str:
    """The URL of a job's file, relative to the page."""
    ending = Path(job.result.file).suffix if kind == "clip" and job.result else FILES.get(kind, "")
    return f"{CLIPS.removeprefix('/')}{job.id}{ending}"


def export_url(run: Run) -> str:
    """The URL of a run's export as a zip, relative to the page."""
    return f"{EXPORTS.removeprefix('/')}{run.id}.zip"


def across_url(jobs: Sequence[str]) -> str:
    """The URL of the export of takes of several runs as a zip, relative to the page."""
    return f"{ACROSS.removeprefix('/')}{'.'.join(jobs)}.zip"


def report_url(session_id: str) -> str:
    """The URL of a benchmark session's report as a zip, relative to the page."""
    return f"{REPORTS.removeprefix('/')}{session_id}.zip"


def plan_url(name: str) -> str:
    """The URL of a saved plan as a zip, relative to the page."""
    return f"{PLANS.removeprefix('/')}{name}.zip"


def routes(door: Door) -> list[Route]:
    """The routes that serve the files."""
    return OwnFiles(door).routes()


Answer = Callable[[re.Match[str], Person], Awaitable[Response | None]]


def _route(door: Door, place: str, name: re.Pattern[str], none: str, trouble: int, answer: Answer) -> Route:
    """A route for the files below ``place``.

    Args:
        name: the names that files may have there.
        none: the sentence if there is no such file.
        trouble: the status of an answer about an error.
        answer: makes the response; None if there is no such file.
    """

    async def answered(request: Request) -> Response:
        found = name.fullmatch(request.path_params["name"])
        try:
            response = await answer(found, door.person_of(request)) if found else None
        except TakesError as error:
            return said(str(error), trouble)
        return response or said(none, 404)

    return Route(f"{place}{{name:path}}", answered, methods=["GET"])


class OwnFiles:
    """Finds or makes each file. Of each kind one file is made at a time, for people in turn, on a thread of its own."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._playground = door.playground
        self.making, self._exporting, self._reporting = Fair("copies"), Fair("exports"), Fair("reports")
        self._packing = Fair("packing")

    def routes(self) -> list[Route]:
        """A route for each kind of file."""
        return [
            _route(self._door, CLIPS, CLIP, NO_CLIP, 404, self.clip),
            _route(self._door, BLIND, BLIND_CLIP, NO_CLIP, 404, self.blind),
            _route(self._door, EXPORTS, EXPORT, NO_RUN, 409, self.export),
            _route(self._door, ACROSS, TAKES, NO_RUN, 409, self.across),
            _route(self._door, REPORTS, REPORT, NO_SESSION, 409, self.report),
            _route(self._door, PLANS, PLAN, NO_PLAN, 409, self.plan),
        ]

    async def clip(self, name: re.Match[str], person: Person) -> Response | None:
        """A file of a job, which a browser saves under the name that it has in an export."""
        if person.id and self._playground.ledger.owner(name[1]) != person.id:
            return None
        try:
            file = await self._made(self._is_made(name[1], name[2]), person, lambda: self._file(name[1], name[2]))
        except BrokenClip as error:
            return said(str(error), 404)
        headers = {"Cache-Control": "private, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
        if file is None or not file.is_file():
            return None
        saved = await asyncio.to_thread(self._saved_as, name[1], file)
        return FileResponse(
            file, headers=headers, media_type=TYPES.get(file.suffix), filename=saved, content_disposition_type="inline"
        )

    async def blind(self, name: re.Match[str], person: Person) -> Response | None:
        """A clip of an open ballot, with no header that could be compared with the same clip under its own name."""
        token, place = name[1], int(name[2])
        kind = next((each for each in BLIND_KINDS if each == name[3]), None)
        ready = self._playground.media.is_blind(f"{token}-{place}-{kind}" if kind else f"{token}-{place}")
        find = functools.partial(self._door.ballots.clip, token, place, person.id, kind)
        file = await self._made(ready, person, find)
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return _Nameless(file, headers=headers, media_type=TYPES.get(file.suffix)) if file is not None else None

    async def export(self, name: re.Match[str], person: Person) -> Response | None:
        """A run's export as a zip. It takes as long as making its mosaic."""
        file = await wrap_future(self._exporting.submit(person, lambda: self._exported(name[1], person)))
        if file is None:
            return None
        return FileResponse(file, filename=file.name, headers={"Cache-Control": "no-store"})

    async def across(self, name: re.Match[str], person: Person) -> Response | None:
        """The export of takes of several runs as a zip, which is made each time and not kept."""
        names = name[1].split(".")
        file = await wrap_future(self._exporting.submit(person, lambda: self._exported_across(names, person)))
        gone = BackgroundTask(shutil.rmtree, file.parent, ignore_errors=True)
        return FileResponse(file, filename=file.name, headers={"Cache-Control": "no-store"}, background=gone)

    async def report(self, name: re.Match[str], person: Person) -> Response | None:
        """A benchmark session's report as a zip."""
        made = await wrap_future(self._reporting.submit(person, lambda: self._reported(name[1], person)))
        return None if made is None else _download(made, f"takes-{name[1]}.zip")

    async def plan(self, name: re.Match[str], person: Person) -> Response | None:
        """A plan that this person has just saved, with its image, as a zip."""
        written = self._door.plans.find(person, name[1])
        if written is None:
            return None
        made = await wrap_future(self._packing.submit(person, lambda: _packed(written)))
        return None if made is None else _download(made, "plan.zip")

    async def _made(self, ready: bool, person: Person, find: Callable[[], Path | None]) -> Path | None:
        if ready:
            return await asyncio.to_thread(find)
        return await wrap_future(self.making.submit(person, find))

    def _is_made(self, job_id: str, suffix: str) -> bool:
        """Whether a file exists already, or is of a kind that is never made here."""
        return suffix not in MADE or (self._playground.media.clips / f"{job_id}{suffix}").exists()

    def _file(self, job_id: str, suffix: str) -> Path | None:
        media = self._playground.media
        if suffix in TYPES or suffix == FILES["poster"]:
            return media.clips / f"{job_id}{suffix}"
        job = self._playground.ledger.job(job_id)
        if job is None:
            return None
        if suffix in MADE:
            make = dict(
                zip(MADE, (media.strip, media.small, media.playable, media.seekable, media.moments), strict=True)
            )[suffix]
            return make(job.result) if job.result else None
        return media.input_path(job.plan.first_frame) if job.plan.first_frame else None

    def _saved_as(self, job_id: str, file: Path) -> str | None:
        job = self._playground.ledger.job(job_id)
        rest = file.name.removeprefix(job_id) if file.name.startswith(job_id) else f"-given{file.suffix}"
        return None if job is None else f"{take_name(job.position + 1, job)}{rest}"

    def _exported(self, run_id: str, person: Person) -> Path | None:
        run = self._playground.run(run_id, person)
        return None if run is None else zips.zipped(self._playground, run)

    def _exported_across(self, names: Sequence[str], person: Person) -> Path:
        run = self._playground.history.across(names, person)
        return zips.gathered(self._playground, run)

    def _reported(self, session_id: str, person: Person) -> bytes | None:
        """The report as a zip, written again for each download; None if it is not this person's session."""
        session = self._playground.ledger.session(session_id)
        if session is None or person.id not in ("", session.owner):
            return None
        now, settings, rows = self._playground.clock.now(), self._playground.settings, self._door.sessions.rows(session)
        with tempfile.TemporaryDirectory() as folder:
            try:
                out = session_folder.write(session, rows, settings.usd, now, Path(folder), settings.rate_days)
                return _zip_of(out)
            except InvalidRequest as error:  # replaced, since it names a path of this machine
                raise InvalidRequest("The report cannot be written just now: there may be no room for it.") from error


class _Nameless(FileResponse):
    """A file response without Last-Modified and ETag, which could be compared with those of the same clip elsewhere."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def nameless(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                del headers["last-modified"], headers["etag"]
            await send(message)

        await super().__call__(scope, receive, nameless)


def _download(made: bytes, name: str) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made, media_type="application/zip", headers=headers)


def _packed(written: Written) -> bytes | None:
    """The plan as a zip, written again for each download; None if its image is gone."""
    try:
        return packed(written)
    except FileNotFoundError:
        return None


def _zip_of(folder: Path) -> bytes:
    """A zip of a folder, under the folder's own name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, path.relative_to(folder.parent))
    return buffer.getvalue()
