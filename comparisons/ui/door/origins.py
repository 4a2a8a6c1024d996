"""From whose page a request comes, and whether it was meant for this Takes: what Host, Origin and the browser say."""

from __future__ import annotations

import platform
import re

from starlette.datastructures import Headers

from comparisons.settings import Settings
from comparisons.ui.door.refusals import NotLetIn

HOST = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?", re.ASCII)
LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
PORTS = {"http": "80", "https": "443"}
NO_NAME = "This Takes does not answer to that name: to reach it so, add the name to TAKES_HOSTS."
OTHER_SITE = "Another site's page asked for this; open Takes itself."
FORWARDED = (
    "The proxy in front of Takes hides where this page was opened: have it pass on the Host it was asked for, with"
    " its port (nginx: proxy_set_header Host $http_host;), or set TAKES_ORIGIN to the page's address."
)
PLACES = ("document", "iframe", "frame", "embed", "object")


class Origins:
    """The rules of one Takes, by its settings."""

    def __init__(self, settings: Settings) -> None:
        self._public = settings.public
        self._origin = settings.origin
        own = {platform.node().lower(), _bracketed(settings.server_name)} - {"0.0.0.0", "[::]", ""}
        self._hosts = LOCAL | settings.hosts | own

    def check(self, headers: Headers, *, posting: bool, page: bool = False, static: bool = False) -> None:
        """Lets pass what Takes' own page asks for, what a person opens, and what is no browser.

        Args:
            page: it is the page itself that is asked for, which other sites may link to; where strangers visit they
                may frame it too, as a Space is.
            static: it is one of Gradio's own scripts and styles, the same for everybody. Behind a proxy that hides
                where the page was opened it needs them to say so.

        Raises:
            NotLetIn: 421 where it was asked for by a name that is not its own, 403 if another site's page asks.
        """
        if not self._public:
            self._check_host(headers)
        site = headers.get("sec-fetch-site")
        if site in (None, "none"):  # which no page's own question is: whatever it names besides is looked at too
            self._check_origin(None if static else headers.get("origin"), headers)
        elif site not in ("same-origin", "none") and (posting or not page or not self._is_opened(headers)):
            raise NotLetIn(403, OTHER_SITE)

    def _check_host(self, headers: Headers) -> None:
        named = [HOST.fullmatch(each.lower()) for each in headers.getlist("host")]
        if len(named) != 1 or named[0] is None or named[0][1] not in self._hosts:
            raise NotLetIn(421, NO_NAME)

    def _is_opened(self, headers: Headers) -> bool:
        """Whether the browser opens the page, as by a link; or, where strangers visit, in a frame of another site."""
        framed = self._public and headers.get("sec-fetch-dest") in PLACES
        return headers.get("sec-fetch-mode") == "navigate" and (headers.get("sec-fetch-dest") == "document" or framed)

    def _check_origin(self, origin: str | None, headers: Headers) -> None:
        """For browsers that do not say themselves from whose page they ask: all of them over http."""
        if origin is not None and not self._is_own(origin, headers):
            raise NotLetIn(403, FORWARDED if _same_name(origin, headers) else OTHER_SITE)

    def _is_own(self, origin: str, headers: Headers) -> bool:
        if self._origin:
            return _written(origin) == self._origin
        return bool(_netloc(origin)) and _netloc(origin) == _netloc(f"{_scheme(origin)}://{headers.get('host', '')}")

    def trouble(self, headers: Headers, opened: str) -> str:
        """Why the page, opened at an origin, cannot press anything; empty if it can.

        A GET does not carry the origin that a press will, so the page says where it was opened.
        """
        try:
            if headers.get("sec-fetch-site") is None:
                self._check_origin(opened, headers)
        except NotLetIn:
            return FORWARDED
        return "" if _name(opened.partition("://")[2]) == _name(self.seen(headers, "http")[1]) else FORWARDED

    def https(self, headers: Headers, scheme: str) -> bool:
        """Whether people see the page over https, whatever reaches us."""
        if self._origin:
            return self._origin.startswith("https://")
        return headers.get("x-forwarded-proto", scheme).split(",")[0].strip() == "https"

    def seen(self, headers: Headers, scheme: str) -> tuple[str, str]:
        """Scheme and host of the page as its visitor sees them, for the addresses that Gradio writes into answers.

        A press that was let in says so itself; a proxy may have changed the rest. What a proxy says of a host it was
        asked for is believed of nobody: whoever asks can say it too.
        """
        asked = headers.get("origin", "")
        asked = asked if asked.startswith(("http://", "https://")) else self._origin
        if asked:
            return _scheme(asked), asked.partition("://")[2]
        return "https" if self.https(headers, scheme) else "http", headers.get("host", "")


def _name(host: str) -> str:
    found = HOST.fullmatch(host.lower())
    return found[1] if found else ""


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _scheme(origin: str) -> str:
    return origin.partition("://")[0].lower()


def _netloc(origin: str) -> str:
    """Name and port of an origin, the port its scheme has by default written out; empty if it is none."""
    found = HOST.fullmatch(origin.partition("://")[2].lower())
    return f"{found[1]}:{found[2] or PORTS[_scheme(origin)]}" if found and _scheme(origin) in PORTS else ""


def _written(origin: str) -> str:
    """An origin as the settings write it: without the port that its scheme has by default."""
    scheme = _scheme(origin)
    return origin.lower().removesuffix(f":{PORTS.get(scheme, '')}")


def _same_name(origin: str, headers: Headers) -> bool:
    """Whether but for a port it is this host: a proxy in front may have dropped that."""
    return _name(origin.partition("://")[2]) == _name(headers.get("host", "")) != ""
