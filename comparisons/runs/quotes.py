"""What providers say a request would cost: asked once, remembered for a while, shared by all who pay with the same key.

Asking bills nothing, but it is a call on somebody's account: visitors may ask only so often, and a question that was
just answered is not repeated. A plain picture is uploaded in place of the person's, so that nothing of theirs is sent
before Run.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from comparisons.engine import exchange, uploaded
from comparisons.net import NoReply, NotSent, Transport
from comparisons.runs.compare import Offer
from providers import (
    COMPARABLE,
    PROVIDERS,
    ImageInput,
    InvalidRequest,
    Money,
    NotOffered,
    ProviderError,
    References,
)

REMEMBERED_S = 300.0
"""For how many seconds a price counts as current."""
UNANSWERED_S = 15.0
"""For how many seconds a price is not asked for again after no price came."""
PATIENCE_S = 10.0
"""For how many seconds a press of Run waits for prices that are not known."""
KEPT = 2_000
"""The most prices that are remembered."""
AT_ONCE = 4
"""How many prices of one provider are asked for at the same time."""
MINUTE_S = 60.0
A_MINUTE = 60
"""Questions one visitor may cause in a minute."""
A_MINUTE_ALL = 240
"""Questions all visitors together may cause in a minute."""

Account = tuple[str, str]
"""A provider's base URL, and the id of the key that is used there."""
Key = tuple[Account, str, str]
"""Account, variant, and as JSON what a price may depend on: the options, and how many images of each kind there are."""


@dataclass(frozen=True)
class Heard:
    """An answer: a price, or in a sentence why there is none. ``at`` is when it came, by the clock of ``Quotes``.

    ``why_not``: why the variant takes no part, because its provider does not offer it.
    """

    at: float
    quoted: Money | None
    no_quote: str | None
    why_not: str | None = None

    def holds(self, now: float) -> bool:
        """Whether the answer still counts; one from the future does not, as after the system's time was set back."""
        return self.at <= now < self.at + (REMEMBERED_S if self.quoted or self.why_not else UNANSWERED_S)


