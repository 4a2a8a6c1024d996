"""The rooms of the house: who may import whom, and who alone may touch what."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from providers import PROVIDERS, variants

ROOT = Path(__file__).parent.parent
FOLDERS = ("providers", "comparisons")
SOURCES = [ROOT / "app.py", *sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]

# Highest first. A module may import modules of lower floors of its package, never its neighbors.
FLOORS = [
    {"__main__"},
    {"commands", "ui"},
    {"session_commands"},
    {"show", "export", "status", "sessions", "backup"},
    {"driving"},
    {"eta", "planning"},
    {"report", "session_report"},
    {"playground"},
    {"storage"},
    {"history", "ballots", "reconcile", "offers", "fetching"},
    {"wires", "workers", "room", "session_tables", "quotes"},
    {"mosaic", "results", "caveats", "charts", "checks"},
    {"figures", "summary"},
    {"compare", "table", "visitors", "twice"},
    {"jobs", "sandboxed"},
    {"delivery"},
    {"asking", "schedule"},
    {"retry", "polling", "gate", "questions"},
    {"ledger", "media", "uploaded", "transport", "images", "plan_file"},
    {"probe"},
    {"budget", "votes", "spending", "copies"},
    {"settings", "ffmpeg", "words"},
    {"pasted", "pixels"},
    {"places", "records", "volumes", "hosting", "clock", "addresses", "sockets", "turns", "latencies"}
    | {
        "colors",
        "labels",
        "ratings",
        "statistics",
        "arrivals",
        "environment",
        "env_file",
        "proxies",
        "sheets",
        "heif",
        "profiles",
        "folders",
        "toml_lines",
        "formats",
        "rates",
        "boxes",
        "shares",
    },
    {"private", "surroundings", "texts"},
]

OWNERS = {
    "sqlite3": {"comparisons/ledger/"},
    "gradio": {"comparisons/ui/"},
    "dotenv": {"comparisons/env_file.py"},
    "imageio_ffmpeg": {"comparisons/ffmpeg.py", "providers/sandbox/_clips.py"},
    "subprocess": {"comparisons/ffmpeg.py", "providers/sandbox/_clips.py"},
    "uvicorn": {"providers/sandbox/__main__.py"},
    "starlette": {"providers/sandbox/", "comparisons/ui/"},
    "filelock": {"comparisons/workers.py"},
    "socket": {"comparisons/addresses.py", "providers/sandbox/__main__.py"},
    "rich": {"comparisons/show.py"},
    "anyascii": {"comparisons/labels.py"},
    "aiohttp": {"comparisons/sockets.py"},
    "socksio": {"comparisons/transport.py"},
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imported(path: Path) -> set[str]:
    """Dotted names a file imports."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def dotted(path: Path) -> set[str]:
    """Attribute chains a file uses, such as ``os.environ``."""
    return {ast.unparse(node) for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}


def floor(module: str) -> int:
    return next(i for i, names in enumerate(FLOORS) if module in names)


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_higher_imports_lower_only(path: Path):
    parts = name(path).removesuffix(".py").split("/")
    if parts[0] != "comparisons" or parts[1] == "__init__":
        return
    own = parts[1]
    others = {module.split(".")[1] for module in imported(path) if module.startswith("comparisons.")}
    others = {other for other in others if any(other in names for names in FLOORS)} - {own}
    upward = {other for other in others if floor(other) <= floor(own)}
    assert not upward, f"{name(path)} reaches up or sideways to {upward}"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_providers_know_nothing_of_what_is_done_with_them(path: Path):
    modules = imported(path)
    if name(path).startswith("providers/"):
        assert not {module for module in modules if module.startswith("comparisons")}
    if name(path).startswith("providers/sandbox/"):
        theirs = {m for m in modules if m.startswith("providers") and not m.startswith("providers.sandbox")}
        assert not theirs - {"providers"}, "client and emulator agree with the documents, not with each other"
    elif name(path).startswith("providers/"):
        assert not {module for module in modules if module.startswith("providers.sandbox")}


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_each_library_has_its_owners(path: Path):
    packages = {module.split(".")[0] for module in imported(path)}
    for package, owners in OWNERS.items():
        if package in packages:
            assert any(name(path).startswith(owner) for owner in owners), f"{name(path)} uses {package}"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_time_sleep_sockets_and_environment_have_one_owner_each(path: Path):
    uses = dotted(path)
    where = name(path)
    alone = {
        "os.environ": {"comparisons/settings.py"},
        "httpx.AsyncClient": {"comparisons/transport.py", "providers/sandbox/_webhooks.py"},
        "httpx.Client": set(),
        "asyncio.sleep": {"comparisons/playground.py", "providers/sandbox/_world.py"},
        "time.time": {"comparisons/clock.py", "providers/sandbox/_journal.py"},
        "time.sleep": set(),
        "time.monotonic": {"comparisons/clock.py", "providers/sandbox/_world.py"},
    }
    for what, owners in alone.items():
        assert what not in uses or where in owners, f"{where} uses {what}"


@pytest.mark.parametrize("path", [path for path in SOURCES if name(path).count("/") == 1], ids=name)
def test_a_dialect_has_no_input_or_output(path: Path):
    if not name(path).startswith("providers/") or path.name in ("_catalog.py", "__init__.py"):
        return
    calls = {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}
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
    module = tree(path)
    for node in ast.walk(module):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not (isinstance(line, ast.Expr) and is_text(line.value))]
    return module


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_everything_is_annotated_short_and_flat(path: Path):
    lines = path.read_text("utf-8").count("\n")
    assert lines <= 420, f"{name(path)} has {lines} lines"
    for node in ast.walk(tree(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 60, f"{name(path)}: {node.name} has {length} lines"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_unexpected_is_swallowed(path: Path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            broad = caught in ("everything", "Exception", "BaseException")
            assert not broad or isinstance(node.body[-1], ast.Raise), f"{name(path)}:{node.lineno} swallows {caught}"


def test_the_facade_says_all_that_is_public():
    import providers

    assert sorted(providers.__all__) == sorted(set(providers.__all__))
    assert all(hasattr(providers, each) for each in providers.__all__)
