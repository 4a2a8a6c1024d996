"""``.env``, however the person's editor wrote it: its variables, or one sentence saying what to do about the file."""

from __future__ import annotations

import codecs
import io
from collections.abc import Collection
from pathlib import Path

from dotenv import dotenv_values

from providers import InvalidRequest

MAX_BYTES = 1_000_000
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)
"""Marks a text may begin with, the longer ones first, and what they say of it. PowerShell's ``>`` writes UTF-16."""
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
SAVE = "save the file as UTF-8"


def read(path: Path, names: Collection[str]) -> dict[str, str]:
    """The variables of ``path`` that have a value; none if there is no such file.

    Args:
        names: those that are of interest. What cannot be read matters in these alone: comments may be as they are.

    Raises:
        InvalidRequest: it cannot be read, or one of ``names`` cannot; no value is in the sentence.
    """
    name = path.name
    if path.is_dir():
        if (path / "pyvenv.cfg").exists():
            return {}  # a Python environment of that name
        raise InvalidRequest(f"{name} is a folder: remove it, or make a file of it with lines such as NAME=value.")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InvalidRequest(f"{name} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise InvalidRequest(f"{name} is larger than {MAX_BYTES // 1_000_000} MB.")
    found = {key: value for key, value in dotenv_values(stream=io.StringIO(_text(data, name))).items() if value}
    odd = next((key for key, value in found.items() if key in names and UNKNOWN in value), None)
    if odd is not None:
        raise InvalidRequest(f"{name}: {odd} holds letters that are not UTF-8; {SAVE}.")
    return found


def _text(data: bytes, name: str) -> str:
    encoding = next((encoding for mark, encoding in MARKS if data.startswith(mark)), "utf-8")
    text = data.decode(encoding, "replace")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InvalidRequest(f"{name}, line {line}: there are NUL bytes, as of a text in two encodings; {SAVE}.")
    return text