class Quotes:
    """The prices heard lately. Everything but ``filled`` and ``missing`` belongs on one event loop.

    Args:
        now: seconds of a clock that goes on while the machine sleeps, since prices may change meanwhile.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self._heard: OrderedDict[Key, Heard] = OrderedDict()
        self._asking: dict[Key, asyncio.Task[None]] = {}
        self._uploads: dict[Account, tuple[float, asyncio.Task[str]]] = {}
        self._sending: dict[str, asyncio.Semaphore] = {}
        self._asked: deque[tuple[float, str]] = deque()

    async def aclose(self) -> None:
        """Cancels the questions that are under way: nobody waits for a price any more."""
        tasks = [*self._asking.values(), *(task for _, task in self._uploads.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def filled(self, offers: Sequence[Offer], wire: Transport) -> list[Offer]:
        """The offers with the prices heard lately."""
        return [self._filled(each, self._heard.get(_key(each, wire))) for each in offers]

    def _filled(self, each: Offer, heard: Heard | None) -> Offer:
        if heard is not None and heard.holds(self.now()):
            why_not = heard.why_not or each.why_not
            return replace(each, quoted=heard.quoted, no_quote=heard.no_quote, why_not=why_not)
        if not _is_quotable(each):
            return each
        return replace(each, no_quote=f"{PROVIDERS[each.variant.provider].name} has not said its price yet")

    def missing(self, offers: Sequence[Offer], wire: Transport) -> list[Offer]:
        """The offers whose price is to be asked for; only one of those that share a price.

        Those are the offers whose provider quotes prices and has not answered lately.
        """
        now = self.now()
        unheard = {_key(each, wire): each for each in offers if _is_quotable(each)}
        return [each for key, each in unheard.items() if key not in self._heard or not self._heard[key].holds(now)]

    async def quoted(self, offers: Sequence[Offer], wire: Transport, visitor: str = "") -> list[Offer]:
        """The offers with their providers' prices, after asking for those not heard lately. Some may stay unknown."""
        await self.ask(self.missing(offers, wire), wire, visitor)
        return self.filled(offers, wire)

    async def ask(self, offers: Sequence[Offer], wire: Transport, visitor: str = "") -> None:
        """Asks for these prices; returns when all questions are answered or failed. ``visitor``: empty for the host."""
        tasks = [task for each in offers if (task := self._asked_for(each, wire, visitor)) is not None]
        if tasks:
            await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()  # raises an unexpected error to the caller

    def _asked_for(self, each: Offer, wire: Transport, visitor: str) -> asyncio.Task[None] | None:
        key = _key(each, wire)
        if key not in self._asking:
            if not self._may_ask(visitor):
                return None
            task = asyncio.create_task(self._ask(key, each, wire))
            self._asking[key] = task
            task.add_done_callback(lambda done: self._asking.pop(key, None))
        return self._asking[key]

    def _may_ask(self, visitor: str) -> bool:
        if not visitor:
            return True
        now = self.now()
        while self._asked and not now - MINUTE_S <= self._asked[0][0] <= now:
            self._asked.popleft()
        if len(self._asked) >= A_MINUTE_ALL or sum(who == visitor for _, who in self._asked) >= A_MINUTE:
            return False
        self._asked.append((now, visitor))
        return True

    def check_may_ask(self, visitor: str) -> None:
        """Counts one more question of a visitor; raises ``InvalidRequest`` if they have asked too many."""
        if not self._may_ask(visitor):
            raise InvalidRequest("That is a lot of questions to a provider. Please try again in a minute.")

    async def _ask(self, key: Key, each: Offer, wire: Transport) -> None:
        quoted, no_quote, why_not = None, None, None
        async with self._sending.setdefault(each.variant.provider, asyncio.Semaphore(AT_ONCE)):
            try:
                quoted = await self._answer(key[0], each, wire)
                name = PROVIDERS[each.variant.provider].name
                no_quote = None if quoted else f"{name} names no price before a job is made"
            except (ProviderError, NotSent, NoReply) as error:
                no_quote = str(error)
                why_not = error.why if isinstance(error, NotOffered) else None
        self._heard[key] = Heard(self.now(), quoted, no_quote, why_not)
        self._heard.move_to_end(key)
        while len(self._heard) > KEPT:
            self._heard.popitem(last=False)

    async def _answer(self, account: Account, each: Offer, wire: Transport) -> Money | None:
        provider, variant, options = PROVIDERS[each.variant.provider], each.variant, each.options
        references = await self._placeholders(account, each, wire)
        asked = provider.quote(variant, each.request, references)
        if asked is None or options is None:
            return None
        quote = await exchange(wire, provider.slug, asked, lambda reply: provider.quoted(variant, options, reply))
        return quote.money if quote else None

    async def _placeholders(self, account: Account, each: Offer, wire: Transport) -> References:
        if not each.request.inputs:
            return References()
        url = await asyncio.shield(self._hosted(account, each.variant.provider, wire))
        return References.of({name: [url] * len(images) for name, images in each.request.inputs.items()})

    def _hosted(self, account: Account, slug: str, wire: Transport) -> asyncio.Task[str]:
        """The URL of the placeholder picture at a provider; one upload serves all for ``REMEMBERED_S`` seconds."""
        now, known = self.now(), self._uploads.get(account)
        if known is not None and known[0] <= now < known[0] + REMEMBERED_S and not _has_failed(known[1]):
            return known[1]
        for old in [each for each, (at, task) in self._uploads.items() if task.done() and now >= at + REMEMBERED_S]:
            del self._uploads[old]
        from comparisons.media import images  # here, since it imports Pillow and numpy, which only uploads need

        task = asyncio.create_task(_upload(slug, wire, images.placeholder()))
        self._uploads[account] = now, task
        return task


async def _upload(slug: str, wire: Transport, image: ImageInput) -> str:
    """What a quote is to name an image by, once each step of its upload is done."""
    provider = PROVIDERS[slug]
    upload = provider.upload(image)
    if upload is None:
        return image.data_uri()
    return await uploaded(provider, image, upload, partial(exchange, wire, slug))


def _has_failed(task: asyncio.Task[str]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _key(each: Offer, wire: Transport) -> Key:
    slug = each.variant.provider
    account = wire.targets[slug].base_url, wire.key_id(slug)
    telling = {name: value for name, value in (each.options or {}).items() if name not in COMPARABLE}
    return account, each.variant.ref, json.dumps([telling, each.sent.inputs], sort_keys=True)


def _is_quotable(each: Offer) -> bool:
    provider = PROVIDERS[each.variant.provider]
    return each.options is not None and provider.quote(each.variant, each.request, References()) is not None
