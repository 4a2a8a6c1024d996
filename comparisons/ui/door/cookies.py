"""The cookie a visitor is known by: an id and a day under a seal that only this data folder can make."""

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
"""Browsers take a cookie of such a name from no neighbouring host, and never without https."""
TOKEN = re.compile(r"([0-9a-f]{32})\.([0-9]{1,12})\.([0-9a-f]{64})", re.ASCII)
OLD = re.compile(r"[0-9a-f]{64}", re.ASCII)
"""What was handed out without a seal by earlier versions; its hash was the visitor's id."""
A_DAY_S = 24 * 3600
A_YEAR_S = 365 * A_DAY_S
SECRET_BYTES = 32


class Cookies:
    """Makes and reads visitors' cookies. ``owns`` says whether anything in the ledger is a visitor's."""

    def __init__(self, secret: bytes, now: Callable[[], float], owns: Callable[[str], bool]) -> None:
        self._secret = secret
        self._now = now
        self._owns = owns

    def visitor(self, cookies: Mapping[str, str], https: bool) -> str:
        """The id in a cookie that was issued here within a year; empty if there is none."""
        return self._read(cookies.get(SECURE if https else PLAIN, ""))[0]

    def renewed(self, cookies: Mapping[str, str], https: bool) -> str:
        """The Set-Cookie header, with a new id or a new seal for the known one; empty if their cookie is of today."""
        visitor, issued = self._read(cookies.get(SECURE if https else PLAIN, ""))
        if visitor and self._now() - issued < A_DAY_S:
            return ""
        old = "" if https else self._of_old(cookies.get(PLAIN, ""))  # over https a neighbouring host may have set it
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
        """Within a frame of another site, as a Space is shown, a cookie must be partitioned, and thereby secure."""
        issued = str(int(self._now()))
        name, reach = (SECURE, "SameSite=None; Secure; Partitioned") if https else (PLAIN, "SameSite=Lax")
        token = f"{visitor}.{issued}.{self._seal(visitor, issued)}"
        return f"{name}={token}; Path=/; HttpOnly; Max-Age={A_YEAR_S}; {reach}"


def secret_in(home: Path) -> bytes:
    """The secret of a data folder, made at the first start, for nobody else on the machine to read.

    Raises:
        InvalidRequest: the file is there, and is not a secret.
    """
    path = home / VISITORS / "secret"
    part = path.with_name(f".{os.getpid()}.{secrets.token_hex(4)}.part")
    private.make_folder(path.parent)
    if not path.exists():
        with open(part, "xb", opener=private.opener) as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
        try:
            os.link(part, path)  # not a rename: of two processes that start at once, both use the first one's
        except FileExistsError:
            pass
        finally:
            part.unlink()
    path.chmod(0o600)
    secret = path.read_bytes()
    if len(secret) != SECRET_BYTES:
        raise InvalidRequest(f"{path} is damaged: delete it, and visitors start anew, or put back a copy.")
    return secret
