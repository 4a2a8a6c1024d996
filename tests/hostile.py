"""Replies no provider should send, and what must hold of whatever a dialect reads out of them.

``python -m tests.hostile [EXAMPLES]`` puts that many (10,000) to each reply function of each dialect, in two
processes, prints what came of them, and exits with 1 if a promise was broken; the suite does so with a few. A reply
is raw bytes: a documented one changed in up to three places, an object of the provider's own field names, or anything
else, and then perhaps broken on the way. Functions for which the same replies are documented are put the same ones.
"""

from __future__ import annotations

import copy
import functools
import gzip
import itertools
import json
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from providers import (
    PROVIDERS,
    Canceled,
    Handle,
    ImageInput,
    JobStatus,
    ListedModel,
    Money,
    Provider,
    ProviderError,
    Quote,
    References,
    Request,
    Snapshot,
    Ticket,
    UnknownReply,
    Variant,
    variants,
)
from tests.vectors import documented, state_in

FUNCTIONS: dict[str, tuple[str, ...]] = {
    "submitted": ("submit",),
    "polled": ("poll",),
    "uploaded": ("upload", "ticket"),
    "ticket": ("upload",),
    "unit_priced": ("price",),
    "resulted": ("result", "poll"),
    "canceled": ("cancel",),
    "quoted": ("quote",),
    "listed": ("list", "listing"),
    "cataloged": ("catalog",),
    "detailed": ("detail",),
    "refused": (),
}
"""The reply functions of a dialect, and the operations whose documented replies are theirs; none, or none documented:
all of the provider's."""

PROMPT = Request("A paper boat")
FRAME = ImageInput(b"\x89PNG\r\n\x1a\n", "image/png", 1366, 768)
JOB = Handle("b2c3", "fal-ai/minimax/hailuo-2.3/standard/text-to-video")
"""One of whose model a price of a unit is documented."""
LISTED = {"id": "b2c3", "model": "hailuo-2.3", "status": "QUEUED", "createdAt": "2026-07-16T10:00:00.000Z"}
LIST = {"jobs": [LISTED | {"input": {"prompt": "A paper boat"}}], "nextCursor": "eyJpZCI6MX0="}
"""A list of jobs, for providers of whose list no vector is there."""


# Replies ----------------------------------------------------------------------------------------------------


class Raw(str):
    """A piece of a body that is written as it is, JSON or not."""


class Twice(tuple):
    """Two values in the place of one: under the same key of an object."""


def deep(depth: int, opening: str, core: str, closing: str) -> Raw:
    return Raw(opening * depth + core + closing * depth)


NUMBERS = (
    *("NaN", "Infinity", "-Infinity", "-0", "-0.0", "0", "1", "-1", "0.5", "1.5e300", "1e400", "-1e400", "1e-400"),
    *("1" + "0" * 400, "-1" + "0" * 400, "1" + "0" * 5000, "1e999999999999999999999", "1" * 30 + ".5", "0.1e-20"),
)
TEXT_NUMBERS = (
    *("NaN", "sNaN", "-Infinity", "1e400", "1e-999999", "0e-99999999", "1e999999999999999999999", "-1", "-0", "1_000"),
    *("١٢", "0x10", "1,01", " 2.5 ", "9" * 400, "0." + "0" * 4000 + "1"),
)
IDS = (
    *(".", "..", "...", "../..", "..%2f..", "%2e%2e", "//h", "a/b", "a\\b", "a?b=c", "a#b", "a;b", "a b", "a\nb"),
    *("a\t", "é", "a" * 201, "-", "~"),
)
URLS = (
    *("http://", "https://", "https:///x", "https://[", "https://h:99999999/", "https://h:٣/", "HTTPS://h/x", "//h/x"),
    *("https://user:secret@h/x", "https://h/a b", "https://h/a\nb", "https://h/\u202ex", "https://h/\ud83d"),
    *("ftp://h/x", "javascript:alert(1)", "data:text/html,x", "https://h/" + "x" * 70_000, "https://xn--\u0000/"),
    *("https://é.example/é", "https://h/%zz", "https://h/../..", "https://h\\@evil/x"),
)
TEXTS = (
    *("", " ", "\u0000", "\u001b[31mred\u001b[0m", "\r\nX-Key: 1", "\u2028", "\u202eevil", "\u200b", "\ufeff"),
    *("\x7f\x85", "\ud83d", "a\udc00", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))"),
    *("x" * 300, "字 " * 300, "x" * 100_000, "None", "null", "balance", "UNKNOWN", "success", "done"),
    *("CANCELED", "COMPLETED", "FAILED", "canceled", "failed", "ALREADY_COMPLETED"),
)
KINDS = (
    *("null", "true", "false", "[]", "{}", "[null]", "[[]]", '{"message":"words"}', '{"code":"words"}'),
    *('{"url":"https://h/x"}', '["https://h/x"]'),
)
DEEP = (
    *(deep(depth, "[", "", "]") for depth in (20, 300, 900, 1500, 100_000)),
    *(deep(depth, '{"url":', '"https://h/x"', "}") for depth in (20, 300, 900, 1500, 100_000)),
    *(Raw("[" * 100_000), Raw('{"a":' * 100_000), Raw('"a\u0000b"'), Raw("'a'"), Raw("{} {}"), Raw("")),
)
HOSTILE = (*map(Raw, NUMBERS), *TEXT_NUMBERS, *IDS, *URLS, *TEXTS, *map(Raw, KINDS), *DEEP)

