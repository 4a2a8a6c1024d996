"""Makes the README's picture of the real page: ``python -m tests.picture [light|dark]``."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.browser import browse, press_run, serve, until_all, visit, wait_up

PATH = Path(__file__).parent.parent / ".readme" / "page.jpg"
QUALITY = 82


def main(theme: str) -> None:
    """Six sandbox takes, playing, as a visitor sees them."""
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder), 6.0) as app:
        wait_up(app)
        with browse(Path(folder) / "profile") as context:
            page = context.new_page()
            page.set_viewport_size({"width": 1400, "height": 980})
            visit(page, f"{app.url}?__theme={theme}")
            press_run(page, 6)
            until_all(page, "delivered", 6)
            page.evaluate("document.querySelector('#grid').scrollIntoView({block: 'start'})")
            page.locator("[data-act=play]").click()
            page.wait_for_function("document.querySelector('#grid video').currentTime > 2.5")
            shot = page.screenshot()
    PATH.parent.mkdir(exist_ok=True)
    Image.open(io.BytesIO(shot)).convert("RGB").save(PATH, "JPEG", quality=QUALITY, optimize=True)
    print(f"{PATH.name}: {PATH.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "dark")
