"""Ballots and votes, as the ledger keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from comparisons.records.media import MediaInfo
from providers import Value

BallotKind = Literal["pair", "many"]
"""Two takes, one of which may be better; or three to six, one of which is best and one worst."""


Pool = Literal["text", "image", "text-sound", "image-sound"]
"""What a take was made from, and whether it has sound. Text alone and an image are different tasks, and a clip that is
heard is another thing than a silent one: they are never compared. Votes from before sound was told apart are in the
pools without."""


By = Literal["model", "variant"]
"""What competes: the model behind the takes, or the variant of a provider."""


@dataclass(frozen=True)
class Shown:
    """One take of a ballot, as the ledger keeps it: a vote can be read when its run is long gone.

    ``instead``: what its provider was sent instead of what was asked (see ``Wanted.instead``), None where not noted.
    """

    job: str
    variant: str
    model: str
    provider: str
    instead: Mapping[str, Value | None] | None = None


@dataclass(frozen=True)
class Verdict:
    """Positions on the ballot. Of a pair, ``best`` is the better, ``worst`` the other; both are None for a tie."""

    best: int | None
    worst: int | None
    bad: bool = False


@dataclass(frozen=True)
class Ballot:
    """What one person is asked. ``token`` is all that the page may know of it; ``at`` is when it was drawn.

    ``moments``: when each picture is shown, of a clip whose pictures come unevenly; of others None.
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
        """Whether all of its takes were sent the same request; None where that was not noted."""
        sent = [shown.instead for shown in self.shown]
        return None if None in sent else all(each == sent[0] for each in sent)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Vote:
        shown = tuple(Shown(**each) for each in data["shown"])
        found = {"shown": shown, "verdict": Verdict(**data["verdict"]), "watched": tuple(data["watched"])}
        return cls(**{**data, **found})

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
