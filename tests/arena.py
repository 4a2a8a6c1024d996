"""Holds our ratings to arena-rank's: ``python -m tests.arena`` runs both on one set of comparisons and prints them.

arena-rank needs jax and a numpy of its own, so it gets an environment of its own, in the temporary folder.

    python -m tests.arena                both, side by side
    python -m tests.arena --write        and stores arena-rank's figures in tests/fixtures/arena.json
    python -m tests.arena --coverage     how often our 95 % intervals hold the truth, by simulation
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import tempfile
import time
import venv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from comparisons.judging.ratings import ANCHOR, SCALE, Z95, Comparison, Rating, fit
from comparisons.judging.votes import comparisons_of
from comparisons.records import Shown, Verdict, Vote

FIXTURE = Path(__file__).parent / "fixtures" / "arena.json"
ENVIRONMENT = Path(tempfile.gettempdir()) / "takes-arena-rank"
VERSION = "0.1.1"
PEER = """
import json, sys
import pandas as pd
from arena_rank.models.bradley_terry import BradleyTerry
from arena_rank.utils.data_utils import PairDataset

rows = json.load(sys.stdin)
names = {1.0: "model_a", 0.0: "model_b", 0.5: "tie"}
frame = pd.DataFrame([(a, b, names[score]) for a, b, score in rows], columns=["model_a", "model_b", "winner"])
data = PairDataset.from_pandas(frame)
found = BradleyTerry(len(data.competitors)).compute_ratings_and_cis(data)
columns = [found["competitors"]] + [[float(x) for x in found[k]] for k in ("ratings", "rating_lower", "rating_upper")]
json.dump([dict(zip(("name", "value", "low", "high"), row)) for row in zip(*columns)], sys.stdout)
"""
"""Run under arena-rank's own Python."""
A_VOTE = Vote("", 0.0, "", "", True, "text", "many", (), Verdict(0, 1), 0.0, (), {})
TRUTH = {"ash": 1190, "birch": 1120, "cedar": 1050, "elm": 1010, "fir": 980, "hazel": 940, "larch": 890, "oak": 820}


def peoples(truth: dict[str, float], votes: int, seed: int, uneven: float = 2.0) -> list[Comparison]:
    """Seeded comparisons. Later names come up less, and not everybody meets everybody.

    A tie takes as much from the chance to win as from the chance to lose, so that half a win each is just right.
    """
    rng, names = random.Random(seed), list(truth)
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if rng.random() < 0.6]
    shares = [1 / (1 + names.index(b)) ** uneven + 0.02 for _, b in pairs]
    found = []
    for number, pair in enumerate(rng.choices(pairs, shares, k=votes)):
        a, b = rng.sample(pair, 2)
        chance = 1 / (1 + math.exp((truth[b] - truth[a]) / SCALE))
        tie, drawn = 0.4 * min(chance, 1 - chance), rng.random()
        won = 1.0 if drawn < chance - tie / 2 else 0.5 if drawn < chance + tie / 2 else 0.0
        found.append(Comparison(a, b, won, f"v{number}"))
    return found


def comparisons() -> list[Comparison]:
    """The fixture's set."""
    return peoples(dict(TRUTH), votes=600, seed=11)


