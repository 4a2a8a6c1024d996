"""What can go wrong on the way to a provider, told apart by what matters for money: whether the request left us."""

from __future__ import annotations

from providers import TakesError


class NotSent(TakesError):
    """The request never reached the provider."""


class Misled(NotSent):
    """A setting leads elsewhere: a base URL that redirects, a proxy that is none. It must be changed first."""


class NotFetched(NotSent):
    """A clip could not be asked for, for a reason on this machine: a person has to set something right."""


class NoReply(TakesError):
    """The request went out, and no whole answer came back: it may have been acted on."""


class NoPicture(TakesError):
    """A picture could not be had by its address; the sentence says what to do, and does not repeat the address."""
