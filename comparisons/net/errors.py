"""What can go wrong on the way to a provider, told apart by what matters for money: whether the request left us."""

from __future__ import annotations

from providers import TakesError


class NotSent(TakesError):
    """The request never reached the provider."""


class Misled(NotSent):
    """A setting must be changed first: a base URL redirects, or a proxy cannot be used."""


class NotFetched(NotSent):
    """A clip could not be asked for, for a reason on this machine that a person has to remove."""


class NoReply(TakesError):
    """The request went out, and no whole answer came back: it may have been acted on."""


class NoPicture(TakesError):
    """A picture could not be fetched from its address; the sentence says what to do, without repeating the address."""
