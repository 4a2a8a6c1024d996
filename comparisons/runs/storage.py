"""How much of the disk visitors' takes may fill, how long they are kept, and whose are deleted first.

On a person's own machine nothing is counted, and nothing is deleted by itself but images that no run names.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from comparisons.ledger import KeptRun, Ledger
from comparisons.media import Media, Uploaded
from comparisons.records import DAY_S, Person
from comparisons.runs.history import History, in_bytes
from comparisons.runs.visitors import HOUR_S, TooMuch
from comparisons.settings import Settings
from providers import InvalidRequest, TakesError

log = logging.getLogger(__name__)
MEASURED_S = 30.0
"""For how many seconds the measured sizes of all files are used before they are measured again."""
VOTES = 200_000
"""The most votes of visitors that are kept; one is about a kilobyte."""
LISTED_S = 7 * DAY_S
"""For how many seconds the ledger keeps the ids of the sandbox's jobs: longer than the sandbox keeps the jobs."""


@dataclass(frozen=True)
class Held:
    """A visitor's run, and the bytes of all that is stored for it."""

    run: str
    owner: str
    at: float
    simulated: bool
    over: bool
    bytes: int


@dataclass(frozen=True)
class Measured:
    """Sizes in bytes, measured ``at`` a moment of the ledger's clock.

    ``sizes``: by run, job or image name. ``given``: of uploads, by visitor. ``total``: of all visitors together.
    """

    at: float
    sizes: Mapping[str, int]
    given: Mapping[str, int]
    total: int