def ask_arena(rows: Sequence[Comparison]) -> list[dict[str, Any]]:
    """arena-rank's ratings, best first, from an environment that is made if need be."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", f"arena-rank=={VERSION}"], check=True)
    sent = json.dumps([(row.first, row.second, row.score) for row in rows])
    done = subprocess.run([python, "-c", PEER], input=sent, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return sorted(json.loads(done.stdout), key=lambda row: -row["value"])


def largest_difference(ours: Sequence[Rating], theirs: Sequence[dict[str, Any]]) -> dict[str, float]:
    """In points, of the ratings and of each end of the intervals."""
    named = {rating.name: rating for rating in ours}
    return {
        key: max(abs(getattr(named[row["name"]], key) - row[key]) for row in theirs) for key in ("value", "low", "high")
    }


def side_by_side(write: bool) -> None:
    rows = comparisons()
    ours, theirs = fit(rows), ask_arena(rows)
    print(f"{len(rows)} comparisons, {sum(row.score == 0.5 for row in rows)} ties, {len(ours)} competitors")
    print(f"{'ours':<30} arena-rank {VERSION}")
    for mine, peer in zip(ours, theirs, strict=True):
        print(f"{_line(mine.name, mine.value, mine.low, mine.high):<30} {_line(**peer)}")
    for key, points in largest_difference(ours, theirs).items():
        print(f"largest difference of {key}: {points:.4f} points")
    if write:
        stored = [[row.first, row.second, row.score] for row in rows]
        about = {"made_by": f"arena-rank {VERSION}", "date": time.strftime("%Y-%m-%d", time.gmtime())}
        lines = ",\n".join(json.dumps(row) for row in stored)
        FIXTURE.parent.mkdir(exist_ok=True)
        FIXTURE.write_text(
            f'{json.dumps(about)[:-1]},\n"ratings": {json.dumps(theirs)},\n"comparisons": [\n{lines}\n]}}\n', "utf-8"
        )
        print(f"written: {FIXTURE}")


def _line(name: str, value: float, low: float, high: float) -> str:
    return f"{name:<6} {value:7.1f} ({low:.1f} to {high:.1f})"


def coverage(rounds: int) -> None:
    """How often the truth (about the mean of all) lies within its interval."""
    held: dict[int, list[bool]] = {}
    middle = sum(TRUTH.values()) / len(TRUTH)
    for votes in (100, 300, 600):
        for seed in range(rounds):
            ratings = fit(peoples(dict(TRUTH), votes, seed))
            if len(ratings) == len(TRUTH):
                held.setdefault(votes, []).extend(
                    each.low <= _expected(TRUTH[each.name], middle) <= each.high for each in ratings
                )
        share = 100 * sum(held[votes]) / len(held[votes])
        print(f"{votes} pairs: {share:.1f} % of {len(held[votes])} intervals hold the truth")


def _expected(truth: float, middle: float) -> float:
    return ANCHOR + truth - middle


def best_and_worst(votes: int, seed: int, takes: int = 5) -> list[Comparison]:
    """Seeded votes on several takes at once, through the same door as those of the page."""
    rng, found = random.Random(seed), []
    for number in range(votes):
        names = rng.sample(list(TRUTH), takes)
        liked = [TRUTH[name] / SCALE - math.log(rng.expovariate(1)) for name in names]
        verdict = Verdict(liked.index(max(liked)), liked.index(min(liked)))
        found.append(replace(A_VOTE, id=f"v{number}", verdict=verdict, shown=tuple(Shown("", n, n, "") for n in names)))
    return comparisons_of(found, "variant")


def clustering(rounds: int, votes: int = 100) -> None:
    """The spread of ratings over many repetitions, against what the intervals say of it."""
    rated = [{each.name: each for each in fit(best_and_worst(votes, seed))} for seed in range(rounds)]
    alone = [
        fit([replace(row, vote=str(at)) for at, row in enumerate(best_and_worst(votes, seed))])
        for seed in range(rounds)
    ]
    spread = mean(stdev(each[name].value for each in rated) for name in TRUTH)
    said = mean((each.high - each.low) / 2 / Z95 for ratings in rated for each in ratings.values())
    loose = mean((each.high - each.low) / 2 / Z95 for ratings in alone for each in ratings)
    print(
        f"{votes} best-and-worst votes: ratings spread by {spread:.1f} points; said {said:.1f}, unclustered {loose:.1f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--rounds", type=int, default=300)
    asked = parser.parse_args()
    if asked.coverage:
        coverage(asked.rounds)
        clustering(asked.rounds)
    else:
        side_by_side(asked.write)
