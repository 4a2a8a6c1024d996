"""The leaderboard and the win matrix as HTML. All texts of people and providers are escaped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from comparisons.judging import (
    Comparison,
    Matrix,
    Rating,
    Row,
    Standings,
    count_words,
    matrix,
    nothing_ranked_words,
    standings,
    unlike_words,
    unranked_words,
)
from comparisons.records import Vote

Naming = Callable[[str], str]
"""Gives what a competitor is called on the page."""


def board(comparisons: Sequence[Comparison], votes: Sequence[Vote], caption: str, naming: Naming) -> tuple[str, str]:
    """The leaderboard, and the win matrix below it, which is empty if there are no comparisons.

    Args:
        votes: the votes that the comparisons come from. If compared by model, votes may give no comparison.
    """
    found = standings(comparisons)
    if not found.rows:
        said = _nothing_compared(len(votes)) if votes else nothing_ranked_words(found)
        return f'<div class="takes-empty"><p>{escape(said)}</p></div>', ""
    names = [row.name for row in found.rows]
    notes = [nothing_ranked_words(found), f"It rests on {count_words(votes, comparisons)}.", unlike_words(votes)]
    return _standings(found, notes, caption, naming), _matrix(matrix(comparisons, names), caption, naming)


def _nothing_compared(votes: int) -> str:
    which = "The one vote here is" if votes == 1 else f"All {votes} votes here are"
    return f"{which} between takes of the same model; compare by variant."


def _standings(found: Standings, notes: Sequence[str], caption: str, naming: Naming) -> str:
    note = "".join(f'<p class="takes-board-note">{escape(each)}</p>' for each in notes if each)
    shown = [row.rating for row in found.rows if row.rating is not None]
    ends = (min((r.low for r in shown), default=0.0), max((r.high for r in shown), default=1.0))
    head = "".join(
        f'<th scope="col"{css}>{name}</th>'
        for name, css in [("Rank", ""), ("Name", ""), ("Rating", ' class="num"'), ("95 % interval", "")]
        + [(name, ' class="num"') for name in ("Votes", "Wins", "Ties", "Losses", "Both bad")]
    )
    rows = "".join(_row(row, ends, naming(row.name)) for row in found.rows)
    return (
        f'{note}<div class="takes-scroll" tabindex="0" role="region" aria-label="Leaderboard">'
        f'<table class="takes-board"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(row: Row, ends: tuple[float, float], name: str) -> str:
    counts = "".join(f'<td class="num">{n}</td>' for n in (row.votes, row.wins, row.ties, row.losses, row.bad))
    why = f'<span class="takes-why">{escape(unranked_words(row))}</span>' if row.why_not else ""
    rating = f"{row.rating.value:.0f}" if row.rating else "–"
    return (
        f'<tr{" class=unranked" if row.why_not else ""}><td class="rank">{_rank(row)}</td>'
        f'<th scope="row">{escape(name)}{why}</th><td class="num">{rating}</td>'
        f"<td>{_interval(row.rating, ends)}</td>{counts}</tr>"
    )


def _rank(row: Row) -> str:
    if row.best_rank is None:
        return "–"
    return str(row.best_rank) if row.best_rank == row.worst_rank else f"{row.best_rank} to {row.worst_rank}"


def _interval(rating: Rating | None, ends: tuple[float, float]) -> str:
    """A bar from the lower to the upper end with a mark at the rating, on the scale of the whole board."""
    if rating is None:
        return ""
    low, value, high = (100 * (at - ends[0]) / (ends[1] - ends[0]) for at in (rating.low, rating.value, rating.high))
    return (
        f'<span class="takes-interval" aria-hidden="true"><i style="left:{low:.1f}%;width:{high - low:.1f}%"></i>'
        f'<b style="left:{value:.1f}%"></b></span><span class="ends">{rating.low:.0f} to {rating.high:.0f}</span>'
    )


def _matrix(found: Matrix, caption: str, naming: Naming) -> str:
    names = [escape(naming(name)) for name in found.names]
    head = "".join(f'<th scope="col"><span>{name}</span></th>' for name in names)
    rows = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(_cell(found, i, j) for j in range(len(names)))}</tr>'
        for i, name in enumerate(names)
    )
    return (
        '<div class="takes-scroll" tabindex="0" role="region" aria-label="Win matrix"><table class="takes-matrix">'
        f"<caption>How often the row was preferred to the column: {escape(caption)}. A tie is half a win.</caption>"
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cell(found: Matrix, i: int, j: int) -> str:
    met = found.met[i][j]
    if not met:
        return "<td></td>"
    share = 100 * found.points[i][j] / met
    return f'<td><span class="share">{share:.0f} %</span> <span class="of">n = {met}</span></td>'
