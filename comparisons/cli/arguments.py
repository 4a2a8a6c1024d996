"""The arguments of ``python -m comparisons``, and its exit codes.

Only modules that come with Python are imported here, so that ``--help`` and mistyped arguments are answered fast.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, NoReturn

EXIT_DELIVERED, EXIT_NOT_ALL, EXIT_BAD_INPUT = 0, 1, 2
"""Exit codes: all delivered, some not, and bad input, after which nothing was spent."""
CLIP_PATIENCE_S = 600.0
"""For how many seconds a command waits for a clip that does not come; then it says so, and ``resume`` goes on."""
SESSION = "session "
"""How the names of session commands begin, such as ``session run``."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, as all errors of the command line are."""

    def error(self, message: str) -> NoReturn:
        print(f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help", file=sys.stderr)
        raise SystemExit(EXIT_BAD_INPUT)


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    root = _Parser(prog="python -m comparisons", description="Compare video-generation APIs.")
    root.set_defaults(clip_patience_s=CLIP_PATIENCE_S, workers=None)
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    _listing(commands, "providers", "the providers, and whether a key is set for each")
    _listing(commands, "variants", "every variant: what it takes and what it lists as its price")
    _listing(commands, "models", "each model: who sells it, and the list price of its usual clip there")
    _listing(commands, "jobs", "every job of this data folder")
    _request_options(_command(commands, "quote", "what a request would cost; spends nothing"))
    run = _command(commands, "compare", "run one request on many variants")
    _request_options(run)
    _run_options(run)
    _command(commands, "resume", "go on with whatever is unfinished")
    _fetch_options(_command(commands, "fetch", "try at once to get a clip that is paid for and not here"))
    _command(commands, "cancel", "stop one job").add_argument("job", metavar="JOB")
    _reconcile_options(_command(commands, "reconcile", "settle takes of which nobody knows whether they are billed"))
    _delete_options(_command(commands, "delete", "delete a run from this machine, clips and rows"))
    _export_options(_command(commands, "export", "a run as a folder: clips, table, mosaic and a page"))
    _score_options(_command(commands, "score", "measure the pictures and the sound of clips that came"))
    about = "a copy of the data folder, whole and of one moment, while Takes runs"
    _command(commands, "backup", about).add_argument(
        "folder", type=Path, metavar="DIR", help="a new folder, or an empty one"
    )
    _sessions(commands)
    _catalogs(commands)
    return root


def _fetch_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("job", metavar="JOB", help="a take that its provider has finished")
    sub.add_argument("--from", dest="file", type=Path, metavar="FILE", help="take this file, downloaded by hand")
    sub.set_defaults(clip_patience_s=0.0)  # one try only; `resume` is the command that waits


def _delete_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("run", metavar="RUN", help="the run, as `jobs` and the page's address name it")
    sub.add_argument("--yes", action="store_true", help="do it; without, only say what would go")


def _export_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("run", metavar="RUN", help="the run, as `jobs` and the page's address name it")
    sub.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the new folder goes")


def _score_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--again", action="store_true", help="measure all of them anew, not only those that are left")
    sub.add_argument(
        "--workers",
        metavar="N",
        help="so many processes, or a Dask scheduler: dask://host:8786, tls://host:8786. A scheduler asks nobody for a"
        " password, and whoever reaches it runs code on its workers: keep it on loopback or a private network, or use"
        " tls:// with certificates",
    )


def _reconcile_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "job", metavar="JOB", nargs="?", help="one take; default: all of them, asking where that is possible"
    )
    said = sub.add_mutually_exclusive_group()
    said.add_argument("--found", metavar="ID", help="the provider has it under this id: fetch its clip")
    said.add_argument("--not-charged", action="store_true", help="the provider does not have it")
    sub.add_argument("--json", action="store_true", help="print JSON")


def _command(commands: Any, name: str, about: str, group: str = "") -> argparse.ArgumentParser:
    sub: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    sub.set_defaults(command=f"{group}{name}")
    return sub


def _listing(commands: Any, name: str, about: str, group: str = "") -> argparse.ArgumentParser:
    sub = _command(commands, name, about, group)
    sub.add_argument("--json", action="store_true", help="print JSON")
    return sub


