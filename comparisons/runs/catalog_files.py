"""Providers' own lists of models in the data folder: a file for each day, ``catalogs/<slug>/<YYYY-MM-DD>.json``.

Lists read from the sandbox lie under its own folder, ``sandbox/catalogs/``. A file keeps every reading of its day that
differs from the one before it, so that no price that was ever read is lost.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from comparisons import private
from providers import ListedModel, Money

FOLDER = "catalogs"


@dataclass(frozen=True)
class ReadList:
    """A provider's whole list as it was read on a day (UTC) from the site ``host``."""

    day: date
    host: str
    models: tuple[ListedModel, ...]


class CatalogFiles:
    """The files of one provider."""

    def __init__(self, home: Path, slug: str, *, simulated: bool) -> None:
        self._folder = (home / "sandbox" if simulated else home) / FOLDER / slug

    def keep(self, reading: ReadList) -> None:
        """Writes a reading into the file of its day. Raises ``OSError`` where that cannot be; then nothing changed."""
        kept = self._of(reading.day)
        if kept and kept[-1] == reading:
            return
        private.make_folder(self._folder)
        path = self._path(reading.day)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        told = {"day": reading.day.isoformat(), "readings": [_to_json(each) for each in (*kept, reading)]}
        try:
            with open(part, "w", encoding="utf-8", opener=private.opener) as file:
                json.dump(told, file, ensure_ascii=False, indent=1)
            os.replace(part, path)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def before(self, day: date, host: str) -> ReadList | None:
        """The reading to compare a reading of this day and site with: the last one of the newest earlier day.

        If there is none, the first of the day itself; None if nothing was read from this site yet.
        """
        earlier = (
            each for past in self._days() if past < day for each in reversed(self._of(past)) if each.host == host
        )
        return next(earlier, None) or next((each for each in self._of(day) if each.host == host), None)

    def _path(self, day: date) -> Path:
        return self._folder / f"{day.isoformat()}.json"

    def _days(self) -> list[date]:
        """The days with a file, newest first."""
        return sorted(_days_in(self._folder), reverse=True)

    def _of(self, day: date) -> tuple[ReadList, ...]:
        """The readings of a day, oldest first; empty if there is no file, or it cannot be read."""
        try:
            told = json.loads(self._path(day).read_text("utf-8"))
            return tuple(_from_json(day, each) for each in told["readings"])
        except (OSError, ValueError, KeyError, TypeError, ArithmeticError):
            return ()


def _days_in(folder: Path) -> Iterator[date]:
    for path in folder.glob("[0-9]*.json"):
        try:
            yield date.fromisoformat(path.stem)
        except ValueError:
            continue


def _to_json(reading: ReadList) -> dict[str, Any]:
    return {"host": reading.host, "models": [_model_to_json(model) for model in reading.models]}


def _model_to_json(model: ListedModel) -> dict[str, Any]:
    price = model.price
    return {
        "endpoint": model.endpoint,
        "name": model.name,
        "kinds": list(model.kinds),
        "price": None if price is None else str(price.amount),
        "currency": None if price is None else price.currency,
        "per": model.per,
        "from_price": model.from_price,
        "unit": model.unit,
        "options": dict(model.options),
    }


def _from_json(day: date, told: dict[str, Any]) -> ReadList:
    return ReadList(day, str(told["host"]), tuple(_model_from_json(each) for each in told["models"]))


def _model_from_json(told: dict[str, Any]) -> ListedModel:
    price = None if told["price"] is None else Money(Decimal(told["price"]), told["currency"])
    per = told["per"] if told["per"] in ("clip", "second") else None
    kinds = tuple(str(kind) for kind in told["kinds"])
    options = {str(name): str(words) for name, words in dict(told.get("options", {})).items()}
    unit = str(told.get("unit", ""))
    return ListedModel(
        str(told["endpoint"]), str(told["name"]), kinds, price, per, told["from_price"] is not False, unit, options
    )
