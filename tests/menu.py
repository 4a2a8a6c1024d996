"""The menu, by model and provider: ``python -m tests.menu --write`` puts it into ``providers/README.md``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from comparisons.runs import MenuLine, menu
from providers import PROVIDERS, variants

README = Path(__file__).parent.parent / "providers" / "README.md"
BEGIN, END = "<!-- menu -->\n", "<!-- /menu -->\n"


def table() -> str:
    """Every model with its family, and how many variants each provider has of it."""
    lines = menu(variants(), {})
    total = [str(sum(_count(line, slug) for line in lines)) for slug in PROVIDERS]
    rows = [
        ["model", "family", *PROVIDERS],
        *[[f"`{line.model}`", line.family, *[str(_count(line, slug) or "") for slug in PROVIDERS]] for line in lines],
        [f"{len(lines)} models", f"{len({line.family for line in lines})} families", *total],
    ]
    head, *rest = ["| " + " | ".join(row) + " |\n" for row in rows]
    return "".join([head, f"|{'---|' * (2 + len(PROVIDERS))}\n", *rest])


def _count(line: MenuLine, slug: str) -> int:
    return len(line.sold[slug].variants) if slug in line.sold else 0


def written(text: str) -> str:
    """A README with the table of today in it."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


def main(arguments: list[str]) -> int:
    """Prints the table, or writes it down."""
    parser = argparse.ArgumentParser(prog="python -m tests.menu", description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the table of models into providers/README.md")
    options = parser.parse_args(arguments)
    if options.write:
        README.write_text(written(README.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
