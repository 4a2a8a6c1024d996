"""One question to a provider and its answer; and how work on a job can end without an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypedDict, TypeVar

import httpx

from comparisons.engine._urls import without_urls
from comparisons.net import Transport
from providers import PROVIDERS, AuthRefused, BalanceRefused, ProviderError, TakesError

T = TypeVar("T")


class Pause(Exception):
    """Our patience with a job has ended for now; the job's own state is untouched."""


class KeyNeeded(Pause):
    """It is paid with a typed key, which is not held any more."""


class StopAsked(Exception):
    """A person asked to stop a job that its provider has; the question at hand can wait."""


class Stopped(Exception):
    """A person stopped the job before anything was sent."""


async def exchange(wire: Transport, slug: str, request: httpx.Request, read: Callable[[httpx.Response], T]) -> T:
    """One question and its answer, read by the provider's module.

    Raises:
        ProviderError: the answer is an error, or no documented answer.
        NotSent, NoReply: there is no answer.
    """
    reply = await wire.send(slug, request)
    try:
        refusal = PROVIDERS[slug].refused(reply)
        if refusal is not None:
            raise refusal
        return read(reply)
    except ProviderError as error:  # it is shown by more than the ledger, which leaves URLs out by itself
        error.args = (without_urls(str(error)),)
        raise


def as_sentence(error: Exception) -> str:
    """What an error says, with one period at its end: providers' words may bring their own."""
    return f"{str(error).removesuffix('.')}."


class Account(TypedDict, total=False):
    """What an event says besides, where the account was refused."""

    account: Literal["balance", "key"]


def account(error: TakesError) -> Account:
    """What of the account was refused, if that is why: it says nothing of how reliable its provider is."""
    if isinstance(error, BalanceRefused):
        return {"account": "balance"}
    return {"account": "key"} if isinstance(error, AuthRefused) else {}