RETRY_AFTER = (
    *("0", "7", "2.5", "-5", "1e9", "1e400", "nan", "inf", "", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "1_0", "1, 2"),
    *("١٢", "\u202e7", "9" * 5000),
)

CHANGES = ("swap", "swap", "swap", "drop", "double", "rename", "list", "object")
BREAKS: tuple[Callable[[bytes, int], bytes], ...] = (
    lambda body, at: body[:at],
    lambda body, at: body[:at] + b"\x00" + body[at:],
    lambda body, at: body[:at] + b"\xe9" + body[at:],
    lambda body, at: b"\xef\xbb\xbf" + body,
    lambda body, at: body.decode("utf-8", "replace").encode("utf-16"),
    lambda body, at: body.decode("utf-8", "replace").encode("utf-32-be"),
    lambda body, at: gzip.compress(body[:2000], mtime=0),
    lambda body, at: body + body,
    lambda body, at: b"<html><body>" + body[:at],
)


@dataclass(frozen=True)
class Hostile:
    """A reply, as bytes came over the wire."""

    status: int
    body: bytes
    retry_after: str | None

    def reply(self) -> httpx.Response:
        headers = [] if self.retry_after is None else [(b"Retry-After", self.retry_after.encode())]
        return httpx.Response(self.status, headers=headers, content=self.body)

    def __repr__(self) -> str:
        body = self.body if len(self.body) < 2000 else self.body[:2000] + b"... %d bytes" % len(self.body)
        return f"Hostile({self.status}, {body!r}, {self.retry_after!r})"


def written(value: Any) -> str:
    """JSON, where ``Raw`` and ``Twice`` may make it wrong or ambiguous."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{text}" for key in value for text in _texts(value[key])) + "}"
    if isinstance(value, list):
        return "[" + ",".join(text for each in value for text in _texts(each)) + "]"
    return json.dumps(value)


def _texts(value: Any) -> list[str]:
    return [written(each) for each in (value if isinstance(value, Twice) else (value,))]


def inside(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a body: what holds it, and its key or number there."""
    if isinstance(value, (dict, list)):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from inside(value[key])


@functools.cache
def sources(slug: str, function: str) -> tuple[str, ...]:
    """The operations whose documented replies are put to a function."""
    known = {each["operation"] for each in documented(slug)}
    own = tuple(sorted(known & set(FUNCTIONS[function])))
    lists = function == "listed" and type(PROVIDERS[slug]).listed is not Provider.listed
    return own or (("listed",) if lists else tuple(sorted(known)))


def operations() -> set[str]:
    """All operations of which some exchange is documented."""
    return {each["operation"] for slug in PROVIDERS for each in documented(slug)}


def groups(slug: str) -> list[tuple[str, ...]]:
    """The reply functions, those together that are put the same replies."""
    found: dict[tuple[str, ...], list[str]] = {}
    for function in FUNCTIONS:
        found.setdefault(sources(slug, function), []).append(function)
    return [tuple(functions) for functions in found.values()]