class Storage:
    """The visitors' files of one data folder. Safe to use from several threads.

    Args:
        now: seconds of the ledger's clock.
    """

    def __init__(
        self,
        ledger: Ledger,
        media: Media,
        history: History,
        uploaded: Uploaded,
        settings: Settings,
        now: Callable[[], float],
    ) -> None:
        self._ledger = ledger
        self._media = media
        self._history = history
        self._uploaded = uploaded
        self._settings = settings
        self._now = now
        self._measured: Measured | None = None
        self._dropping = threading.Lock()
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="takes-storage", daemon=True)

    def begin(self) -> None:
        """Starts a thread that deletes what is too old, now and every hour until ``close``."""
        self._keeper.start()

    def close(self) -> None:
        self._closing.set()
        if self._keeper.is_alive():
            self._keeper.join()

    def _keep(self) -> None:
        while not self._closing.is_set():
            try:
                self.tidy()
            except TakesError as error:
                log.error("What is stored: %s The next hour tries again.", error)
            self._closing.wait(HOUR_S)

    def tidy(self) -> int:
        """Deletes the visitors' runs that are over and older than they are kept; gives how many.

        Also deletes images that no run names, and uploads that nobody has used for a day.
        """
        before = self._now() - self._settings.visitor_days * DAY_S
        old = [each for each in self._held() if each.over and each.at < before] if self._settings.public else []
        gone = sum(self._deleted(each) for each in old if not self._closing.is_set())
        self._uploaded.tidy(before=self._now() - DAY_S)
        if self._settings.public:
            self._trim_uploads()
        self._ledger.trim(VOTES, an_hour=self._now() - HOUR_S, simulated=self._now() - LISTED_S)
        self._media.drop_inputs(self._ledger.files(), before=self._now() - HOUR_S)
        self._history.tidy()
        return gone

    def _trim_uploads(self) -> None:
        """Deletes uploads beyond what each visitor, and all together, may store; those used longest ago first."""
        given = self._uploaded.sizes()
        for owner, size in given.items():
            self._uploaded.make_room(size - self._settings.visitor_storage, owner)
        self._uploaded.make_room(sum(given.values()) - self._settings.visitors_storage)

    def check_room(self, who: Person) -> None:
        """Checks that there is room for what a visitor starts, and makes some if need be. The host always may.

        Uploads are deleted first, those used longest ago before others; a form that still shows one asks for it again.
        If all visitors together still fill their limit, the oldest simulated runs of the visitor who holds most are
        deleted next. A live run never is: it was paid for.

        Raises:
            TooMuch: there is no room; a sentence that says what helps.
        """
        if not who.id or not self._settings.public:
            return
        takes, limit = sum(each.bytes for each in self._held(who.id)), self._settings.visitor_storage
        if takes >= limit:
            raise TooMuch(
                f"Your takes fill {in_bytes(takes)}, and a visitor has {in_bytes(limit)}: delete some under History to"
                " make room."
            )
        self._make_room(self.used(who) - limit, who.id)
        with self._dropping:
            self._make_room(self._look().total - self._settings.visitors_storage)
            if self._look().total >= self._settings.visitors_storage and not self._dropped():
                raise TooMuch(
                    "The takes of all visitors fill the room there is for them, and none of it can be freed just now."
                    " Delete takes of yours under History that you no longer need, or come back another day."
                )

    def _make_room(self, over: int, owner: str | None = None) -> None:
        """Deletes uploads, of one visitor or of all, until they are more than ``over`` bytes smaller or none is left.

        Does nothing if ``over`` is negative.
        """
        if over >= 0:
            self._uploaded.make_room(over + 1, owner)
            self._measured = None

    def used(self, who: Person) -> int:
        """Bytes of all that is stored for a visitor: their runs and their uploads."""
        return sum(each.bytes for each in self._held(who.id)) + self._look().given.get(who.id, 0)

    def sentence(self, who: Person) -> str:
        """How long a visitor's takes stay, and how much of their room they fill; empty for the host."""
        if not who.id or not self._settings.public:
            return ""
        days, limit = self._settings.visitor_days, self._settings.visitor_storage
        kept = "1 day" if days == 1 else f"{days:g} days"
        return f"Your takes are kept for {kept}; {in_bytes(self.used(who))} of {in_bytes(limit)} are used."

    def _dropped(self) -> bool:
        """Deletes simulated runs that are over until there is room; false if that is not enough."""
        held, limit = list(self._held()), self._settings.visitors_storage
        may_go = [each for each in held if each.simulated and each.over]  # newest first
        theirs = Counter(self._look().given)
        for each in held:
            theirs[each.owner] += each.bytes
        while theirs.total() >= limit and may_go:
            most = max((each.owner for each in may_go), key=lambda owner: theirs[owner])
            oldest = next(each for each in reversed(may_go) if each.owner == most)
            may_go.remove(oldest)
            theirs[most] -= oldest.bytes * self._deleted(oldest)
        self._measured = None
        return theirs.total() < limit

    def _deleted(self, held: Held) -> bool:
        try:
            self._history.delete(held.run)
        except InvalidRequest as error:  # another Takes has just taken it up, or it was deleted meanwhile
            log.info("Run %s stays: %s", held.run, error)
            return False
        return True

    def _held(self, owner: str | None = None) -> Sequence[Held]:
        """The runs of one visitor, or of all, newest first."""
        return _held(self._ledger.kept(owner), self._look().sizes)

    def _look(self) -> Measured:
        measured, now = self._measured, self._now()
        if measured is None or not 0 <= now - measured.at < MEASURED_S:
            sizes, given = self._media.sizes(), self._uploaded.sizes()
            takes = sum(each.bytes for each in _held(self._ledger.kept(), sizes))
            measured = Measured(now, sizes, given, takes + sum(given.values()))
            self._measured = measured
        return measured


def _held(kept: Sequence[KeptRun], sizes: Mapping[str, int]) -> list[Held]:
    """The runs with their sizes. An image that several runs of a visitor share counts once, for the latest of them."""
    seen: set[tuple[str, str]] = set()
    held = []
    for run in kept:
        images = {(run.owner, image) for image in run.images} - seen
        seen |= images
        names = (run.run, *run.jobs, *(image for _, image in images))
        total = run.bytes + sum(sizes.get(name, 0) for name in names)
        held.append(Held(run.run, run.owner, run.at, run.simulated, run.over, total))
    return held
