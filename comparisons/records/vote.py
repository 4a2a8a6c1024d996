"""Ballots and votes, as the ledger keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from comparisons.records.media import MediaInfo
from providers import Value

BallotKind = Literal["pair", "many"]
"""A pair, of which one may be better; or three to six takes, of which one is best and one worst."""
Pool = Literal["text", "image", "text-sound", "image-sound"]
"""What a take was made from, and whether it has sound. Takes of different pools are never compared: text alone and an
image are different tasks, and sound changes how a clip is judged. Votes of older versions, which did not distinguish
sound, are in the pools without it."""
By = Literal["model", "variant"]
"""What competes: the model behind the takes, or the variant of a provider."""


@dataclass(frozen=True)
class Shown:
    """One take of a ballot, as the ledger keeps it, so that a vote can be understood after its run was deleted.

    ``instead``: what its provider was sent instead of what was asked (see ``Wanted.instead``), None if not recorded.
    """

    job: str
    variant: str
    model: str
    provider: str
    instead: Mapping[str, Value | None] | None = None


@dataclass(frozen=True)
class Verdict:
    """Positions on the ballot, from 0: of the best and the worst take, or of the better and the other one of a pair.

    Both are None for a tie. ``bad``: all of them are bad.
    """

    best: int | None
    worst: int | None
    bad: bool = False


@dataclass(frozen=True)
class Ballot:
    """What one person is asked. ``token`` is the only id that the page may know; ``at`` is when it was drawn.

    ``moments``: for each clip whose pictures come unevenly, when each picture is shown, in seconds; None for others.
    """

    token: str
    at: float
    owner: str
    run: str
    prompt: str
    simulated: bool
    pool: Pool
    kind: BallotKind
    shown: tuple[Shown, ...]
    files: tuple[str, ...]
    media: tuple[MediaInfo, ...]
    moments: tuple[Sequence[float] | None, ...] = ()


@dataclass(frozen=True)
class Vote:
    """A vote that counts. ``looked_s``: how long the ballot was in view; ``watched``: seconds played of each clip."""

    id: str
    at: float
    owner: str
    run: str
    simulated: bool
    pool: Pool
    kind: BallotKind
    shown: tuple[Shown, ...]
    verdict: Verdict
    looked_s: float
    watched: tuple[float, ...]
    layout: Mapping[str, int | str]
    surface: str = "page"

    @property
    def alike(self) -> bool | None:
        """Whether all of its takes were sent the same request; None if that was not recorded."""
        sent = [shown.instead for shown in self.shown]
        return None if None in sent else all(each == sent[0] for each in sent)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Vote:
        shown = tuple(Shown(**each) for each in data["shown"])
        found = {"shown": shown, "verdict": Verdict(**data["verdict"]), "watched": tuple(data["watched"])}
        return cls(**{**data, **found})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
