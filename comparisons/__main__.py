"""``python -m comparisons``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from comparisons import surroundings


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; gives its exit code."""
    return surroundings.run(lambda: _command(arguments))


def _command(arguments: Sequence[str] | None) -> int:
    from comparisons import cli  # here, so that a missing package is reported by ``surroundings.run`` in a sentence

    return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
