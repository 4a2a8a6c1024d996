"""Takes: one prompt and one image through every gateway, side by side. Run it, or host it as a Space."""

from __future__ import annotations

import logging
import signal
import sys

from comparisons import settings
from comparisons.playground import Playground
from providers import TakesError


def main() -> int:
    """Settings, playground, page. Goes on with whatever an earlier start left unfinished."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        playground = Playground(settings.read())
        settings.keep_uploads_in(playground.uploaded.open())
    except TakesError as error:
        print(error, file=sys.stderr)
        return 2
    from comparisons.ui import Door, build_ui, launch_options  # Gradio looks where uploads go while it is imported

    print(_who_is_let_in(playground.settings), flush=True)
    if playground.settings.not_lasting:
        logging.warning(playground.settings.not_lasting)
    door = Door(playground)
    resumed = playground.resume()
    if resumed:
        print(f"Going on with {len(resumed)} unfinished run(s).")
    benchmarks = door.sessions.resume()
    if benchmarks:
        print(f"Going on with {len(benchmarks)} unfinished session(s).")
    playground.storage.begin()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a host that stops us lets a submit in the air land
    try:
        build_ui(playground, door).launch(**launch_options(door))
    finally:
        door.sessions.close()
        playground.close()
    return 0


def _who_is_let_in(values: settings.Settings) -> str:
    if values.public:
        return f"Public, since {values.public_why}: everyone who opens it is a visitor with takes of their own."
    return f"Not public, since {values.public_why}: everyone who opens it is you."


if __name__ == "__main__":
    sys.exit(main())
