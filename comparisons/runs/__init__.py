"""Runs, except for the work on their jobs: offers and prices, history, uncertain takes, visitors' limits, storage."""

from __future__ import annotations

from comparisons.runs.catalogues import Catalogues, Refreshed
from comparisons.runs.compare import MAX_REPEATS, USUAL, Choice, Consent, Offer
from comparisons.runs.daily_rates import DailyRates
from comparisons.runs.fair_places import FairPlaces
from comparisons.runs.fetching import Calls, Fetcher
from comparisons.runs.fitting import size_of
from comparisons.runs.history import Going, History, in_bytes
from comparisons.runs.menu import MenuLine, Sold, menu
from comparisons.runs.offers import Offers
from comparisons.runs.quotes import PATIENCE_S, Quotes
from comparisons.runs.reconcile import Reconciler, sent_between
from comparisons.runs.storage import Storage
from comparisons.runs.twice import Twice, UnderWay
from comparisons.runs.visitors import HOUR_S, LIVE, SANDBOX, Admission, Allowed, TooMuch

__all__ = [
    "HOUR_S",
    "LIVE",
    "MAX_REPEATS",
    "PATIENCE_S",
    "SANDBOX",
    "USUAL",
    "Admission",
    "Allowed",
    "Calls",
    "Catalogues",
    "Choice",
    "Consent",
    "DailyRates",
    "FairPlaces",
    "Fetcher",
    "Going",
    "History",
    "MenuLine",
    "Offer",
    "Offers",
    "Quotes",
    "Reconciler",
    "Refreshed",
    "Sold",
    "Storage",
    "TooMuch",
    "Twice",
    "UnderWay",
    "in_bytes",
    "menu",
    "sent_between",
    "size_of",
]
