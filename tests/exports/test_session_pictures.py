"""A report tells variants apart by their pictures where these differ, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from comparisons import settings
from comparisons.analysis import metric_verdict, summarize
from comparisons.clock import Clock
from comparisons.exports import session_folder
from comparisons.playground import Playground
from comparisons.sessions import Sessions
from comparisons.ui import sample
from providers.sandbox import FaultPlan, Tempo, World
from tests.exports.test_session_report import words_of
from tests.sessions.test_sessions import written
from tests.test_playground import hurry

FLAWED = {
    "flicker": "apiframe:hailuo-2.3",
    "repeats": "replicate:minimax/hailuo-2.3",
    "hue": "odirouter:minimax_hailuo_23_fast_i2v",
}
CLEAN = (
    "fal:fal-ai/minimax/hailuo-2.3/standard/image-to-video",
    "fal:fal-ai/minimax/hailuo-2.3-fast/standard/image-to-video",
)
"""Of one provider: each provider's clips have a look of their own, which may be told apart."""
FAULTS = "\n".join(f'[[clip]]\nvariant = "{variant}"\nflaw = "{flaw}"\ntimes = 99' for flaw, variant in FLAWED.items())
MOVES = ("Push in", "Truck left", "Pedestal up", "Pan right", "Pull out", "Tilt down")
TOLD_BY = {"flicker": "luma_flicker", "repeats": "duplicate_frames", "hue": "first_frame_delta_e"}


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("flawed")
    found = settings.read({"TAKES_HOME": str(home), "TAKES_SANDBOX_SPEED": "1000"}, Path("/nonexistent"))
    world = World(tempo=Tempo(Clock().now, speed=1000), faults=FaultPlan.parse(FAULTS))
    made = Playground(found, world=world, sleep=hurry)
    yield made
    made.close()


@pytest.mark.slow
def test_planted_faults_are_told_apart_in_words_and_equal_variants_are_not(playground: Playground, tmp_path: Path):
    with Image.open(sample.PATH) as whole:
        whole.crop((400, 0, 1168, 768)).save(tmp_path / "first.png")  # square, so that clips are quicker to make
    requests = "\n".join(
        f'[[requests]]\nprompt = "A paper boat, [{move}]"\nimage = "first.png"\nduration = 6\nresolution = "768p"'
        for move in MOVES
    )
    plan = f"name = 'flaws'\nvariants = {[*FLAWED.values(), *CLEAN]}\n{requests}"
    sessions = Sessions(playground)
    session, _ = sessions.start(written(plan, tmp_path), simulated=True)
    assert sessions.wait(session.id, 300)
    assert len(list(playground.scorer.all_missing())) == len(MOVES) * 5
    session = sessions.find(session.id)
    sessions.close()
    summary = summarize(session, playground.settings.usd)
    pairs = {frozenset((pair.a, pair.b)): pair for pair in summary.pairs}
    said = words_of(
        (session_folder.write(session, sessions.rows(session), {}, 0.0, tmp_path / "out") / "index.html").read_text()
    )
    for flaw, variant in FLAWED.items():
        for clean in CLEAN:
            pair = pairs[frozenset((variant, clean))]
            sentence = metric_verdict(pair, summary.names, TOLD_BY[flaw])
            assert f"{summary.names[clean]} has" in sentence
            assert "which is better" in sentence
            assert sentence in said
    equal = pairs[frozenset(CLEAN)]
    assert not [name for name, difference in equal.metrics.items() if difference.told_apart]
