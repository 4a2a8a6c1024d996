"""Starts the page of Takes, which sends one prompt and one image to many providers and shows the clips side by side."""

from __future__ import annotations

import logging
import signal
import sys

from comparisons import surroundings


def main() -> int:
    """Reads the settings, makes the playground, goes on with what is unfinished, and serves the page until stopped."""
    from comparisons import addresses, settings  # here, so that ``surroundings.run`` reports a missing package
    from comparisons.playground import Playground

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    found = settings.read()
    addresses.check_own(found.server_name)
    playground = Playground(found)
    settings.tell_gradio(found.server_name, playground.uploaded.open())
    settings.mend_proxies(found.outgoing)
    from comparisons.ui import Door, build_ui, launch_options  # after the lines above: Gradio reads the environment

    print(_who_is_let_in(playground.settings.public, playground.settings.public_why), flush=True)
    if playground.settings.not_lasting:
        logging.warning(playground.settings.not_lasting)
    for trouble in playground.settings.outgoing.trouble:
        logging.warning("%s Live runs do not start before that.", trouble)
    door = Door(playground)
    resumed = playground.resume()
    if resumed:
        print(f"Going on with {len(resumed)} unfinished run(s).")
    benchmarks = door.sessions.resume()
    if benchmarks:
        print(f"Going on with {len(benchmarks)} unfinished session(s).")
    playground.storage.begin()
    playground.scorer.begin()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that ``close`` runs and waits for open submits
    try:
        build_ui(playground, door).launch(**launch_options(door))
    finally:
        door.sessions.close()
        playground.close()
    return 0


def _who_is_let_in(public: bool, why: str) -> str:
    if public:
        return f"Public, since {why}: everyone who opens it is a visitor with takes of their own."
    return f"Not public, since {why}: everyone who opens it is you."


if __name__ == "__main__":
    sys.exit(surroundings.run(main))
