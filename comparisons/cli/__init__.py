"""The command line. ``python -m comparisons --help`` lists what it can do.

The arguments are parsed before anything else is imported, since those imports take half a second to a second, and
``--help`` needs none of them and a listing few. That is why they are inside of functions.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from comparisons import surroundings
from comparisons.cli.arguments import EXIT_BAD_INPUT, EXIT_NOT_ALL, SESSION, parser

if TYPE_CHECKING:
    from comparisons.playground import Playground

__all__ = ["carried_out_by", "main", "parser"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; gives its exit code: 0 if all was delivered, 1 if not, 2 for bad input, with nothing spent."""
    options = parser().parse_args(arguments)
    command = carried_out_by(options.command)
    from comparisons import settings
    from comparisons.playground import Playground
    from providers import TakesError

    try:
        found = settings.read()
        if options.workers:
            found = replace(found, workers=options.workers)
        playground = Playground(found, clip_patience_s=options.clip_patience_s)
    except TakesError as error:
        print(str(error), file=sys.stderr)
        return EXIT_BAD_INPUT
    try:
        return _run(command, playground, options)
    finally:
        playground.close()


def carried_out_by(name: str) -> Callable[[Playground, argparse.Namespace], int]:
    """The function that carries out a command. Only its own module, and what that needs, is imported."""
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
        print(surroundings.told(error), file=sys.stderr)  # not EXIT_BAD_INPUT, since something may have been spent
        return EXIT_NOT_ALL
    except KeyboardInterrupt:
        print("\nStopped waiting; no job was touched. Go on with: python -m comparisons resume", file=sys.stderr)
        return EXIT_NOT_ALL
