"""How soon the command line answers, beside an earlier commit, and what the first page sends, beside a bare Gradio's:
``python -m tests.bench_start [COMMIT]``.

Both are run in turn from their own trees, with this Python. Exits 1 where a target is missed. The commit of the targets
is the last one whose commands imported everything before they read what was typed.

Of a page counts every byte that Chromium, which has nothing of it yet, receives over its connections: the headers and
bodies, packed as they travel, of all that the page asks for by itself, pictures, fonts and the events of its load
included, until nothing more has come for 3 s. Both pages are served from this machine, one after the other.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks import sent

ROOT = Path(__file__).parent.parent
BEFORE = "9037c97"
MOST = {"--help": 0.3, "providers": 0.5}
"""Of the earlier commit's seconds."""
ROUNDS = 9


def main(arguments: Sequence[str]) -> int:
    commit = arguments[0] if arguments else BEFORE
    with tempfile.TemporaryDirectory(prefix="takes-bench-") as text:
        earlier = Path(text, "earlier")
        git("worktree", "add", "--quiet", "--detach", str(earlier), commit)
        try:
            met = [side_by_side(word, {"now": ROOT, commit: earlier}, Path(text)) for word in MOST]
        finally:
            git("worktree", "remove", "--force", str(earlier))
    page = sent()
    for line, _ in page:
        print(line)
    return int(not all([*met, *(held for _, held in page)]))


def git(*words: str) -> None:
    subprocess.run(["git", *words], cwd=ROOT, check=True)


def side_by_side(word: str, trees: dict[str, Path], home: Path) -> bool:
    """Prints the seconds of one command in each tree; whether the first one's are few enough."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in trees}
    for turn in range(ROUNDS + 1):
        for name in sorted(trees, reverse=bool(turn % 2)):
            spent[name].append(took(word, trees[name], home))
    seconds, processor = ({name: median(e[i] for e in spent[name][1:]) for name in trees} for i in (0, 1))
    for name in trees:
        print(f"{word:10} {name:8} {seconds[name]:.2f} s, {processor[name]:.2f} s of processor time")
    now, before = trees
    ratio, most = seconds[now] / seconds[before], MOST[word]
    print(
        f"{'met   ' if ratio <= most else 'MISSED'} {word}: {ratio:.2f} x (at most {most:g} x),"
        f" by processor time {processor[now] / processor[before]:.2f} x"
    )
    return ratio <= most


def took(word: str, tree: Path, home: Path) -> tuple[float, float]:
    """Seconds on the wall, and of processor time; the latter hardly depends on what else is running."""
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "TAKES_HOME": str(home / tree.name)}
    began, before = time.perf_counter(), os.times()
    command = [sys.executable, "-m", "comparisons", word]
    subprocess.run(command, cwd=tree, env=env, check=True, stdout=subprocess.DEVNULL)
    now = os.times()
    return time.perf_counter() - began, sum(now[2:4]) - sum(before[2:4])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
