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
    """The job is paid with a key that a person typed, and that key is no longer in memory."""


class StopAsked(Exception):
    """A person asked to stop a job that its provider has, so the current poll is not repeated."""


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
    except ProviderError as error:  # the recorder leaves URLs out too, but errors are also shown without being recorded
        error.args = (without_urls(str(error)),)
        raise


def as_sentence(error: Exception) -> str:
    """An error's text with exactly one period at its end; providers' texts may have one already."""
    return f"{str(error).removesuffix('.')}."


class Account(TypedDict, total=False):
    """What an event records besides its error where the account was refused."""

    account: Literal["balance", "key"]


def account(error: TakesError) -> Account:
    """Whether an error is about the account (its balance or its key), to be recorded beside it.

    Such a failure says nothing about how reliable the provider is, so statistics leave it out.
    """
    if isinstance(error, BalanceRefused):
        return {"account": "balance"}
    return {"account": "key"} if isinstance(error, AuthRefused) else {}
