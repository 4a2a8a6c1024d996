"""Decodes text by the byte order mark at its beginning."""

from __future__ import annotations

import codecs

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
"""Byte order marks and their encodings, the longer marks first. PowerShell's ``>`` and Excel's *Unicode text* write
UTF-16."""


def decoded(data: bytes, errors: str = "strict") -> str:
    """The text, as UTF-8 if it has no mark. Raises ``UnicodeDecodeError``, unless ``errors`` is another handler."""
    encoding = next((encoding for mark, encoding in MARKS if data.startswith(mark)), "utf-8")
    return data.decode(encoding, errors)
