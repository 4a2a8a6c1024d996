"""The text of a file, in whichever encoding the mark at its beginning names."""

from __future__ import annotations

import codecs

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
"""Marks a text may begin with, the longer ones first, and what they say of it. PowerShell's ``>`` and Excel's *Unicode
text* are UTF-16."""


def decoded(data: bytes, errors: str = "strict") -> str:
    """The text; UTF-8 where no mark says otherwise. Raises ``UnicodeDecodeError`` unless ``errors`` says otherwise."""
    encoding = next((encoding for mark, encoding in MARKS if data.startswith(mark)), "utf-8")
    return data.decode(encoding, errors)
