"""Draws the house from its code: rooms, floors and who imports whom. ``python -m tests.drawing [FOLDER]``.

A room is a package or a module right in ``comparisons``. One that imports no other is on floor 0, any other one above
the highest that it imports. FOLDER is another copy of the project, such as an older one, to compare with.
``--write`` puts the drawing into ``comparisons/README.md``; ``--files`` prints what each file says of itself.
"""

from __future__ import annotations

import argparse
import ast
import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- drawing -->\n", "<!-- /drawing -->\n"

Imports = Mapping[str, frozenset[str]]


def sources(root: Path) -> list[Path]:
    """All of the program's Python files, tests apart."""
    return [
        root / "app.py",
        *sorted(path for each in ("comparisons", "providers") for path in (root / each).rglob("*.py")),
    ]


def rooms(root: Path) -> dict[str, list[Path]]:
    """Each room's files."""
    found: dict[str, list[Path]] = {}
    for path in sorted((root / "comparisons").rglob("*.py")):
        name = path.relative_to(root / "comparisons").parts[0].removesuffix(".py")
        if name != "__init__":
            found.setdefault(name, []).append(path)
    return found


def imports(root: Path) -> Imports:
    """Which rooms each room imports, wherever in a file it does so."""
    there = rooms(root)
    return {
        room: frozenset({each for path in paths for each in _named(path) if each in there} - {room})
        for room, paths in there.items()
    }


def _named(path: Path) -> Iterator[str]:
    """The rooms that a file's imports name."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            dotted = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            dotted = [alias.name for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in dotted if name.startswith("comparisons."))


def floors(of: Imports) -> dict[str, int]:
    """Each room's floor.

    Raises:
        ValueError: rooms import each other in a circle.
    """
    placed: dict[str, int] = {}
    while len(placed) < len(of):
        ready = {room for room, below in of.items() if room not in placed and below <= placed.keys()}
        if not ready:
            raise ValueError(f"These import each other in a circle: {', '.join(sorted(of.keys() - placed.keys()))}")
        placed |= {room: max((placed[each] + 1 for each in of[room]), default=0) for room in ready}
    return placed


def summary(path: Path) -> str:
    """The first paragraph of what a file says of itself, as one line."""
    return " ".join((ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n\n")[0].split())


def functions(root: Path) -> list[int]:
    """The lines of every function."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = (node for path in sources(root) for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    return [(node.end_lineno or node.lineno) - node.lineno + 1 for node in nodes if isinstance(node, kinds)]


def files(root: Path) -> list[int]:
    """The lines of every file."""
    return [path.read_text("utf-8").count("\n") for path in sources(root)]


def drawing(root: Path) -> str:
    """The floors, highest first; each room with the rooms it imports, nearest first."""
    of = imports(root)
    floor = floors(of)
    lines = []
    for at in sorted(set(floor.values()), reverse=True):
        for room in sorted(each for each in floor if floor[each] == at):
            below = sorted(of[room], key=lambda each: (-floor[each], each))
            lines.append(f"{at:>2}  {room:<12} {'→ ' if below else ''}{' '.join(below)}".rstrip())
    return "\n".join(["```text", *lines, "```", ""])


def lives(root: Path) -> str:
    """What each room says of itself."""
    there, floor = rooms(root), floors(imports(root))
    rows = [
        f"| `{room}` | {summary(_first(there[room])).replace('``', '`')} |"
        for room in sorted(there, key=lambda each: (-floor[each], each))
    ]
    return "\n".join(["| room | what lives there |", "|---|---|", *rows, ""])


def _first(paths: list[Path]) -> Path:
    """A package's façade, or the one file that a room is."""
    return next((path for path in paths if path.name == "__init__.py"), paths[0])


def structure(root: Path) -> dict[str, int]:
    """How many rooms, floors and imports between rooms there are."""
    of = imports(root)
    return {
        "rooms": len(of),
        "floors": len(set(floors(of).values())),
        "imports between rooms": sum(len(below) for below in of.values()),
    }


def lengths(root: Path) -> dict[str, int]:
    """How long functions and files are, in lines."""
    return {
        f"lines of a {what}, {word}": round(value)
        for what, lines in (("function", functions(root)), ("file", files(root)))
        for word, value in (("median", statistics.median(lines)), ("p90", statistics.quantiles(lines, n=10)[-1]))
    }


def figures(root: Path) -> str:
    """Both as a table."""
    rows = [f"| {name} | {value} |" for name, value in (structure(root) | lengths(root)).items()]
    return "\n".join(["| figure | value |", "|---|---|", *rows, ""])


def block(root: Path) -> str:
    """All that ``comparisons/README.md`` holds of it."""
    return "\n".join([drawing(root), lives(root), figures(root)])


def written(text: str, root: Path) -> str:
    """A README with the block of today in it."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{block(root)}\n{END}{rest.split(END)[1]}"


def main() -> None:
    """Prints the drawing, or what each file says of itself, or writes the drawing down."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT, metavar="FOLDER")
    parser.add_argument("--write", action="store_true", help="put it into comparisons/README.md")
    parser.add_argument("--files", action="store_true", help="what each file says of itself")
    given = parser.parse_args()
    if given.files:
        for path in sources(given.folder):
            print(f"{path.relative_to(given.folder).as_posix():<44} {summary(path)}")
    else:
        print(block(given.folder))
    if given.write:
        readme = given.folder / "comparisons/README.md"
        readme.write_text(written(readme.read_text("utf-8"), given.folder), "utf-8")


if __name__ == "__main__":
    main()
