"""What a job's state can be, what can happen to a job, and the groups of both that decide something.

The values are the words stored in ledgers and written to tables and JSON: they never change. A new word comes with a
migration of the ledger, so that an older Takes refuses the file instead of meeting a word that it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a job is on its way: the state that the last event brought which brought any."""

    PLANNED = "planned"
    """Nothing that costs money was sent."""
    SUBMITTING = "submitting"
    """The submit may have left this machine; no answer is recorded."""
    QUEUED = "queued"
    """The provider accepted it."""
    RUNNING = "running"
    """The provider generates the clip."""
    SUCCEEDED = "succeeded"
    """The provider has finished it; its clip is not on this disk yet."""
    DELIVERED = "delivered"
    """The clip is on this disk."""
    FAILED = "failed"
    """The provider says that it failed."""
    CANCELED = "canceled"
    """The provider canceled it, or a person stopped it before anything was sent."""
    REJECTED = "rejected"
    """Nothing was started and nothing is owed."""
    UNCERTAIN = "uncertain"
    """It may be billed, and its provider's id for it is not known: no code submits it again."""


OVER = frozenset({State.DELIVERED, State.FAILED, State.CANCELED, State.REJECTED, State.UNCERTAIN})
"""Takes does nothing more about the job by itself."""
SETTLED = OVER - {State.UNCERTAIN}
"""Over, and nothing more can be billed."""
NOT_ACCEPTED = frozenset({State.PLANNED, State.SUBMITTING})
"""The provider's yes is not recorded."""
AT_PROVIDER = frozenset({State.QUEUED, State.RUNNING})
"""The provider accepted the job and has not finished it."""
NOT_FINISHED = NOT_ACCEPTED | AT_PROVIDER
"""The provider has not finished it, or does not have it yet."""
WITHOUT_ID = frozenset({State.SUBMITTING, State.UNCERTAIN})
"""The provider may have the job under an id that is not known here."""
WITHOUT_CLIP = frozenset({State.FAILED, State.CANCELED, State.REJECTED})
"""Known to have ended with no clip."""
BILL_ONLY = frozenset({State.FAILED, State.CANCELED})
"""Only the provider's own bill is a cost: a price list does not say what a failure costs."""


class EventKind(StrEnum):
    """What happened to a job. Those that share a word with a state bring that state."""

    PLANNED = "planned"
    BEGUN = "begun"
    """Its turn came in a session."""
    HELD = "held"
    """It waits before an upload or a submit is repeated."""
    UPLOADING = "uploading"
    UPLOADED = "uploaded"
    SUBMITTING = "submitting"
    ATTEMPT = "attempt"
    """A request about it had no usable answer."""
    QUEUED = "queued"
    FOUND = "found"
    """A person, or the provider's list, told the id of an uncertain job; it goes on as queued."""
    RUNNING = "running"
    POLLED = "polled"
    """The provider says that it is not done."""
    SUCCEEDED = "succeeded"
    RESULT = "result"
    """The provider said again where the clip is."""
    WAITING = "waiting"
    """The clip did not come; there will be another try."""
    FETCHING = "fetching"
    """The wait is over; there is another try to get the clip now."""
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELED = "canceled"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    CANCEL = "cancel"
    """The provider was asked to cancel it, and has not done so: it was too late, or its answer leaves that open."""
    PAUSED = "paused"
    """This process stopped working on it; its state is as before."""
    RESUMED = "resumed"
    """A process works on it again."""
    STOP = "stop"
    """A person asked to stop it."""
    FETCH = "fetch"
    """A person asked to fetch its clip at once."""
    HANDED = "handed"
    """A person gave a file as its clip."""
    NOT_CHARGED = "not_charged"
    """A person said that the provider has not charged an uncertain job; it is rejected."""
    COPIED = "copied"
    """It was planned when a backup was made: in the copy it is uncertain, as the original may run."""


BRINGS: Mapping[EventKind, State] = {
    **{EventKind(state): state for state in State},
    EventKind.FOUND: State.QUEUED,
    EventKind.NOT_CHARGED: State.REJECTED,
    EventKind.COPIED: State.UNCERTAIN,
}
"""The state that an event of a kind brings. Other kinds bring none, except that ``HELD`` may bring planned."""
ALL_IS_WELL = frozenset({
    EventKind.QUEUED, EventKind.RUNNING, EventKind.POLLED, EventKind.SUCCEEDED, EventKind.RESULT, EventKind.DELIVERED,
})  # fmt: skip
"""After these an earlier error no longer holds anything up."""
ACCEPTED = (EventKind.QUEUED, EventKind.FOUND)
"""After these the provider is known to have the job."""
NOT_DONE = (EventKind.QUEUED, EventKind.FOUND, EventKind.RUNNING, EventKind.POLLED)
"""At the moment of these the job was not done."""
PICKED_UP = (EventKind.RESUMED, EventKind.FOUND)
"""Before these nobody watched the job for some time."""
CLIP_WISHES = (EventKind.FETCH, EventKind.HANDED, EventKind.STOP)
"""A person's wishes about a clip that is waited for."""
TRY_ENDED = (
    EventKind.WAITING, EventKind.PAUSED, EventKind.DELIVERED, EventKind.FAILED, EventKind.CANCELED,
)  # fmt: skip
"""One of these ends a try to get a clip."""
