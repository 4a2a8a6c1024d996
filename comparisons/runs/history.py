"""What was run: finding it, marking it, and deleting it, for the person whom it belongs to."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from comparisons.engine import Wires, Workers
from comparisons.ledger import INPUTS, Filter, Key, Ledger, RunPage, check_over
from comparisons.media import Media, Uploaded, zip_name
from comparisons.records import HOST, EventKind, Job, Mark, Person, Run
from comparisons.runs.across import across
from providers import InvalidRequest

PAGE = 20
"""Runs shown at once."""
UPLOADED = "upload "
"""The beginning of a note in the ledger about something that is still to be deleted: here, a person's uploads of an
image; the person's id and the image's name follow. A note without such a beginning names a file of the media folder."""
SANDBOX = "sandbox job "
"""The beginning of a note about a job that the built-in sandbox is still to delete; its provider and its id follow."""
UNKNOWN = "sandbox prompt "
"""The beginning of a note about a sandbox job whose id never arrived; its provider and its prompt's SHA-256 follow."""


@dataclass(frozen=True)
class Going:
    """What is deleted with a run: how many clips, how many images that no other run uses, and their size in bytes.

    ``files`` are the notes of all that is to be removed (see ``UPLOADED``), copies and the sandbox's own records
    included. ``session``: it is the last run of its session, which is then deleted too, with its plan.
    """

    run: str
    clips: int
    images: int
    bytes: int
    files: tuple[str, ...]
    session: bool = False

    @property
    def things(self) -> str:
        """``6 clips (12 MB), 1 image``."""
        clips = _count(self.clips, "clip") if self.clips else "no clip"
        size = f" ({in_bytes(self.bytes)})" if self.clips else ""
        return f"{clips}{size}" + (f", {_count(self.images, 'image')} that no other run uses" if self.images else "")

    def __str__(self) -> str:
        return (
            f"This deletes {self.things} and {self.rows} from this machine. Nothing at the providers is"
            " deleted, and what was paid stays counted in budgets."
        )

    @property
    def rows(self) -> str:
        """In words, what is deleted from the ledger."""
        return "the rows of this run" + (" and of its session, whose last run it is" if self.session else "")


