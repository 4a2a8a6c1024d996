"""The rooms of the house: who may import whom, and who alone may touch what."""

from __future__ import annotations

import ast
import functools
import importlib
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from providers import PROVIDERS, variants

ROOT = Path(__file__).parent.parent
FOLDERS = ("providers", "comparisons")
SOURCES = [ROOT / "app.py", *sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]

ALONE_ROOM = "metrics"
"""Imports nothing of ours, not even ``records``: it is sent to workers on other machines. So it runs ffmpeg itself."""

ROOT_MODULES = {"addresses", "clock", "folders", "private", "shares", "surroundings", "texts", "words"}
"""Small ones that any package may import; they import no package but ``records``."""

MAY_IMPORT = {
    "metrics": set(),
    "records": {"metrics"},
    "settings": set(),
    "ledger": {"metrics", "records"},
    "media": {"metrics", "records"},
    "net": {"records", "settings"},
    "analysis": {"metrics", "records"},
    "viewer": {"metrics", "records"},
    "scoring": {"ledger", "media", "metrics", "records"},
    "engine": {"ledger", "media", "net", "records", "settings"},
    "runs": {"engine", "ledger", "media", "net", "records", "settings"},
    "judging": {"ledger", "media", "records", "runs", "viewer"},
    "playground": {"analysis", "engine", "ledger", "media", "net", "records", "runs", "scoring", "settings"},
    "exports": {"analysis", "ledger", "media", "metrics", "playground", "records", "runs", "viewer"},
    "sessions": {"analysis", "engine", "exports", "ledger", "media", "playground", "records", "runs"},
    "cli": {"analysis", "exports", "ledger", "media", "metrics", "playground", "records", "runs", "sessions"}
    | {"settings"},
    "ui": {"analysis", "exports", "judging", "ledger", "media", "metrics", "playground", "records", "runs", "sessions"}
    | {"settings", "viewer"},
    "__main__": {"cli"},
}
"""Which package may import which, lowest first: each only those above it here. See ``comparisons/README.md``."""