@functools.cache
def bodies(slug: str, function: str) -> tuple[Any, ...]:
    """The documented bodies that are of this function; answers to it twice as often as all refusals together."""
    known = documented(slug)
    operations = sources(slug, function)
    if operations == ("listed",):
        return (LIST,)
    own = [each for each in known if each["operation"] in operations]
    no = [each for each in own if {"refused", "unknown"} & set(each["meaning"])]
    refusals, answers = (_bodies(each for each in own if (each in no) is refused) for refused in (True, False))
    weight = 2 * len(refusals) // max(1, len(answers)) if set(operations) <= set(FUNCTIONS[function]) else 1
    return (*refusals, *answers * max(1, weight))


def _bodies(found: Iterable[dict[str, Any]]) -> tuple[Any, ...]:
    bodies = [each["response"].get("json", Raw(each["response"].get("text"))) for each in found]
    return tuple({written(body): body for body in bodies}.values())


@functools.cache
def said(slug: str) -> dict[str, tuple[Any, ...]]:
    """Each field name of a provider's documented replies, with the values it has there."""
    found: dict[str, list[Any]] = {}
    for body in bodies(slug, "refused"):
        for holder, key in inside(body):
            if isinstance(key, str):
                found.setdefault(key, []).append(holder[key])
    return {key: tuple({written(value): value for value in values}.values()) for key, values in found.items()}


below = functools.cache(lambda count: st.integers(0, count - 1))
"""Any of that many, each as likely as the others."""
leaves = st.sampled_from(HOSTILE) | st.sampled_from(HOSTILE) | st.text(st.characters(), max_size=8) | st.floats()


@functools.cache
def objects(slug: str) -> st.SearchStrategy[Any]:
    """Objects of the provider's own field names, with documented values, hostile ones and each other in them."""
    known = said(slug) | {"jobs": ([],), "nextCursor": (None,)}
    names, usual = st.sampled_from(sorted(known)), [(name, values[0]) for name, values in sorted(known.items())]
    right = st.sampled_from([value for values in known.values() for value in values])
    inner = leaves | right | st.lists(leaves, max_size=2) | st.dictionaries(names, leaves | right, max_size=2)
    pairs = st.sampled_from(usual) | st.sampled_from(usual) | st.tuples(names, inner)
    return st.lists(pairs, max_size=5).map(dict)


@st.composite
def mutated(draw: st.DrawFn, slug: str, function: str) -> Any:
    """A documented body, changed in up to three places."""
    known = bodies(slug, function)
    body = copy.deepcopy(known[draw(below(len(known)))])
    for _ in range(draw(st.integers(0, 3))):
        spots = list(inside(body))
        if spots:
            holder, key = spots[draw(below(len(spots)))]
            change(draw, holder, key)
    return body


def change(draw: st.DrawFn, holder: Any, key: Any) -> None:
    """One change of ``holder[key]``, in place."""
    kind = CHANGES[draw(below(len(CHANGES)))]
    if kind == "drop":
        del holder[key]
    elif kind == "rename" and isinstance(key, str):
        holder[key.swapcase()] = holder.pop(key)
    elif kind == "list":
        holder[key] = [holder[key]]
    elif kind == "object":
        holder[key] = {str(key): holder[key]}
    elif kind == "double":
        holder[key] = Twice((holder[key], draw(leaves)))
    else:
        holder[key] = draw(leaves)


def broken(draw: st.DrawFn, body: bytes) -> bytes:
    """The body as it arrives after something went wrong on the way."""
    return BREAKS[draw(below(len(BREAKS)))](body, draw(below(len(body) + 1)))


