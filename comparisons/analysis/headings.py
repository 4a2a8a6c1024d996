"""What the columns of a run's table are called where people read it. Files keep the names of ``COLUMNS``."""

from __future__ import annotations

from comparisons.analysis.table import COLUMNS
from comparisons.metrics import METRICS

HEADINGS: dict[str, str] = {
    "take": "Take",
    "status": "Status",
    "total_s": "Total, s",
    "uncertainty_s": "±, s",
    "held_s": "Held, s",
    "upload_s": "Upload, s",
    "submit_s": "Submit, s",
    "queue_s": "Queue, s",
    "generate_s": "Generate, s",
    "result_s": "Result, s",
    "download_s": "Download, s",
    "provider_s": "Provider's own figure, s",
    "cost_list": "List price",
    "cost_quoted": "Quoted price",
    "cost_billed": "Billed",
    "currency": "Currency",
    "cost_usd": "Cost, USD",
    "cost_basis": "Cost known from",
    "delivered": "What came",
    **{metric.name: metric.heading for metric in METRICS},
    "flags": "Seen in it",
    "error": "Why not",
}
"""With their units."""
TAKE = "Whose take it is; #2 is the second of the same variant"


def meaning(column: str) -> str:
    """What a column means, in one sentence."""
    return TAKE if column == "take" else COLUMNS[column]
