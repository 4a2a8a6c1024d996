"""The cookie that a visitor is known by: an id and a date, signed with a secret of this data folder."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from comparisons import private
from comparisons.folders import VISITORS
from providers import InvalidRequest

PLAIN = "takes_visitor"
SECURE = "__Host-takes_visitor"
"""The cookie's name over https. Browsers accept a ``__Host-`` name over https only, and from no neighbouring host."""
TOKEN = re.compile(r"([0-9a-f]{32})\.([0-9]{1,12})\.([0-9a-f]{64})", re.ASCII)
OLD = re.compile(r"[0-9a-f]{64}", re.ASCII)
"""An unsigned cookie of older versions, in which the visitor's id was the hash of the cookie."""
A_DAY_S = 24 * 3600
A_YEAR_S = 365 * A_DAY_S
SECRET_BYTES = 32


class Cookies:
    """Makes and reads visitors' cookies.

    Args:
        secret: what they are signed with.
        now: epoch seconds.
        owns: whether the ledger has anything of a visitor, by id.
    """

    def __init__(self, secret: bytes, now: Callable[[], float], owns: Callable[[str], bool]) -> None:
        self._secret = secret
        self._now = now
        self._owns = owns

    def visitor(self, cookies: Mapping[str, str], https: bool) -> str:
        """The id in a cookie that was made here within a year; empty if there is none."""
        return self._read(cookies.get(SECURE if https else PLAIN, ""))[0]

    def renewed(self, cookies: Mapping[str, str], https: bool) -> str:
        """The Set-Cookie header for a new visitor, or with a new date for a known one; empty if theirs is of today."""
        visitor, issued = self._read(cookies.get(SECURE if https else PLAIN, ""))
        if visitor and self._now() - issued < A_DAY_S:
            return ""
        old = "" if https else self._of_old(cookies.get(PLAIN, ""))  # not over https: a neighbouring host may set it
        return self._header(visitor or old or secrets.token_hex(16), https)

    def _of_old(self, token: str) -> str:
        visitor = hashlib.sha256(token.encode()).hexdigest()[:32] if OLD.fullmatch(token) else ""
        return visitor if visitor and self._owns(visitor) else ""

    def _read(self, token: str) -> tuple[str, float]:
        found = TOKEN.fullmatch(token)
        if found is None or not hmac.compare_digest(found[3], self._seal(found[1], found[2])):
            return "", 0.0
        age = self._now() - int(found[2])
        return (found[1], float(found[2])) if -A_DAY_S < age < A_YEAR_S else ("", 0.0)

    def _seal(self, visitor: str, issued: str) -> str:
        return hmac.new(self._secret, f"{visitor}.{issued}".encode(), hashlib.sha256).hexdigest()

    def _header(self, visitor: str, https: bool) -> str:
        """The Set-Cookie header. In a frame of another site, as a Space is shown, only partitioned cookies work, and
        these must be secure."""
        issued = str(int(self._now()))
        name, reach = (SECURE, "SameSite=None; Secure; Partitioned") if https else (PLAIN, "SameSite=Lax")
        token = f"{visitor}.{issued}.{self._seal(visitor, issued)}"
        return f"{name}={token}; Path=/; HttpOnly; Max-Age={A_YEAR_S}; {reach}"


def secret_in(home: Path) -> bytes:
    """The secret of a data folder, made at the first start and readable by its owner only.

    Raises:
        InvalidRequest: its file exists and is damaged.
    """
    path = home / VISITORS / "secret"
    part = path.with_name(f".{os.getpid()}.{secrets.token_hex(4)}.part")
    private.make_folder(path.parent)
    if not path.exists():
        with open(part, "xb", opener=private.opener) as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
        try:
            os.link(part, path)  # not a rename, so that two processes that start at once use the same secret
        except FileExistsError:
            pass
        finally:
            part.unlink()
    path.chmod(0o600)
    secret = path.read_bytes()
    if len(secret) != SECRET_BYTES:
        raise InvalidRequest(f"{path} is damaged: delete it, and visitors start anew, or put back a copy.")
    return secret
