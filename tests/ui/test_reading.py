"""Nobody's small image waits for another's large ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from comparisons.media import images
from comparisons.playground import Playground
from comparisons.records import Person
from comparisons.ui.reading import Reading
from tests.patience import PATIENCE_S
from tests.test_playground import make


@pytest.fixture
def playground(tmp_path: Path) -> Iterator[Playground]:
    made = make(tmp_path / "home")
    yield made
    made.close()


def test_a_small_image_is_read_while_large_ones_are(playground: Playground, tmp_path: Path):
    files = {name: tmp_path / f"{name}.png" for name in ("large", "small", "none")}
    Image.new("RGB", (2_100, 2_000), "teal").save(files["large"])
    Image.new("RGB", (640, 480), "teal").save(files["small"])
    files["none"].write_bytes(b"no image")
    assert [images.megapixels(each) for each in files.values()] == [4.2, 0.3072, 0.0]
    reading = Reading(playground.uploaded)
    with images._large.reading:  # as if one were being read
        large = [reading.begun([str(files["large"])], Person(f"{number}"))[0] for number in range(10)]
        for name in ("small", "none"):
            reading.begun([str(files[name])], Person("ann"))[0].result(PATIENCE_S)
            assert images.is_read(files[name])
        assert not any(each.done() for each in large)
    for each in large:
        each.result(PATIENCE_S)
    assert images.load(files["large"]).width == 2_100


def test_many_bytes_are_no_small_image(tmp_path: Path):
    file = tmp_path / "noise.png"
    file.write_bytes(bytes(images.SMALL_BYTES + 1))
    assert images.megapixels(file) == images.MAX_PIXELS / 1e6
