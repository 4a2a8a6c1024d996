"""The command line's commands. ``python -m comparisons --help`` lists them; the page does all of it the same way."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from comparisons import settings, surroundings
from comparisons.cli import session_commands, show
from comparisons.cli.show import EXIT_BAD_INPUT, EXIT_DELIVERED, EXIT_NOT_ALL
from comparisons.exports import backup as backing_up
from comparisons.exports import export as exporting
from comparisons.media import images
from comparisons.playground import Playground
from comparisons.records import Job
from comparisons.runs import Choice
from comparisons.sessions import Sessions
from providers import PROVIDERS, InvalidRequest, Request, TakesError, decimal_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code: 0 all delivered, 1 some not, 2 bad input, nothing spent."""
    options = parser().parse_args(arguments)
    command: Callable[[Playground, argparse.Namespace], int] = options.command
    try:
        playground = Playground(settings.read(), clip_patience_s=options.clip_patience_s)
    except TakesError as error:
        return _bad(error)
    try:
        code = command(playground, options)
        sys.stdout.flush()
        return code
    except InvalidRequest as error:
        return _bad(error)
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
    finally:
        playground.close()


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, as everything else here does."""

    def error(self, message: str) -> NoReturn:
        print(f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help", file=sys.stderr)
        raise SystemExit(EXIT_BAD_INPUT)


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    root = _Parser(prog="python -m comparisons", description="Compare video-generation APIs.")
    root.set_defaults(clip_patience_s=show.CLIP_PATIENCE_S)
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    _listing(commands, "providers", providers, "the providers, and whether a key is set for each")
    _listing(commands, "variants", variants, "every variant: what it takes and what it lists as its price")
    _listing(commands, "jobs", jobs, "every job of this data folder")
    _request_options(_command(commands, "quote", quote, "what a request would cost; spends nothing"))
    run = _command(commands, "compare", compare, "run one request on many variants")
    _request_options(run)
    _run_options(run)
    _command(commands, "resume", resume, "go on with whatever is unfinished")
    _fetch_options(_command(commands, "fetch", fetch, "try at once to get a clip that is paid for and not here"))
    _command(commands, "cancel", cancel, "stop one job").add_argument("job", metavar="JOB")
    _reconcile_options(
        _command(commands, "reconcile", reconcile, "settle takes of which nobody knows whether they are billed")
    )
    _delete_options(_command(commands, "delete", delete, "delete a run from this machine, clips and rows"))
    _export_options(_command(commands, "export", export, "a run as a folder: clips, table, mosaic and a page"))
    about = "a copy of the data folder, whole and of one moment, while Takes runs"
    _command(commands, "backup", backup, about).add_argument(
        "folder", type=Path, metavar="DIR", help="a new folder, or an empty one"
    )
    session_commands.add(commands)
    return root


def _fetch_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("job", metavar="JOB", help="a take that its provider has finished")
    sub.add_argument("--from", dest="file", type=Path, metavar="FILE", help="take this file, downloaded by hand")
    sub.set_defaults(clip_patience_s=0.0)  # one try: who waits has `resume`


def _delete_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("run", metavar="RUN", help="the run, as `jobs` and the page's address name it")
    sub.add_argument("--yes", action="store_true", help="do it; without, only say what would go")


def _export_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("run", metavar="RUN", help="the run, as `jobs` and the page's address name it")
    sub.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the new folder goes")


def _reconcile_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "job", metavar="JOB", nargs="?", help="one take; default: all of them, asking where that is possible"
    )
    said = sub.add_mutually_exclusive_group()
    said.add_argument("--found", metavar="ID", help="the provider has it under this id: fetch its clip")
    said.add_argument("--not-charged", action="store_true", help="the provider does not have it")
    sub.add_argument("--json", action="store_true", help="print JSON")


def _command(commands: Any, name: str, run: Callable[..., int], about: str) -> argparse.ArgumentParser:
    sub: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    sub.set_defaults(command=run)
    return sub


def _listing(commands: Any, name: str, run: Callable[..., int], about: str) -> None:
    _command(commands, name, run, about).add_argument("--json", action="store_true", help="print JSON")


def _request_options(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--prompt", required=True, help="what the clip should show")
    sub.add_argument("--image", metavar="F", help="the first frame")
    sub.add_argument("--last-image", metavar="F", help="the last frame, for variants that take one")
    sub.add_argument("--variant", action="append", default=[], metavar="REF", help="a variant; may be repeated")
    sub.add_argument("--provider", action="append", default=[], metavar="SLUG", help="all variants of a provider")
    sub.add_argument("--model", action="append", default=[], metavar="NAME", help="one model on every gateway")
    sub.add_argument("--duration", type=int, metavar="S", help="seconds; default: each variant's own")
    sub.add_argument("--resolution", metavar="R", help="768p or 1080p; default: each variant's own")
    sub.add_argument("--no-optimizer", action="store_true", help="send the prompt as it is")
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


def providers(playground: Playground, options: argparse.Namespace) -> int:
    keys = playground.settings.keys
    rows = [
        {
            "provider": slug,
            "name": provider.name,
            "key": provider.key_env if slug in keys else None,
            "key_variable": provider.key_env,
            "base_url": playground.settings.targets[slug].base_url,
            "variants": sum(variant.provider == slug for variant in playground.variants),
            "concurrency": provider.concurrency,
        }
        for slug, provider in PROVIDERS.items()
    ]
    show.listing(rows, options.json, show.SHORT_PROVIDER)
    return EXIT_DELIVERED


def variants(playground: Playground, options: argparse.Namespace) -> int:
    rows = [show.variant_row(variant) for variant in playground.variants]
    show.listing(rows, options.json, show.SHORT_VARIANT)
    return EXIT_DELIVERED


def jobs(playground: Playground, options: argparse.Namespace) -> int:
    show.jobs(playground, playground.ledger.jobs(), options.json)
    return EXIT_DELIVERED


def quote(playground: Playground, options: argparse.Namespace) -> int:
    simulated, request, choice = playground.offers.simulated(options.mode), _request(options), _choice(options)
    offers = playground.offers.quote(request, choice, simulated)
    show.left_out(show.refused(playground.offers.left_out(request, choice, simulated)), options.json)
    rows = [show.offer_row(each, playground.settings.usd, simulated) for each in offers]
    show.listing(rows, options.json, show.SHORT_OFFER)
    return EXIT_DELIVERED


def compare(playground: Playground, options: argparse.Namespace) -> int:
    simulated, request, choice = playground.offers.simulated(options.mode), _request(options), _choice(options)
    run = playground.start(
        request,
        choice,
        simulated=simulated,
        repeats=options.repeats,
        budget=_budget(options.budget),
        allow_unpriced=options.allow_unpriced,
    )
    show.left_out(show.refused(playground.offers.left_out(request, choice, simulated)), options.json)
    return _follow(playground, [run.id], options.json)


def resume(playground: Playground, options: argparse.Namespace) -> int:
    sessions, runs = Sessions(playground), playground.resume()
    try:
        going = sessions.resume()
        if not runs and not going:
            print("Nothing is unfinished.")
        ends = [session_commands.follow(playground, sessions, each, as_json=False) for each in going]
        return max([_follow(playground, runs, as_json=False) if runs else EXIT_DELIVERED, *ends])
    finally:
        sessions.close()


def fetch(playground: Playground, options: argparse.Namespace) -> int:
    fetcher = playground.fetcher
    here = fetcher.hand_in(options.job, options.file) if options.file else fetcher.fetch(options.job)
    job = show.fetched(playground, options.job, here=here)
    return EXIT_DELIVERED if job is not None and job.state == "delivered" else EXIT_NOT_ALL


def cancel(playground: Playground, options: argparse.Namespace) -> int:
    here = playground.stop(options.job)
    playground.wait()
    job = playground.ledger.job(options.job)
    if not here:
        print("Another Takes is running it and was asked to stop it.")
    print(show.outcome(job) if job else "The job is gone.")
    return EXIT_DELIVERED if job and job.state == "canceled" else EXIT_NOT_ALL


def reconcile(playground: Playground, options: argparse.Namespace) -> int:
    if options.found or options.not_charged:
        return _settle(playground, options)
    doubts = [job for job in playground.reconciler.uncertain() if options.job in (None, job.id)]
    if options.job and not doubts:
        raise InvalidRequest(f"No uncertain take is called {options.job!r}. See: python -m comparisons reconcile")
    answers = {job.id: _answer(playground, job) for job in doubts}
    runs = {job.run for job in doubts if playground.works_on(job.id)}
    show.progress(playground, list(runs), quiet=options.json)
    now = [playground.ledger.job(job.id) or job for job in doubts]
    show.doubts(now, answers, options.json)
    return EXIT_NOT_ALL if any(job.state == "uncertain" for job in now) else EXIT_DELIVERED


def _answer(playground: Playground, job: Job) -> str:
    try:
        return playground.reconciler.look_for(job.id)
    except InvalidRequest as error:
        return str(error)
    except TakesError as error:
        return f"The provider did not tell: {error}"


def _settle(playground: Playground, options: argparse.Namespace) -> int:
    if not options.job:
        raise InvalidRequest("Name the take: python -m comparisons reconcile JOB --found ID")
    job = (
        playground.reconciler.not_charged(options.job)
        if options.not_charged
        else playground.reconciler.found(options.job, options.found)
    )
    show.progress(playground, [job.run], quiet=options.json)
    ended = playground.ledger.job(job.id) or job
    show.jobs(playground, [ended], options.json)
    return EXIT_DELIVERED if options.not_charged or ended.state == "delivered" else EXIT_NOT_ALL


def delete(playground: Playground, options: argparse.Namespace) -> int:
    if not options.yes:
        print(f"{playground.history.going(options.run)}\nNothing was deleted yet: say --yes to do it.")
        return EXIT_BAD_INPUT
    print(playground.history.delete(options.run))
    return EXIT_DELIVERED


def export(playground: Playground, options: argparse.Namespace) -> int:
    run = playground.run(options.run)
    if run is None:
        raise InvalidRequest(f"No run is called {options.run!r}. See: python -m comparisons jobs --json")
    print(exporting.write(playground, run, options.out))
    return EXIT_DELIVERED


def backup(playground: Playground, options: argparse.Namespace) -> int:
    print(backing_up.write(playground, options.folder))
    return EXIT_DELIVERED


def _follow(playground: Playground, run_ids: Sequence[str], as_json: bool) -> int:
    show.progress(playground, run_ids, quiet=as_json)
    ended = [job for run_id in run_ids if (run := playground.ledger.run(run_id)) for job in run.jobs]
    show.jobs(playground, ended, as_json)
    return EXIT_DELIVERED if all(job.state == "delivered" for job in ended) else EXIT_NOT_ALL


def _request(options: argparse.Namespace) -> Request:
    return Request(
        prompt=_typed(options.prompt),
        first_frame=images.load(options.image) if options.image is not None else None,
        last_frame=images.load(options.last_image) if options.last_image is not None else None,
        duration=options.duration,
        resolution=options.resolution.lower() if options.resolution else None,
        prompt_optimizer=not options.no_optimizer,
    )


def _typed(text: str) -> str:
    """A word as it was typed, also where the locale knows none of its letters: terminals write UTF-8."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return text  # no UTF-8 either: whoever checks it says so


def _choice(options: argparse.Namespace) -> Choice:
    return Choice(tuple(options.variant), tuple(options.provider), tuple(options.model))


def _budget(text: str | None) -> Decimal | None:
    if text is None:
        return None
    budget = decimal_of(text.removeprefix("$"))
    if budget is None:
        raise InvalidRequest(f"--budget is an amount of US dollars, such as 5 or 0.50, not {text!r}.")
    return budget


def _bad(error: Exception) -> int:
    print(str(error), file=sys.stderr)
    return EXIT_BAD_INPUT