OWNERS = {
    "sqlite3": {"comparisons/ledger/"},
    "gradio": {"comparisons/ui/"},
    "dotenv": {"comparisons/settings/_env_file.py"},
    "multiprocessing": {"comparisons/scoring/_pool.py"},
    "distributed": {"comparisons/scoring/_cluster.py"},
    "imageio_ffmpeg": {"comparisons/media/ffmpeg.py", "comparisons/metrics/_ffmpeg.py", "providers/sandbox/_clips.py"},
    "subprocess": {"comparisons/media/ffmpeg.py", "comparisons/metrics/_ffmpeg.py", "providers/sandbox/_clips.py"},
    "uvicorn": {"providers/sandbox/__main__.py"},
    "starlette": {"providers/sandbox/", "comparisons/ui/"},
    "filelock": {"comparisons/engine/workers.py"},
    "socket": {"comparisons/addresses.py", "providers/sandbox/__main__.py"},
    "rich": {"comparisons/cli/show.py", "comparisons/cli/tables.py"},
    "anyascii": {"comparisons/exports/drawn_text.py"},
    "aiohttp": {"comparisons/net/_aiohttp.py"},
    "socksio": {"comparisons/net/_ways.py"},
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def of_each(paths: Sequence[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """One test of all these files: it fails with the name of each that is not as it should be, and with why."""

    def decorated(check: Callable[[Path], None]) -> Callable[[], None]:
        def test() -> None:
            wrong = []
            for path in paths:
                try:
                    check(path)
                except AssertionError as error:
                    wrong.append(f"{name(path)}: {error}")
            assert paths, "no file to look at"
            assert not wrong, "\n".join(wrong)

        test.__doc__ = check.__doc__
        return test

    return decorated


@functools.cache
def text(path: Path) -> str:
    return path.read_text("utf-8")


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a file, which is parsed once for all tests: they only read it."""
    return tuple(ast.walk(ast.parse(text(path))))


@functools.cache
def imported(path: Path) -> set[str]:
    """Dotted names a file imports."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def dotted(path: Path) -> set[str]:
    """Attribute chains a file uses, such as ``os.environ``."""
    return {ast.unparse(node) for node in nodes(path) if isinstance(node, ast.Attribute)}


def package(path: Path) -> str:
    """The package, or the module beside the packages, in which a file of ``comparisons`` lies."""
    return name(path).split("/")[1].removesuffix(".py")


@functools.cache
def from_elsewhere(path: Path) -> set[tuple[str, str]]:
    """What a file imports of other packages: the module it names, and the name it takes from there."""
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "comparisons":
            found |= {(node.module, alias.name) for alias in node.names}
    return {(module, what) for module, what in found if f"{module}.{what}.".split(".")[1] != package(path)}


OURS = [path for path in SOURCES if name(path).startswith("comparisons/") and path.parent.name != "__init__"]


@of_each(OURS)
def test_a_package_imports_only_what_lies_below_it(path: Path):
    if package(path) == "__init__":
        return
    wanted = {f"{module}.{what}".split(".")[1] for module, what in from_elsewhere(path)} - ROOT_MODULES
    may = MAY_IMPORT.get(package(path), {"records"})
    assert not wanted - may, f"{name(path)} imports {wanted - may}"


def test_the_room_that_is_sent_away_needs_no_other():
    """Nor any library beyond these: a worker's machine has no more of ours than the room."""
    files = [path for path in OURS if package(path) == ALONE_ROOM]
    assert not {what for path in files for what in from_elsewhere(path)}
    needed = {module.split(".")[0] for path in files for module in imported(path)}
    assert needed - sys.stdlib_module_names <= {"comparisons", "imageio_ffmpeg", "numpy"}


def test_the_packages_are_listed_lowest_first():
    listed = list(MAY_IMPORT)
    for at, each in enumerate(listed):
        assert MAY_IMPORT[each] <= set(listed[:at]), f"{each} may import what is not below it"
    there = {package(path) for path in OURS} - ROOT_MODULES - {"__init__"}
    assert there == set(MAY_IMPORT)


@of_each(OURS)
def test_others_use_a_package_by_its_facade(path: Path):
    """By the names in its ``__init__``, or one of its modules as a whole; what begins with ``_`` is nobody else's."""
    for module, what in from_elsewhere(path):
        assert module.count(".") <= 1, f"{name(path)} reaches into {module}"
        assert not what.startswith("_"), f"{name(path)} uses {module}.{what}"


@pytest.mark.parametrize("each", [each for each in MAY_IMPORT if (ROOT / "comparisons" / each).is_dir()])
def test_a_facade_says_all_that_is_public(each: str):
    facade = importlib.import_module(f"comparisons.{each}")
    assert all(hasattr(facade, exported) for exported in getattr(facade, "__all__", ()))
    taken = {what for path in OURS for module, what in from_elsewhere(path) if module == f"comparisons.{each}"}
    modules = {path.stem for path in (ROOT / "comparisons" / each).glob("*.py")}
    assert taken - modules <= set(getattr(facade, "__all__", vars(facade)))


@of_each(SOURCES)
def test_providers_know_nothing_of_what_is_done_with_them(path: Path):
    modules = imported(path)
    if name(path).startswith("providers/"):
        assert not {module for module in modules if module.startswith("comparisons")}
    if name(path).startswith("providers/sandbox/"):
        theirs = {m for m in modules if m.startswith("providers") and not m.startswith("providers.sandbox")}
        assert not theirs - {"providers"}, "client and emulator agree with the documents, not with each other"
    elif name(path).startswith("providers/"):
        assert not {module for module in modules if module.startswith("providers.sandbox")}


@of_each(SOURCES)
def test_each_library_has_its_owners(path: Path):
    packages = {module.split(".")[0] for module in imported(path)}
    for package, owners in OWNERS.items():
        if package in packages:
            assert any(name(path).startswith(owner) for owner in owners), f"{name(path)} uses {package}"


@of_each(SOURCES)
def test_time_sleep_sockets_and_environment_have_one_owner_each(path: Path):
    uses = dotted(path)
    where = name(path)
    alone = {
        "os.environ": {"comparisons/settings/_settings.py"},
        "httpx.AsyncClient": {"comparisons/net/transport.py", "providers/sandbox/_webhooks.py"},
        "httpx.Client": set(),
        "asyncio.sleep": {"comparisons/playground/_parts.py", "providers/sandbox/_tempo.py"},
        "time.time": {"comparisons/clock.py", "providers/sandbox/_journal.py"},
        "time.sleep": set(),
        "time.monotonic": {"comparisons/clock.py", "providers/sandbox/_tempo.py"},
    }
    for what, owners in alone.items():
        assert what not in uses or where in owners, f"{where} uses {what}"


@of_each([path for path in SOURCES if name(path).count("/") == 1])
def test_a_dialect_has_no_input_or_output(path: Path):
    if not name(path).startswith("providers/") or path.name in ("_catalog.py", "__init__.py"):
        return
    calls = {ast.unparse(node.func) for node in nodes(path) if isinstance(node, ast.Call)}
    assert not calls & {"open", "print", "input"}
    assert not {module.split(".")[0] for module in imported(path)} & {
        "os",
        "time",
        "socket",
        "asyncio",
        "pathlib",
        "random",
    }


def test_no_provider_or_model_is_named_outside_its_own_files():
    named = {*PROVIDERS, *(v.endpoint for v in variants()), *(v.model for v in variants())}
    for path in SOURCES:
        if name(path).startswith("providers/") and path.stem.strip("_") in PROVIDERS:
            continue
        texts = {node.value for node in ast.walk(without_docs(path)) if is_text(node)}
        assert not texts & named, f"{name(path)} names {texts & named}"


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def without_docs(path: Path) -> ast.Module:
    module = ast.parse(text(path))  # a tree of its own, since this one is changed
    for node in ast.walk(module):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not (isinstance(line, ast.Expr) and is_text(line.value))]
    return module


LINES, LENGTH, PARAMETERS = 300, 40, 7
"""The most of a file, of a function and of what it is given (``self`` aside)."""


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in nodes(path) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    given = (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    return len([each for each in given if each.arg not in ("self", "cls")])


@of_each(SOURCES)
def test_files_and_functions_are_short_and_take_few_things(path: Path):
    assert text(path).count("\n") <= LINES, f"{name(path)} is too long"
    for each in functions(path):
        known = f"{name(path)} {each.name}"
        assert length(each) <= LENGTH, f"{known} has {length(each)} lines"
        assert parameters(each) <= PARAMETERS, f"{known} takes {parameters(each)} things"


def test_no_two_classes_have_one_name():
    found = [(node.name, name(path)) for path in SOURCES for node in nodes(path) if isinstance(node, ast.ClassDef)]
    names = [each for each, _ in found]
    assert not [(each, where) for each, where in found if names.count(each) > 1]


@of_each(SOURCES)
def test_what_the_types_are_not_asked_about_says_why(path: Path):
    """An ignore names what it ignores, and what is wrong; ``mypy`` itself says where one is not needed any more."""
    for line in text(path).splitlines():
        if "type: ignore" in line:
            assert re.search(r"# type: ignore\[[a-z-]+\]  # \w", line), f"{name(path)}: {line.strip()}"


@of_each(SOURCES)
def test_nothing_unexpected_is_swallowed(path: Path):
    for node in nodes(path):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            broad = caught in ("everything", "Exception", "BaseException")
            assert not broad or isinstance(node.body[-1], ast.Raise), f"{name(path)}:{node.lineno} swallows {caught}"


def test_the_facade_says_all_that_is_public():
    import providers

    assert sorted(providers.__all__) == sorted(set(providers.__all__))
    assert all(hasattr(providers, each) for each in providers.__all__)


SCRIPTS = sorted((ROOT / "comparisons").rglob("*.js"))
ALONE = {"comparisons/ui/door/me.js": r"\(async", "comparisons/viewer/takes.js": r"'use strict';\s*var takes = \{\};"}
"""How a script begins that is under no name of ``takes``: it runs without the others, or is what they are under."""


@pytest.mark.parametrize("path", [*SCRIPTS, *sorted((ROOT / "comparisons").rglob("*.css"))], ids=name)
def test_scripts_and_styles_are_short(path: Path):
    assert path.read_text("utf-8").count("\n") <= LINES


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_a_script_has_its_namespace_and_no_other_global(path: Path):
    """One statement; ``tests/scripts/namespaces.test.js`` runs it, and holds that it says what it needs."""
    code = re.sub(r"/\*\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    code = re.sub(r"^ *//.*\n|(?<=[;,{]) // .*", "", code, flags=re.MULTILINE).strip()
    begins = ALONE.get(name(path), rf"takes\.{path.stem} = \(")
    assert re.fullmatch(begins + r"( ?\(\) => \{\n( .*\n|\n)*\}\)\(\);)?", code)
    assert not re.search(r"^ *\*|`", code, re.MULTILINE), "viewer.lean takes it for a comment or an indentation"


def script_functions(path: Path) -> list[tuple[str, int]]:
    """The functions of a script: the line each begins with, and how many it has. It ends where its indentation does."""
    lines = path.read_text("utf-8").splitlines()
    found = []
    for at, line in enumerate(lines):
        if re.search(r"(=>|\)) \{$", line) and not re.match(r"takes\.|\(async|\s*(if|for|while|else|\} else)\b", line):
            indent = len(line) - len(line.lstrip())
            ends = next(n for n, other in enumerate(lines[at:]) if n and re.match(rf" {{{indent}}}\}}", other))
            found.append((line.strip(), ends + 1))
    return found


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_functions_of_scripts_are_short(path: Path):
    assert not [(line, lines) for line, lines in script_functions(path) if lines > LENGTH]