def _request_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--prompt", required=True, help="what the clip should show")
    sub.add_argument("--image", metavar="F", help="the first frame")
    sub.add_argument("--last-image", metavar="F", help="the last frame, for variants that take one")
    sub.add_argument("--reference", action="append", default=[], metavar="F", help="a reference image; may be repeated")
    sub.add_argument("--variant", action="append", default=[], metavar="REF", help="a variant; may be repeated")
    sub.add_argument("--provider", action="append", default=[], metavar="SLUG", help="all variants of a provider")
    sub.add_argument("--model", action="append", default=[], metavar="NAME", help="one model at every provider")
    sub.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option, such as duration=6, resolution=768p or audio=off; default: each variant's own",
    )
    fitting = sub.add_mutually_exclusive_group()
    fitting.add_argument(
        "--nearest",
        action="store_true",
        default=True,
        help="where a variant has no such length or size, take its nearest; leave out what it lacks, and say so: the"
        " default, as on the page",
    )
    fitting.add_argument(
        "--no-nearest",
        dest="nearest",
        action="store_false",
        help="a variant takes part only if it takes the request as it is",
    )
    mode = sub.add_mutually_exclusive_group()
    mode.add_argument("--sandbox", dest="mode", action="store_const", const="sandbox", help="simulate, offline")
    mode.add_argument("--live", dest="mode", action="store_const", const="live", help="spend money")
    sub.add_argument("--json", action="store_true", help="print JSON")


def _run_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--repeats", type=int, default=1, metavar="N", help="takes of each variant")
    sub.add_argument("--budget", metavar="USD", help="start nothing if the whole run could cost more")
    sub.add_argument(
        "--allow-unpriced",
        action="store_true",
        help="let variants take part whose price is unknown; no budget counts them",
    )


def _sessions(commands: Any) -> None:
    """The ``session`` command and its actions."""
    about = "benchmark sessions: many prompts, variants and repeats from a plan"
    actions = commands.add_parser("session", help=about, description=about).add_subparsers(
        required=True, metavar="ACTION"
    )
    about = "run a plan; the same plan again goes on with what is missing"
    _plan_options(_listing(actions, "run", about, SESSION))
    _one(_listing(actions, "resume", "go on with a session", SESSION))
    _one(_listing(actions, "status", "how far a session is", SESSION))
    _one(_command(actions, "stop", "stop a session: what can be canceled is, and no more is begun", SESSION))
    _report_options(_one(_command(actions, "report", "a session's figures as a folder with a page", SESSION)))
    _listing(actions, "list", "every session", SESSION)


def _catalogs(commands: Any) -> None:
    """The ``catalog`` command and its actions."""
    about = "the providers' own lists of models and prices: what changed since they were read last"
    actions = commands.add_parser("catalog", help=about, description=about).add_subparsers(
        required=True, metavar="ACTION"
    )
    about = "read the lists, keep them with their day, and say what changed; spends nothing"
    sub = _command(actions, "refresh", about, "catalog ")
    sub.add_argument("--provider", action="append", default=[], metavar="SLUG", help="only this one; may be repeated")
    sub.add_argument("--sandbox", action="store_true", help="read the simulated lists, offline")


def _one(sub: argparse.ArgumentParser) -> argparse.ArgumentParser:
    sub.add_argument("session", metavar="ID", help="the session, as `session list` names it")
    return sub


def _plan_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("plan", type=Path, metavar="PLAN", help="a TOML file; see comparisons/sessions/README.md")
    mode = sub.add_mutually_exclusive_group()
    mode.add_argument("--sandbox", dest="mode", action="store_const", const="sandbox", help="simulate, offline")
    mode.add_argument("--live", dest="mode", action="store_const", const="live", help="spend money")
    sub.add_argument("--quote", action="store_true", help="say what it would run and cost, and why not; start nothing")
    sub.add_argument("--allow-unpriced", action="store_true", help="let variants take part whose price is unknown")


def _report_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the new folder goes")
    sub.add_argument(
        "--fail-if", action="append", default=[], metavar="CHECK",
        help="exit 1 if this holds of any variant, such as 'p90_total_s>120'; may be repeated",
    )  # fmt: skip