class History:
    """The runs of one data folder.

    Args:
        acting: the lock to hold while anything about a run is decided, so that nobody resumes what is being deleted.
        usd: US dollars for one unit of each currency, to settle what budgets still hold for a deleted run.
    """

    def __init__(
        self,
        ledger: Ledger,
        media: Media,
        workers: Workers,
        acting: threading.RLock,
        usd: Mapping[str, Decimal],
        wires: Wires,
        uploaded: Uploaded,
    ) -> None:
        self._ledger = ledger
        self._media = media
        self._workers = workers
        self._acting = acting
        self._usd = usd
        self._wires = wires
        self._uploaded = uploaded
        self.sweep()  # files of runs that an earlier process deleted, if it ended before it removed them

    def page(self, wanted: Filter, before: Key | None = None, who: Person = HOST, limit: int = PAGE) -> RunPage:
        """The latest runs that match a filter and that ``who`` may see; with ``before``, those older than that."""
        return self._ledger.history(replace(wanted, owner=who.only), limit, before)

    def across(self, jobs: Sequence[str], who: Person = HOST) -> Run:
        """Takes of several runs as one run; raises as ``across.across`` does."""
        return across(self._ledger, jobs, who)

    def mark(self, run_id: str, job_id: str, mark: Mark, who: Person = HOST) -> None:
        """Stars, notes or tags a run, or one of its takes if ``job_id`` is not empty; see ``Ledger.mark``.

        Raises:
            InvalidRequest: there is no such run, or no such take in it.
        """
        run = self._known(run_id, who)
        if job_id and all(job.id != job_id for job in run.jobs):
            raise InvalidRequest("There is no such take in this run.")
        self._ledger.mark(run.id, job_id, mark)

    def going(self, run_id: str, who: Person = HOST) -> Going:
        """What deleting a run would delete.

        Raises:
            InvalidRequest: there is no such run, it is not over, or one of its takes is uncertain.
        """
        run = self._known(run_id, who)
        check_over(run.jobs)
        images = [INPUTS + name for name in self._ledger.inputs_only_of(run.id)]
        files = [file for job in run.jobs for file in self._media.files_of(job.id)] + images
        clips = sum(job.result is not None for job in run.jobs)
        size = self._media.size(files)
        copies = [copy for job in run.jobs for copy in self._media.copies_of(job.id)]
        copies += [*self._media.exports_of(run.id), zip_name(run.id, simulated=run.simulated)]
        made = [note for job in run.jobs if not job.plan.live for note in _sandboxed(job)]
        made += [f"{UPLOADED}{run.owner} {name}" for name in _images(run)]
        last = self._ledger.is_last_of_session(run.id)
        return Going(run.id, clips, len(images), size, (*files, *copies, *made), last)

    def delete(self, run_id: str, who: Person = HOST) -> str:
        """Deletes a run: first its rows, then its files. Gives a sentence that says what was deleted.

        Raises:
            InvalidRequest: as ``going``, or another process works on the run. Nothing was deleted.
        """
        with self._acting:
            self._known(run_id, who)
            self._workers.claim(run_id)
            try:
                going = self.going(run_id, who)
                self._ledger.delete_run(run_id, going.files, self._usd)
            finally:
                if not self._workers.active(run_id):
                    self._workers.disown(run_id)
        left = self.sweep([name.removeprefix(INPUTS) for name in going.files if name.startswith(INPUTS)])
        self._ledger.wipe()
        later = f" {_count(left, 'file')} could not be removed; the next start tries again." if left else ""
        return f"Deleted: {going.things}, and {going.rows}.{later}"

    def sweep(self, images: Sequence[str] = ()) -> int:
        """Removes the files of deleted runs that are still there; gives how many could not be removed.

        Where one of ``images``, names of input files, is then gone, the sandbox deletes its copies of it too.
        """
        left = self._ledger.sweep(self._remove)
        gone = [name.partition(".")[0] for name in images if not self._media.input_path(name).exists()]
        if gone:
            self._workers.call(self._wires.forget_uploads(gone))
        return left

    def tidy(self) -> None:
        """Tries again what could not be removed or wiped, and has the sandbox delete what is too old to be needed."""
        self.sweep()
        self._ledger.wipe()
        self._workers.call(self._wires.tidy())

    def _remove(self, name: str) -> bool:
        if name.startswith(UPLOADED):
            owner, _, image = name.removeprefix(UPLOADED).partition(" ")
            if not self._ledger.uses(owner, image):
                self._uploaded.let_go(owner, image.partition(".")[0])
        elif name.startswith(SANDBOX):
            provider, _, job = name.removeprefix(SANDBOX).partition(" ")
            self._workers.call(self._wires.forget_simulated(provider, job))
        elif name.startswith(UNKNOWN):
            provider, _, prompt = name.removeprefix(UNKNOWN).partition(" ")
            doubted = {_digest(job.plan.prompt) for job in self._ledger.without_id(provider)}
            if prompt not in doubted:  # otherwise the sandbox's job may belong to another run with this prompt
                is_known = partial(self._ledger.knows, provider)
                self._workers.call(self._wires.forget_unknown(provider, prompt, is_known))
        else:
            return self._media.remove(name)
        return True

    def _known(self, run_id: str, who: Person) -> Run:
        run = self._ledger.run(run_id)
        if run is None or not who.may_see(run):
            raise InvalidRequest("There is no such run here.")
        return run


def _images(run: Run) -> list[str]:
    """The names of the images that a run's jobs were given."""
    plans = [job.plan for job in run.jobs]
    return sorted({name for plan in plans for name in plan.files})


def _sandboxed(job: Job) -> list[str]:
    """The notes by which the sandbox is told to delete a job."""
    provider = job.plan.provider
    known = [f"{SANDBOX}{provider} {name}" for name in sorted(job.theirs)]
    lost = job.last(EventKind.SUBMITTING) is not None and not known
    return [f"{UNKNOWN}{provider} {_digest(job.plan.prompt)}"] if lost else known


def _digest(prompt: str) -> str:
    return hashlib.sha256(prompt.encode("utf-8", "replace")).hexdigest()


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def in_bytes(number: int) -> str:
    """Bytes in words: ``2.5 GB``, ``12 MB``, ``340 kB``, ``0 kB`` for none."""
    if number >= 1_000_000_000:
        return f"{number / 1e9:.3g} GB"
    if number >= 1_000_000:
        return f"{number / 1e6:.0f} MB" if number >= 10_000_000 else f"{number / 1e6:.1f} MB"
    return f"{max(1, round(number / 1000)) if number else 0} kB"
