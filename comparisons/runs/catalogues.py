"""Providers' own lists of models and prices: read whole, kept with their day, and compared with the last reading.

Nothing in them changes a variant of ours: the differences are shown, and the lists stay in the data folder.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from comparisons import surroundings
from comparisons.engine import Wires, Workers, exchange
from comparisons.net import NoReply, NotSent, Transport
from comparisons.records import HOST
from comparisons.runs.catalog_files import CatalogFiles, ReadList
from comparisons.runs.price_changes import Change, changes
from providers import PROVIDERS, InvalidRequest, ListedModel, ProviderError, UnknownReply, Variant

MOST_PAGES = 100
"""The most pages of one list that are asked for."""
MOST_MODELS = 50_000
"""The most models of one list that are held in memory: far more than any list has."""


@dataclass(frozen=True)
class Refreshed:
    """What came of reading one provider's list: how many models it has and what changed ``since``, or ``why_not``.

    ``since`` is the day of the reading that it was compared with, None where there was none. ``without_prices``: they
    are told only with a key, and none is set.
    """

    provider: str
    models: int = 0
    since: date | None = None
    changes: tuple[Change, ...] = ()
    why_not: str = ""
    without_prices: bool = False

    def lines(self, most: int | None = None) -> list[str]:
        """A sentence, and a line for each of the first ``most`` changes; then how many more there are."""
        shown = self.changes[:most]
        more = len(self.changes) - len(shown)
        return [self._sentence(), *(each.words for each in shown), *([f"and {more} more"] if more else [])]

    def _sentence(self) -> str:
        if self.why_not:
            return f"{self.why_not.removesuffix('.')}."
        provider, count = PROVIDERS[self.provider], len(self.changes)
        head = f"{provider.name} lists {self.models} model{'' if self.models == 1 else 's'}"
        less = f" It tells prices only with a key: set {provider.key_env}." if self.without_prices else ""
        if self.since is None:
            return f"{head}: the first time this is read.{less}"
        said = "nothing changed" if not count else f"{count} change{'' if count == 1 else 's'}"
        return f"{head}; {said} since {self.since.isoformat()}.{less}"


class Catalogues:
    """Reads the lists and keeps them in the data folder ``home``. ``today`` gives the day (UTC)."""

    def __init__(
        self, home: Path, variants: Sequence[Variant], wires: Wires, workers: Workers, today: Callable[[], date]
    ) -> None:
        self._home = home
        self._variants = variants
        self._wires = wires
        self._workers = workers
        self._today = today
        self._acting = threading.Lock()  # so that a second press waits for the first, instead of asking beside it

    def refresh(self, slugs: Sequence[str] = (), *, simulated: bool = False) -> list[Refreshed]:
        """Reads the lists of these providers, or of all where none is named, on the host's account.

        Raises:
            InvalidRequest: no provider is called so.
        """
        unknown = next((slug for slug in slugs if slug not in PROVIDERS), None)
        if unknown is not None:
            raise InvalidRequest(f"No provider is called {unknown!r}. There are: {', '.join(sorted(PROVIDERS))}.")
        wire = self._wires.to(HOST, simulated)
        with self._acting:
            return self._workers.call(self._refresh_all(list(dict.fromkeys(slugs)) or list(PROVIDERS), wire, simulated))

    async def _refresh_all(self, slugs: Sequence[str], wire: Transport, simulated: bool) -> list[Refreshed]:
        return list(await asyncio.gather(*(self._refresh(slug, wire, simulated) for slug in slugs)))

    async def _refresh(self, slug: str, wire: Transport, simulated: bool) -> Refreshed:
        why_not = _why_not(slug, wire)
        if why_not:
            return Refreshed(slug, why_not=why_not)
        ours = {variant.endpoint for variant in self._variants if variant.provider == slug}
        try:
            models = await with_details(slug, wire, await read_list(slug, wire), ours)
        except (ProviderError, NotSent, NoReply) as error:
            return Refreshed(slug, why_not=str(error))
        files = CatalogFiles(self._home, slug, simulated=simulated or wire.targets[slug].is_sandbox)
        reading = ReadList(self._today(), wire.host(slug), models)
        before = files.before(reading.day, reading.host)
        try:
            files.keep(reading)
        except OSError as error:
            why = surroundings.told(error) or str(error.strerror)
            return Refreshed(slug, why_not=f"The list of {PROVIDERS[slug].name} could not be kept: {why}")
        less = PROVIDERS[slug].prices_need_key and not wire.targets[slug].key
        if before is None:
            return Refreshed(slug, len(models), without_prices=less)
        always = not PROVIDERS[slug].prices_need_key
        found = changes(before.models, models, ours, prices_always_told=always)
        return Refreshed(slug, len(models), before.day, found, without_prices=less)


def _why_not(slug: str, wire: Transport) -> str:
    """Why a list is not asked for, in a sentence; empty where it can be."""
    provider = PROVIDERS[slug]
    if provider.catalog(None) is None:
        return f"{provider.name} publishes no list of its models and prices."
    if provider.catalog_needs_key and not wire.targets[slug].key:
        return f"{provider.name} shows its list of models only with a key: set {provider.key_env}."
    return wire.proxy_trouble(slug)


async def read_list(slug: str, wire: Transport) -> tuple[ListedModel, ...]:
    """A provider's whole list, page by page.

    Raises:
        ProviderError: an answer is an error, or none that is documented, or the list goes on without an end.
        NotSent, NoReply: there is no answer.
    """
    provider, cursor = PROVIDERS[slug], None
    models: list[ListedModel] = []
    for _ in range(MOST_PAGES):
        asked = provider.catalog(cursor)
        assert asked is not None  # ``_why_not`` found that this provider has a list
        page = await exchange(wire, slug, asked, partial(provider.cataloged, cursor))
        models += page.models
        cursor = page.cursor
        if cursor is None:
            return tuple(models)
        if len(models) > MOST_MODELS:
            break
    raise UnknownReply(f"{provider.name}'s list of models did not end after {MOST_PAGES} pages; nothing of it is kept")


async def with_details(
    slug: str, wire: Transport, models: Sequence[ListedModel], ours: Container[str]
) -> tuple[ListedModel, ...]:
    """The list with what the provider tells elsewhere of those of its models that are compared here.

    Raises:
        ProviderError, NotSent, NoReply: as ``read_list``.
    """
    provider, more = PROVIDERS[slug], dict[str, ListedModel]()
    endpoints = sorted({model.endpoint for model in models if model.endpoint in ours})
    for asked in provider.details(endpoints, bool(wire.targets[slug].key)):
        for told in await exchange(wire, slug, asked, provider.detailed):
            more[told.endpoint] = _both(more.get(told.endpoint, told), told)
    return tuple(_both(model, more.get(model.endpoint)) for model in models)


def _both(model: ListedModel, told: ListedModel | None) -> ListedModel:
    """A model with what was told of it besides."""
    if told is None:
        return model
    priced = model if told.price is None else told
    return replace(
        model,
        price=priced.price,
        per=priced.per,
        from_price=priced.from_price,
        unit=priced.unit,
        options=told.options or model.options,
    )
