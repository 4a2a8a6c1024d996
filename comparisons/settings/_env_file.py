"""Reads ``.env`` in any encoding that editors write; if that fails, an error says what to do about the file."""

from __future__ import annotations

import io
from collections.abc import Collection
from pathlib import Path

from dotenv import dotenv_values

from comparisons import texts
from providers import InvalidRequest

MAX_BYTES = 1_000_000
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
SAVE = "save the file as UTF-8"


def read(path: Path, names: Collection[str]) -> dict[str, str]:
    """The variables of ``path`` that have a value; none if there is no such file.

    Args:
        names: the variables that matter. Undecodable characters are an error in these only, not in comments.

    Raises:
        InvalidRequest: the file, or one of ``names``, cannot be read; the sentence contains no value.
    """
    name = path.name
    if path.is_dir():
        if (path / "pyvenv.cfg").exists():
            return {}  # a Python environment whose folder is called .env
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
    text = texts.decoded(data, "replace")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InvalidRequest(f"{name}, line {line}: there are NUL bytes, as of a text in two encodings; {SAVE}.")
    return text
