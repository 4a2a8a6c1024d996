"""The commands about runs.

Everything that any of them needs is imported at the top, so that a missing package is noticed before money is spent.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from decimal import Decimal

from comparisons.cli import session_commands, show
from comparisons.cli.arguments import EXIT_BAD_INPUT, EXIT_DELIVERED, EXIT_NOT_ALL
from comparisons.exports import backup as backing_up
from comparisons.exports import run_folder
from comparisons.media import images
from comparisons.playground import Playground
from comparisons.records import Job, State
from comparisons.runs import Choice, Consent
from comparisons.sessions import Sessions
from providers import InvalidRequest, Request, TakesError, Value, Variant, decimal_of, value_of


def jobs(playground: Playground, options: argparse.Namespace) -> int:
    show.jobs(playground, playground.ledger.jobs(), options.json)
    return EXIT_DELIVERED


def quote(playground: Playground, options: argparse.Namespace) -> int:
    simulated, request, choice = (
        playground.offers.simulated(options.mode),
        _request(playground, options),
        _choice(options),
    )
    offers = playground.offers.quote(request, choice, simulated)
    show.left_out(show.refused(playground.offers.left_out(request, choice, simulated)), options.json)
    rows = [show.offer_row(each, playground.settings.rates, simulated) for each in offers]
    show.listing(rows, options.json, show.SHORT_OFFER)
    return EXIT_DELIVERED


def compare(playground: Playground, options: argparse.Namespace) -> int:
    if not (options.variant or options.provider or options.model):
        raise InvalidRequest(
            "Name what is to be compared: --model NAME, --variant REF or --provider SLUG, each as often as you like."
            " See: python -m comparisons variants"
        )
    simulated, request, choice = (
        playground.offers.simulated(options.mode),
        _request(playground, options),
        _choice(options),
    )
    run = playground.start(
        request,
        choice,
        simulated=simulated,
        repeats=options.repeats,
        consent=Consent(_budget(options.budget), options.allow_unpriced),
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
    return EXIT_DELIVERED if job is not None and job.state == State.DELIVERED else EXIT_NOT_ALL


def cancel(playground: Playground, options: argparse.Namespace) -> int:
    here = playground.stop(options.job)
    playground.wait()
    job = playground.ledger.job(options.job)
    if not here:
        print("Another Takes is running it and was asked to stop it.")
    print(show.outcome(job) if job else "The job is gone.")
    return EXIT_DELIVERED if job and job.state == State.CANCELED else EXIT_NOT_ALL


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
    return EXIT_NOT_ALL if any(job.state == State.UNCERTAIN for job in now) else EXIT_DELIVERED


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
    return EXIT_DELIVERED if options.not_charged or ended.state == State.DELIVERED else EXIT_NOT_ALL


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
    show.measured_first(playground, run.jobs)
    print(run_folder.write(playground, playground.run(run.id) or run, options.out))
    return EXIT_DELIVERED


def score(playground: Playground, options: argparse.Namespace) -> int:
    if options.again:
        playground.ledger.drop_scores()
    wanted = playground.ledger.count_unscored()
    for number, (job, scores) in enumerate(playground.scorer.all_missing(), 1):
        print(f"{number} of {max(number, wanted)}  {job}  {show.scored(scores)}", flush=True)
    if not wanted:
        print("Every clip is measured.")
    return EXIT_DELIVERED


def backup(playground: Playground, options: argparse.Namespace) -> int:
    print(backing_up.write(playground, options.folder))
    return EXIT_DELIVERED


def _follow(playground: Playground, run_ids: Sequence[str], as_json: bool) -> int:
    show.progress(playground, run_ids, quiet=as_json)
    ended = [job for run_id in run_ids if (run := playground.ledger.run(run_id)) for job in run.jobs]
    show.jobs(playground, ended, as_json)
    return EXIT_DELIVERED if all(job.state == State.DELIVERED for job in ended) else EXIT_NOT_ALL


def _request(playground: Playground, options: argparse.Namespace) -> Request:
    return Request(
        prompt=_typed(options.prompt),
        first_frame=images.load(options.image) if options.image is not None else None,
        last_frame=images.load(options.last_image) if options.last_image is not None else None,
        references=tuple(images.load(path) for path in options.reference),
        options=dict(_setting(text, playground.variants) for text in options.set),
    )


def _setting(text: str, variants: Sequence[Variant]) -> tuple[str, Value]:
    """``name=value`` from ``--set``, with the value in the type that the variants use for this option."""
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidRequest(f"--set takes NAME=VALUE, such as duration=6, not {text!r}.")
    return name.strip(), value_of(name.strip(), _typed(value.strip()), variants)


def _typed(text: str) -> str:
    """The text as it was typed, also under a locale that cannot decode UTF-8, which terminals send."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeError:
        return text  # not UTF-8 either; the check of the request says so


def _choice(options: argparse.Namespace) -> Choice:
    return Choice(tuple(options.variant), tuple(options.provider), tuple(options.model), options.nearest)


def _budget(text: str | None) -> Decimal | None:
    if text is None:
        return None
    budget = decimal_of(text.removeprefix("$"))
    if budget is None:
        raise InvalidRequest(f"--budget is an amount of US dollars, such as 5 or 0.50, not {text!r}.")
    return budget


COMMANDS = {
    each.__name__: each
    for each in (jobs, quote, compare, resume, fetch, cancel, reconcile, delete, export, score, backup)
}
"""The functions by the command as it is typed."""
