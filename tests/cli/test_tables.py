"""What a command prints can be read in a narrow window."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from comparisons.cli import tables

ROW = {
    "job": "j_0123456789abcdef0123456789abcdef",
    "variant": "runcomfy:minimax/hailuo-2-3/pro/text-to-video",
    "status": "delivered",
    "total_s": 31.25,
    "cost_usd": None,
    "delivered": "8 s instead of 6 s; the provider's clip has no sound",
}


def printed(width: int, *, terminal: bool = True) -> str:
    file = io.StringIO()
    to = Console(file=file, width=width, force_terminal=terminal, no_color=True, markup=False, highlight=False)
    tables.show([ROW, ROW], to)
    return file.getvalue()


def test_in_80_columns_no_word_of_a_row_is_broken_and_what_is_unknown_is_left_out():
    lines = printed(80).splitlines()
    assert max(map(len, lines)) <= 80
    words = " ".join(" ".join(lines).split())
    assert words.count(ROW["variant"]) == words.count(ROW["job"]) == 2
    assert words.count(ROW["delivered"]) == 2
    assert "cost_usd" not in words


def test_a_wide_window_and_a_pipe_get_a_line_for_each_row():
    assert len(printed(240).splitlines()) == 3
    assert len(printed(240, terminal=False).splitlines()) == 3


ROWS = st.dictionaries(
    st.text("abc_", min_size=1, max_size=9), st.text(" abcdefg.", max_size=200), min_size=1, max_size=6
)


@given(ROWS, st.integers(20, 120))
def test_only_a_word_that_is_longer_than_a_line_goes_beyond_it(row: dict[str, str], width: int):
    for line in tables.blocks([row], width).splitlines()[1:]:
        assert len(line) <= width or len(line.split()) <= 2