@functools.cache
def statuses(slug: str) -> st.SearchStrategy[int]:
    """Half 200, a quarter what is documented, a quarter anything: in one draw, since draws take the time."""
    known = sorted({each["response"]["status"] for each in documented(slug)})
    return st.sampled_from([200] * 1000 + known * (500 // len(known)) + list(range(100, 600)))


waits = st.sampled_from([None] * len(RETRY_AFTER) + list(RETRY_AFTER))


@st.composite
def replies(draw: st.DrawFn, slug: str, function: str) -> Hostile:
    """Any reply to one function of one dialect."""
    trouble, kind = divmod(draw(below(160)), 20)
    if kind == 0:
        body = draw(st.binary(max_size=40))
    else:
        value = draw(leaves if kind == 1 else objects(slug) if kind < 6 else mutated(slug, function))
        body = written(value).encode("utf-8", "surrogatepass")
    if trouble == 7:
        body = broken(draw, body)
    return Hostile(draw(statuses(slug)), body, draw(waits))


# Promises ---------------------------------------------------------------------------------------------------


def first_variant(provider: Provider) -> Variant:
    return next(variant for variant in _variants() if variant.provider == provider.slug)


_variants = functools.cache(variants)

READERS: dict[str, Callable[[Provider, httpx.Response], Any]] = {
    "submitted": lambda provider, reply: provider.submitted(first_variant(provider), reply),
    "polled": lambda provider, reply: provider.polled(reply),
    "uploaded": lambda provider, reply: provider.uploaded(reply),
    "ticket": lambda provider, reply: provider.ticket(FRAME, reply),
    "unit_priced": lambda provider, reply: provider.unit_priced(JOB, reply),
    "resulted": lambda provider, reply: provider.resulted(reply),
    "canceled": lambda provider, reply: provider.canceled(reply),
    "quoted": lambda provider, reply: provider.quoted(first_variant(provider), {"duration": 6}, reply),
    "listed": lambda provider, reply: provider.listed(reply),
    "cataloged": lambda provider, reply: provider.cataloged("7", reply),
    "detailed": lambda provider, reply: provider.detailed(reply),
    "refused": lambda provider, reply: provider.refused(reply),
}


def check(provider: Provider, function: str, reply: httpx.Response) -> str:
    """Reads a reply and says in a word what came of it.

    Raises:
        AssertionError: a promise is broken. Any other: so is that nothing but typed errors comes out.
    """
    body = json_object(reply)
    try:
        value = READERS[function](provider, reply)
    except ProviderError as error:
        assert function != "refused", "an error in a reply is returned, not raised"
        check_error(error)
        check_conclusion(error, body)
        return type(error).__name__
    empty_handed = function == "refused" or value in (None, Canceled.REQUESTED)  # no claim about the job
    assert empty_handed or body is not None, "something was read where there is nothing to read"
    return CHECKS[function](provider, value, body)


def json_object(reply: httpx.Response) -> dict[str, Any] | None:
    """The reply's JSON object, read without the dialects; None if it is not one."""
    try:
        body = json.loads(reply.content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def check_text(text: object, limit: int) -> None:
    """One line for people: bounded, no control or bidirectional characters, no halves of characters."""
    assert isinstance(text, str)
    assert len(text) <= limit, f"{len(text)} characters"
    assert text.isprintable(), ascii(text)
    text.encode("utf-8")


def check_error(error: ProviderError) -> None:
    check_text(str(error), 400)
    assert str(error)
    check_text(error.words, 300)
    wait = getattr(error, "retry_after", None)
    assert wait is None or 0 <= wait <= 3600


def check_conclusion(error: ProviderError, body: dict[str, Any] | None) -> None:
    assert body is not None or type(error) is UnknownReply, "something was concluded from nothing"


def check_refusal(provider: Provider, value: object, body: dict[str, Any] | None) -> str:
    if value is None:
        return "no error"
    assert isinstance(value, ProviderError)
    check_error(value)
    return type(value).__name__


def check_handle(provider: Provider, handle: object, body: dict[str, Any] | None) -> str:
    assert isinstance(handle, Handle)
    check_id(provider, handle)
    return "handle"


def check_id(provider: Provider, handle: Handle) -> None:
    """The handle survives JSON, and every question about it goes to the same place as that about any other job."""
    assert handle.id
    check_text(handle.id, 200)
    assert Handle(**json.loads(json.dumps(asdict(handle)))) == handle
    told = {key: "/".join(_plain(each, handle.id) for each in said.split("/")) for key, said in handle.told.items()}
    plain = Handle("plain", handle.endpoint, told)
    for ask in (provider.poll, provider.result, provider.cancel):
        if (usual := ask(plain)) is not None:
            check_question(provider, handle.id, ask(handle), usual)
    check_text(provider.console(handle) or "", 400)


def _plain(part: str, job: str) -> str:
    return "plain" if part == job else part


def check_question(provider: Provider, job: str, asked: httpx.Request, usual: httpx.Request) -> None:
    sent = httpx.URL(provider.base_url + asked.url.raw_path.decode("ascii"))
    here, there = (_segments(url) for url in (httpx.URL(provider.base_url + str(usual.url)), sent))
    wanted = [job if each == "plain" else each for each in here]
    assert [unquote(each) for each in there] == wanted
    assert sent.host == httpx.URL(provider.base_url).host
    assert not any("/" in unquote(each) for each in there)
    if asked.content:
        assert json.loads(asked.content) == json.loads(usual.content.replace(b'"plain"', json.dumps(job).encode()))


def _segments(url: httpx.URL) -> list[str]:
    """The parts of a path, and the values of its query."""
    path = url.raw_path.decode("ascii").partition("?")[0]
    return [*path.split("/"), *(value for _, value in url.params.multi_items())]


def check_clip_url(provider: Provider, url: object) -> None:
    """A whole URL; or a path of the provider's own, which is asked for with the key and leads nowhere else."""
    if not str(url).startswith("/"):
        check_url(url)
        return
    there = httpx.URL(provider.base_url + str(url))
    assert there.host == httpx.URL(provider.base_url).host
    assert not {".", "..", ""} & {unquote(each) for each in there.path.split("/")[1:]}
    assert str(url).isascii()


def check_url(url: object) -> None:
    assert isinstance(url, str)
    assert url.startswith(("http://", "https://"))
    assert url.isprintable(), ascii(url)
    assert " " not in url
    assert httpx.URL(url).host


def check_money(money: Money | None) -> None:
    if money is not None:
        check_amount(money.amount)
        assert money.currency is None or len(money.currency) <= 10
        check_text(str(money), 60)


def check_amount(amount: object) -> None:
    """Finite, not negative, not even -0, and short when it is written out."""
    assert isinstance(amount, Decimal)
    assert amount.is_finite()
    assert not amount.is_signed()
    assert amount < Decimal("1e13")
    assert len(f"{amount:f}") <= 80


def check_snapshot(provider: Provider, snapshot: object, body: dict[str, Any] | None) -> str:
    assert isinstance(snapshot, Snapshot)
    check_text(snapshot.words, 300)
    check_text(snapshot.error or "", 300)
    assert len(snapshot.clip_urls) <= 8
    for url in snapshot.clip_urls:
        check_clip_url(provider, url)
    assert snapshot.queue_position is None or (type(snapshot.queue_position) is int and snapshot.queue_position >= 0)
    assert snapshot.progress is None or 0 <= snapshot.progress <= 1
    check_money(snapshot.billed)
    for amount in (snapshot.provider_seconds, snapshot.provider_wait, snapshot.units):
        assert amount is None or check_amount(amount) is None
    check_status(provider.slug, snapshot.status, body or {})
    return str(snapshot.status)


@functools.cache
def documented_words(slug: str, status: JobStatus) -> set[str | None]:
    """The provider's own words for a status; None where it is documented to say none."""
    meant = [each for each in documented(slug) if each["meaning"].get("status") == status]
    also = {"odirouter": {"failed": "failed", "canceled": "canceled"}}  # by third-party clients only: in no vector
    return {word_in(slug, each["response"]["json"]) for each in meant} | {also.get(slug, {}).get(status)} - {None}


def word_in(slug: str, body: dict[str, Any]) -> str | None:
    """What a body says of its job: whatever its status is, as a text in small letters; None if it has none."""
    body = state_in(slug, body)
    word = body.get("status", body.get("state"))
    return str(word).strip().lower() or None if word else None


def check_status(slug: str, status: JobStatus, body: dict[str, Any]) -> None:
    """A job is what the provider's documented word says, and nothing may be concluded from any other."""
    word = word_in(slug, body)
    assert word in documented_words(slug, status), f"{word!r} does not mean {status}"
    lost = status in (JobStatus.FAILED, JobStatus.CANCELED)
    if lost and word in documented_words(slug, JobStatus.SUCCEEDED):
        assert body.get("error") or body.get("error_type") or body.get("detail"), (
            f"{word!r} alone does not mean {status}"
        )


def check_upload(provider: Provider, url: object, body: dict[str, Any] | None) -> str:
    check_url(url)
    images = References(str(url), None)
    provider.submit(first_variant(provider), PROMPT, images, "key")
    return "url"


def check_ticket(provider: Provider, ticket: object, body: dict[str, Any] | None) -> str:
    """The second step of an upload goes to a whole URL, without our key, or to the provider."""
    if ticket is None:
        return "no second step"
    assert isinstance(ticket, Ticket)
    if ticket.request.url.host:
        check_url(str(ticket.request.url))
    for name, value in ticket.request.headers.items():
        assert f"{name}{value}".isascii()
        assert f"{name}{value}".isprintable()
    return "second step"


def check_unit_price(provider: Provider, price: object, body: dict[str, Any] | None) -> str:
    assert price is None or isinstance(price, Money)
    check_money(price)
    return "price" if price else "no price"


def check_canceled(provider: Provider, value: object, body: dict[str, Any] | None) -> str:
    assert isinstance(value, Canceled)
    return str(value)


def check_quote(provider: Provider, quote: object, body: dict[str, Any] | None) -> str:
    if quote is None:
        return "no price"
    assert isinstance(quote, Quote)
    check_money(quote.money)
    return "quote"


def check_page(provider: Provider, page: Any, body: dict[str, Any] | None) -> str:
    for job in page.jobs:
        check_id(provider, Handle(job.id, first_variant(provider).endpoint))
        check_text(job.words, 300)
        check_text(job.endpoint, 300)
        assert abs(job.created_at) < 1e12
    assert page.cursor is None or provider.listing(page.cursor) is not None
    return "jobs" if page.jobs else "no jobs"


def check_models(models: Iterable[ListedModel]) -> None:
    for model in models:
        assert model.endpoint
        for text in (model.endpoint, model.name, model.unit, *model.kinds, *model.options, *model.options.values()):
            check_text(text, 300)
        assert all(model.options)
        assert len(model.options) <= 100
        check_money(model.price)
        assert model.per in (None, "clip", "second")


def check_details(provider: Provider, models: Any, body: dict[str, Any] | None) -> str:
    check_models(models)
    return "models" if models else "no models"


def check_catalog(provider: Provider, page: Any, body: dict[str, Any] | None) -> str:
    check_models(page.models)
    assert page.cursor is None or provider.catalog(page.cursor) is not None
    return "models" if page.models else "no models"


CHECKS: dict[str, Callable[[Provider, Any, dict[str, Any] | None], str]] = {
    "submitted": check_handle,
    "polled": check_snapshot,
    "uploaded": check_upload,
    "ticket": check_ticket,
    "unit_priced": check_unit_price,
    "resulted": check_snapshot,
    "canceled": check_canceled,
    "quoted": check_quote,
    "listed": check_page,
    "cataloged": check_catalog,
    "detailed": check_details,
    "refused": check_refusal,
}


# Runs -------------------------------------------------------------------------------------------------------


def attack(slug: str, functions: tuple[str, ...], examples: int) -> dict[str, Counter[str]]:
    """Puts that many replies to each function of one group, and counts what came of them. Raises as ``check``."""
    outcomes: dict[str, Counter[str]] = {function: Counter() for function in functions}

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(replies(slug, functions[0]))
    def nothing_hostile_gets_through(hostile: Hostile) -> None:
        for function in functions:
            outcomes[function][check(PROVIDERS[slug], function, hostile.reply())] += 1

    nothing_hostile_gets_through()
    made = min(counter.total() for counter in outcomes.values())
    assert made >= examples, f"only {made} replies were made"
    return outcomes


def _tried(slug: str, functions: tuple[str, ...], examples: int) -> tuple[str, bool]:
    """A line about each function of a group, and whether their promises held."""
    began = time.perf_counter()
    try:
        outcomes = attack(slug, functions, examples)
    except Exception as error:
        told = "".join(traceback.format_exception(error))[-6000:]
        return f"{slug:<11} {', '.join(functions)}: BROKEN\n{told}", False
    seconds = time.perf_counter() - began
    return "\n".join(_line(slug, function, outcomes[function], seconds) for function in functions), True


def _line(slug: str, function: str, outcomes: Counter[str], seconds: float) -> str:
    told = ", ".join(f"{count:,} {name}" for name, count in outcomes.most_common())
    return f"{slug:<11} {function:<9} {outcomes.total():>7,} in {seconds:3.0f} s: {told}"


def main(examples: int) -> int:
    """Puts ``examples`` replies to every function of every dialect, and prints the figures.

    Returns the number of groups of functions in which a promise was broken.
    """
    failures, began = 0, time.perf_counter()
    tasks = [(slug, functions) for slug in PROVIDERS for functions in groups(slug)]
    with ProcessPoolExecutor(2) as pool:
        for lines, held in pool.map(_tried, *zip(*tasks, strict=True), itertools.repeat(examples)):
            print(lines, flush=True)
            failures += not held
    count, seconds = len(PROVIDERS) * len(FUNCTIONS), time.perf_counter() - began
    print(f"{count} functions, {examples:,} replies each, {seconds:.0f} s: {failures or 'no'} broken promises")
    return failures


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)))
