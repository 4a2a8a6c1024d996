"""Every error of the package, and what each one says about money.

::

    TakesError
    ├── InvalidRequest      our own check refused it: nothing was sent
    ├── CatalogError        a catalogue file has a mistake: file, variant and field are named
    └── ProviderError       read from a provider's reply
        ├── Refused         the provider said no: nothing was started, nothing is owed
        │   ├── AuthRefused       the key is missing or wrong
        │   │   └── Forbidden         the key is known, and may not do this
        │   ├── BalanceRefused    the account has no money or credits left
        │   ├── RateLimited       too much at once; ask again after ``retry_after`` seconds
        │   ├── InputRefused      a field or the image is not accepted
        │   ├── ContentRefused    the prompt or the image is not allowed
        │   └── NotFound          no such model, job or clip, as far as this key can see
        │       └── NotOffered        the model, to anybody: it is sold no more, or the server runs another
        ├── Conflict        something exists already under the key we sent: a job may be there
        ├── Unavailable     a server error: a submit answered so may have started a job
        └── UnknownReply    not a documented shape: nothing may be concluded from it
"""

from __future__ import annotations


class TakesError(Exception):
    """Base of all errors meant to be read by a person; the text is one sentence."""


class InvalidRequest(TakesError):
    """The request cannot be sent as asked. Raised before anything is spent."""


class CatalogError(TakesError):
    """A catalogue file cannot be read; the message names file, variant and field."""


class ProviderError(TakesError):
    """A provider's reply that is not the answer asked for.

    ``words`` is what the provider itself said, cut to a line, for people to see.
    """

    def __init__(self, message: str, *, words: str = "") -> None:
        super().__init__(message)
        self.words = words


class Refused(ProviderError):
    """The provider declined; it started nothing and charges nothing."""


class AuthRefused(Refused):
    """The key is missing, wrong, or lacks a permission."""


class Forbidden(AuthRefused):
    """The key is known and may not do this; other things it may still do."""


class BalanceRefused(Refused):
    """The account behind the key has too little left to pay for the job."""


class RateLimited(Refused):
    """Too many requests or jobs at once. ``retry_after`` is in seconds, None if not said."""

    def __init__(self, message: str, *, words: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, words=words)
        self.retry_after = retry_after


class InputRefused(Refused):
    """The provider does not accept a field, a combination or the image."""


class ContentRefused(Refused):
    """The provider's safety rules refuse the prompt or the image."""


class NotFound(Refused):
    """The provider knows no such thing, or not for this key."""


class NotOffered(NotFound):
    """The provider does not offer this model. ``why`` says so as part of a sentence about the variant."""

    def __init__(self, message: str, *, words: str = "", why: str) -> None:
        super().__init__(message, words=words)
        self.why = why


class Conflict(ProviderError):
    """The provider holds another request under the idempotency key: a job exists, though not the one sent."""


class Unavailable(ProviderError):
    """A server-side failure. After a submit, a job may or may not exist."""


class UnknownReply(ProviderError):
    """A reply in a shape no document describes. The job is alive until a document says otherwise."""
