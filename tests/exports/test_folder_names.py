"""A data folder may be called anything: all that is made of a clip is made in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from comparisons.exports import run_folder, zips
from comparisons.runs.compare import Choice
from providers import Request
from tests.stage import ONE_EACH
from tests.test_playground import make

NAMES = ["my%20demo", "50%done", "%d %03d %s", 'it\'s "so" [a] $b', "http:x;y,z", "纸船 ü", "-i -y"]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_copy_of_a_clip_is_made_in_a_folder_of_any_name(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    playground = make(Path(name))
    try:
        run = playground.start(Request("A boat"), Choice(refs=(ONE_EACH["runcomfy"],)), simulated=True)
        playground.wait([run.id])
        run = playground.ledger.run(run.id)
        result = run.jobs[0].result
        assert (run.jobs[0].state, run.jobs[0].error) == ("delivered", None)
        media = playground.media
        made = [media.clips / result.poster, media.strip(result), media.small(result)]
        made.append(media.blind(result.file, result.media, "a" * 32 + "-0"))
        out = run_folder.write(playground, run, tmp_path / f"out {name}")
        made += [out / "grid.mp4", *out.glob("clips/*"), *out.glob("posters/*"), *out.glob("strips/*")]
        assert len(made) == 8
        assert all(path.stat().st_size > 100 for path in made)
        assert zips.zipped(playground, run).is_file()
    finally:
        playground.close()
    assert sorted(os.listdir(tmp_path)) == sorted([name, f"out {name}"])
