"""Checks by Host, Origin and Sec-Fetch headers that a request is from Takes' own page and meant for this server."""

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
"""Values of Sec-Fetch-Dest for a page, by itself or in a frame."""


class Origins:
    """Checks requests, by the settings."""

    def __init__(self, settings: Settings) -> None:
        self._public = settings.public
        self._origin = settings.origin
        own = {platform.node().lower(), _bracketed(settings.server_name)} - {"0.0.0.0", "[::]", ""}
        self._hosts = LOCAL | settings.hosts | own

    def check(self, headers: Headers, *, posting: bool, page: bool = False, static: bool = False) -> None:
        """Accepts requests of Takes' own page, pages that a person opens, and programs other than browsers.

        Args:
            posting: its method is not GET or HEAD.
            page: it asks for the page itself, which other sites may link to; where strangers visit, they may also show
                it in a frame, as a Space is shown.
            static: it asks for one of Gradio's own scripts and styles. These are let in whatever Origin says, since
                behind a proxy that changes Host the page needs them to show what is wrong.

        Raises:
            NotLetIn: 421 if Host is not one of our names, 403 if another site's page asks.
        """
        if not self._public:
            self._check_host(headers)
        site = headers.get("sec-fetch-site")
        if site in (None, "none"):  # the browser does not say which page asks, so Origin is checked
            self._check_origin(None if static else headers.get("origin"), headers)
        elif site not in ("same-origin", "none") and (posting or not page or not self._is_opened(headers)):
            raise NotLetIn(403, OTHER_SITE)

    def _check_host(self, headers: Headers) -> None:
        named = [HOST.fullmatch(each.lower()) for each in headers.getlist("host")]
        if len(named) != 1 or named[0] is None or named[0][1] not in self._hosts:
            raise NotLetIn(421, NO_NAME)

    def _is_opened(self, headers: Headers) -> bool:
        """Whether the browser opens the page, such as by a link; where strangers visit, in another site's frame too."""
        framed = self._public and headers.get("sec-fetch-dest") in PLACES
        return headers.get("sec-fetch-mode") == "navigate" and (headers.get("sec-fetch-dest") == "document" or framed)

    def _check_origin(self, origin: str | None, headers: Headers) -> None:
        """Checks Origin, for browsers that do not send Sec-Fetch-Site, as over plain http."""
        if origin is not None and not self._is_own(origin, headers):
            raise NotLetIn(403, FORWARDED if _same_name(origin, headers) else OTHER_SITE)

    def _is_own(self, origin: str, headers: Headers) -> bool:
        if self._origin:
            return _written(origin) == self._origin
        return bool(_netloc(origin)) and _netloc(origin) == _netloc(f"{_scheme(origin)}://{headers.get('host', '')}")

    def trouble(self, headers: Headers, opened: str) -> str:
        """A sentence if presses on a page that was opened at this origin would be refused; empty if they would not.

        ``opened`` is what the page says, since a GET has no Origin header, which a press will have.
        """
        try:
            if headers.get("sec-fetch-site") is None:
                self._check_origin(opened, headers)
        except NotLetIn:
            return FORWARDED
        return "" if _name(opened.partition("://")[2]) == _name(self.seen(headers, "http")[1]) else FORWARDED

    def https(self, headers: Headers, scheme: str) -> bool:
        """Whether people see the page over https; a proxy may pass their requests on over http."""
        if self._origin:
            return self._origin.startswith("https://")
        return headers.get("x-forwarded-proto", scheme).split(",")[0].strip() == "https"

    def seen(self, headers: Headers, scheme: str) -> tuple[str, str]:
        """Scheme and host of the page as its visitor sees them, for the addresses that Gradio writes into answers.

        The Origin of a press, which was checked, counts first; a proxy may have changed the other headers.
        X-Forwarded-Host is never used, since anybody can send it.
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
    """Name and port of an origin, with the default port of its scheme if it has none; empty if it is no origin."""
    found = HOST.fullmatch(origin.partition("://")[2].lower())
    return f"{found[1]}:{found[2] or PORTS[_scheme(origin)]}" if found and _scheme(origin) in PORTS else ""


def _written(origin: str) -> str:
    """An origin as the settings write it: without the port that its scheme has by default."""
    scheme = _scheme(origin)
    return origin.lower().removesuffix(f":{PORTS.get(scheme, '')}")


def _same_name(origin: str, headers: Headers) -> bool:
    """Whether an origin is this host apart from the port, which a proxy in front may have dropped."""
    return _name(origin.partition("://")[2]) == _name(headers.get("host", "")) != ""
