"""The command line. ``python -m comparisons --help`` lists what it can do.

What was typed is read first, and only then is imported what carries it out: half a second to a whole one, of which
``--help`` needs nothing and a listing little. That is why these imports are inside functions, and only these.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from comparisons import surroundings
from comparisons.cli.arguments import EXIT_BAD_INPUT, EXIT_NOT_ALL, SESSION, parser

if TYPE_CHECKING:
    from comparisons.playground import Playground

__all__ = ["carried_out_by", "main", "parser"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code: 0 all delivered, 1 some not, 2 bad input, nothing spent."""
    options = parser().parse_args(arguments)
    command = carried_out_by(options.command)
    from comparisons import settings
    from comparisons.playground import Playground
    from providers import TakesError

    try:
        playground = Playground(settings.read(), clip_patience_s=options.clip_patience_s)
    except TakesError as error:
        print(str(error), file=sys.stderr)
        return EXIT_BAD_INPUT
    try:
        return _run(command, playground, options)
    finally:
        playground.close()


def carried_out_by(name: str) -> Callable[[Playground, argparse.Namespace], int]:
    """The function behind a command. Nothing is imported for it but its own module, and what that needs."""
    if name.startswith(SESSION):
        from comparisons.cli import session_commands

        return session_commands.COMMANDS[name]
    from comparisons.cli import listing_commands

    if name in listing_commands.COMMANDS:
        return listing_commands.COMMANDS[name]
    from comparisons.cli import run_commands

    return run_commands.COMMANDS[name]


def _run(
    command: Callable[[Playground, argparse.Namespace], int], playground: Playground, options: argparse.Namespace
) -> int:
    from providers import InvalidRequest, TakesError

    try:
        code = command(playground, options)
        sys.stdout.flush()
        return code
    except InvalidRequest as error:
        print(str(error), file=sys.stderr)
        return EXIT_BAD_INPUT
    except TakesError as error:
        print(str(error), file=sys.stderr)
        return EXIT_NOT_ALL
    except OSError as error:
        if not playground.workers.began:
            raise
        print(surroundings.told(error), file=sys.stderr)  # something may have been spent: this is no bad input
        return EXIT_NOT_ALL
    except KeyboardInterrupt:
        print("\nStopped waiting; no job was touched. Go on with: python -m comparisons resume", file=sys.stderr)
        return EXIT_NOT_ALL
