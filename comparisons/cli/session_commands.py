"""The commands ``python -m comparisons session ...``, which run plans, go on with sessions, show and report them."""

from __future__ import annotations

import argparse
import sys

from comparisons.analysis import summarize, thresholds
from comparisons.cli import show
from comparisons.cli.arguments import EXIT_BAD_INPUT, EXIT_DELIVERED, EXIT_NOT_ALL
from comparisons.exports import session_folder
from comparisons.playground import Playground
from comparisons.sessions import PlanQuote, Sessions, Status, Written, quote_plan, status

TICK_S = 0.5
"""Seconds between two looks at a session that is waited for."""


def run(playground: Playground, options: argparse.Namespace) -> int:
    sessions, written = Sessions(playground), Written.read(options.plan)
    simulated = playground.offers.simulated(options.mode)
    if options.quote:
        return _quote(playground, sessions, written, simulated, options)
    try:
        session, new = sessions.start(written, simulated=simulated, allow_unpriced=options.allow_unpriced)
        if not options.json:
            how = "started as" if new else "already complete:" if session.done else "going on with"
            print(f"{session.name}: {how} {session.id}")
        show.left_out(session.facts.get("left_out", ()), options.json)
        return follow(playground, sessions, session.id, options.json)
    finally:
        sessions.close()


def _quote(
    playground: Playground, sessions: Sessions, written: Written, simulated: bool, options: argparse.Namespace
) -> int:
    quote = quote_plan(playground, written, simulated)
    known = sessions.known(written, simulated=simulated)
    refusal = "" if known else sessions.refusal(quote, simulated=simulated, allow_unpriced=options.allow_unpriced)
    _show_quote(playground, quote, simulated, known, refusal, options.json)
    return EXIT_BAD_INPUT if refusal else EXIT_DELIVERED


def resume(playground: Playground, options: argparse.Namespace) -> int:
    sessions = Sessions(playground)
    try:
        return follow(playground, sessions, sessions.go_on(options.session).id, options.json)
    finally:
        sessions.close()


def look(playground: Playground, options: argparse.Namespace) -> int:
    now = status(playground, Sessions(playground).find(options.session))
    show.mapping(now.to_json(), options.json)
    return _exit(now)


def stop(playground: Playground, options: argparse.Namespace) -> int:
    sessions = Sessions(playground)
    sessions.stop(options.session)
    playground.wait()
    show.mapping(status(playground, sessions.find(options.session)).to_json(), as_json=False)
    return EXIT_DELIVERED


def report(playground: Playground, options: argparse.Namespace) -> int:
    wanted = [thresholds.parse(text) for text in options.fail_if]
    sessions = Sessions(playground)
    show.measured_first(playground, sessions.find(options.session).jobs)
    session, usd = sessions.find(options.session), playground.settings.usd
    summary = summarize(session, usd)
    problems = [problem for threshold in wanted for problem in threshold.failures(summary)]
    now, days = playground.clock.now(), playground.settings.rate_days
    print(session_folder.write(session, sessions.rows(session), usd, now, options.out, days))
    for problem in problems:
        print(problem, file=sys.stderr)
    return EXIT_NOT_ALL if problems else EXIT_DELIVERED


def listing(playground: Playground, options: argparse.Namespace) -> int:
    show.listing(show.session_rows(playground.ledger.sessions(1000)), options.json)
    return EXIT_DELIVERED


def _show_quote(
    playground: Playground, quote: PlanQuote, simulated: bool, known: str | None, refusal: str, as_json: bool
) -> None:
    dollars, unpriced = quote.cost(playground.settings.usd)
    rows = {
        "plan": quote.plan.name,
        "simulated": simulated,
        "requests": len(quote.requests),
        "jobs": quote.jobs,
        "cost_usd": float(dollars) if quote.jobs > unpriced else None,
        "jobs_without_dollar_price": unpriced,
        "variants_without_dollar_price": quote.without_price(playground.settings.usd),
        "budget_usd": None if quote.plan.budget_usd is None else float(quote.plan.budget_usd),
        "left_out": list(quote.left_out),
        "session": known,
        "refused": refusal or None,
    }
    show.mapping(rows, as_json)
    if not as_json and not refusal:
        print("Nothing was started. The same command without --quote runs it.")


def follow(playground: Playground, sessions: Sessions, session_id: str, as_json: bool) -> int:
    """Waits for a session and prints how far it is; gives the exit code."""
    told = None
    while not sessions.wait(session_id, TICK_S):
        now = status(playground, sessions.find(session_id))
        if (now.over, now.under_way) != told and not as_json:
            print(now.line, flush=True)
            told = now.over, now.under_way
    ended = status(playground, sessions.find(session_id))
    if as_json:
        show.mapping(ended.to_json(), as_json=True)
    else:
        print(ended.line)
        print(f"Its report: python -m comparisons session report {session_id} --out DIR")
    return _exit(ended)


def _exit(now: Status) -> int:
    return EXIT_DELIVERED if now.done and now.delivered == now.planned else EXIT_NOT_ALL


COMMANDS = {
    "session run": run,
    "session resume": resume,
    "session status": look,
    "session stop": stop,
    "session report": report,
    "session list": listing,
}
"""The functions by the command as it is typed."""
