"""Visitors and their host do whatever they can, with crashes between: the host's account stays within its caps.

``python -m tests.money_machine --steps 5000`` prints steps, charges and how near each cap came; it exits with 1 and the
shortest sequence it found if a cap was passed, or a charge has no take. The suite goes some hundred steps.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from comparisons.records import Job, Person, Run
from comparisons.runs.compare import Choice, Consent
from comparisons.sessions import Written, plan_toml
from providers import Request
from tests.accounts import HOSTS_KEYS, KEYS, PEOPLE, VARIANTS, VISITORS, Hosted, Tally, Terms, keyed

HANDLERS = (
    "again", "go_on", "cancel", "settle_found", "settle_not_charged", "ask_provider", "go_on_session", "stop_session",
    "delete",
)  # fmt: skip
"""Of the page, on what is there."""
STEPS = 40
"""Of one life, at most."""

people = st.sampled_from(tuple(PEOPLE))
typed = st.sampled_from(("none",) * 5 + tuple(KEYS))  # without any, the host's are spent
chosen = st.lists(st.sampled_from(VARIANTS), min_size=1, max_size=2, unique=True).map(tuple)
picks = st.integers(0, 7)
waits = st.sampled_from((1.0, 40.0, 1200.0, 5 * 3600.0, 13 * 3600.0, 25 * 3600.0))
faults = st.sampled_from(
    (
        "drop_after_accept submit", "malformed_json submit", "server_error submit", "rate_limited submit",
        "content_refused submit", "stuck submit", "server_error quote", "malformed_json quote", "server_error poll",
    )
)  # fmt: skip
terms = st.builds(
    lambda rates, key, on: Terms(rates=rates, key=key, **({} if on else {"visitor": None})),
    st.sampled_from((True, True, True, False)),
    st.sampled_from(("good", "good", "good", *HOSTS_KEYS)),
    st.sampled_from((True, True, True, True, False)),
)


class MoneyMachine(RuleBasedStateMachine):
    """The tally is of all lives of a process."""

    steps = 0
    tally = Tally()
    broken = ""

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="takes-money-"))
        self.hosted = Hosted(self.folder, tally=self.tally)
        self.takes = self.benches = 0
        self.doubtful = False

    def teardown(self) -> None:
        if hasattr(self, "hosted"):
            self.hosted.end()
            shutil.rmtree(self.folder, ignore_errors=True)

    # starting -----------------------------------------------------------------------------------------------------

    @rule(
        who=people, keys=typed, refs=chosen, repeats=st.integers(1, 3), unpriced=st.booleans(),
        budget=st.sampled_from((None, None, "0.90")),
    )  # fmt: skip
    def start(
        self, who: str, keys: str, refs: tuple[str, ...], repeats: int, unpriced: bool, budget: str | None
    ) -> None:
        self._do(
            self.hosted.playground.start, Request(self._signed(who, unpriced)), Choice(refs=refs), simulated=False,
            repeats=repeats, consent=Consent(None if budget is None else Decimal(budget), unpriced),
            who=keyed(who, keys),
        )  # fmt: skip

    @rule(who=people, ref=st.sampled_from(VARIANTS[:3]), fault=st.sampled_from(("", "", "")) | faults)
    def press(self, who: str, ref: str, fault: str) -> None:
        """What most people do: a take of something priced, on the host's key. It may go wrong."""
        if fault:
            self.fail([fault])
        self.start(who, "none", (ref,), 1, False, None)

    @rule(who=st.sampled_from(VISITORS), ref=st.sampled_from(VARIANTS), keys=st.sampled_from(("made-up", "broke")))
    def press_with_a_bad_key(self, who: str, ref: str, keys: str) -> None:
        self.start(who, keys, (ref,), 1, True, None)

    @precondition(lambda self: self.takes)
    @rule(who=people, keys=typed, pick=picks, times=st.sampled_from((1, 1, 8)))
    def again(self, who: str, keys: str, pick: int, times: int) -> None:
        job = self._of(who, pick, lambda job: True)
        for _ in range(times if job else 0):
            self._do(self.hosted.playground.again, job.id, keyed(who, keys))

    @rule(
        who=people, keys=typed, refs=chosen, repeats=st.integers(1, 2), unpriced=st.booleans(),
        more=st.sampled_from(("", "budget_usd = 0.6", "within_percent = 5.0\nmost_repeats = 4", "warm_up = 1")),
    )  # fmt: skip
    def start_session(
        self, who: str, keys: str, refs: tuple[str, ...], repeats: int, unpriced: bool, more: str
    ) -> None:
        named = ", ".join(f'"{ref}"' for ref in refs)
        text = f'name = "m"\nvariants = [{named}]\nrepeats = {repeats}\nconcurrency = 2\n{more}\n'
        text += f'[[requests]]\nprompt = "{self._signed(who, unpriced)}"\n'
        self.benches += 1
        written = Written(plan_toml.parse(text, self.folder), text, self.folder)
        self._do(self.hosted.sessions.start, written, simulated=False, allow_unpriced=unpriced, who=keyed(who, keys))

    # the page's handlers, called raw ------------------------------------------------------------------------------

    @rule(who=st.sampled_from(VISITORS), keys=typed, refs=chosen, repeats=st.integers(1, 3))
    def press_on_the_page(self, who: str, keys: str, refs: tuple[str, ...], repeats: int) -> None:
        prompt = self._signed(who, unpriced=False)
        fields = {
            "prompt": prompt, "mode": "Live", "allow-unpriced": True, "repeats": repeats,
            "picker": {"chosen": list(refs), "turn": 1},
        }  # fmt: skip
        self.hosted.handle(keyed(who, keys), "start", fields, {})

    @rule(who=st.sampled_from(VISITORS), keys=typed, refs=chosen)
    def start_a_plan_on_the_page(self, who: str, keys: str, refs: tuple[str, ...]) -> None:
        fields = {
            "plan-prompts": self._signed(who, unpriced=False), "plan-mode": "Live", "plan-unpriced": True,
            "plan-picker": {"chosen": list(refs), "turn": 1}, "plan-repeats": 1,
        }  # fmt: skip
        self.hosted.handle(keyed(who, keys), "start_session", fields, {})

    @precondition(lambda self: self.takes)
    @rule(who=st.sampled_from(VISITORS), keys=typed, pick=picks, act=st.sampled_from(HANDLERS))
    def act_on_the_page(self, who: str, keys: str, pick: int, act: str) -> None:
        """On a take of anybody's: whose it is, the handler has to ask."""
        jobs = self.hosted.playground.ledger.jobs()
        sessions = [head.session.id for head in self.hosted.playground.ledger.sessions(50)]
        job = jobs[-1 - pick % len(jobs)] if jobs else None
        event = {
            "job": job.id if job else "", "run": job.run if job else "",
            "session": sessions[pick % len(sessions)] if sessions else "",
        }  # fmt: skip
        fields = {"doubt": event["job"], "doubt-id": next(iter(self._listed(job)), "none") if job else "none"}
        self.hosted.handle(keyed(who, keys), act, fields, event)

    # going on -----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.takes)
    @rule(who=people, keys=typed, pick=picks)
    def go_on(self, who: str, keys: str, pick: int) -> None:
        self._do_to_run(self.hosted.playground.go_on, who, pick, keyed(who, keys))

    @precondition(lambda self: self.benches)
    @rule(who=people, keys=typed, pick=picks)
    def go_on_with_a_session(self, who: str, keys: str, pick: int) -> None:
        for session in self._sessions(who)[pick : pick + 1]:
            self._do(self.hosted.sessions.go_on, session, keyed(who, keys))

    @precondition(lambda self: self.takes)
    @rule()
    def resume(self) -> None:
        self._do(self.hosted.playground.resume)

    # ending -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.takes)
    @rule(who=people, pick=picks)
    def stop(self, who: str, pick: int) -> None:
        job = self._of(who, pick, lambda job: not job.done)
        if job:
            self._do(self.hosted.playground.stop, job.id, PEOPLE[who])

    @precondition(lambda self: self.benches)
    @rule(who=people, pick=picks)
    def stop_a_session(self, who: str, pick: int) -> None:
        for session in self._sessions(who)[pick : pick + 1]:
            self._do(self.hosted.sessions.stop, session, PEOPLE[who])

    @precondition(lambda self: self.takes)
    @rule(who=people, pick=picks)
    def delete(self, who: str, pick: int) -> None:
        runs = self._runs(who)[pick : pick + 1]
        for run in runs:
            self._do(self.hosted.playground.history.delete, run.id, PEOPLE[who])

    # doubts -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.doubtful)
    @rule(who=st.sampled_from(VISITORS), pick=picks)
    def lie(self, who: str, pick: int) -> None:
        """A visitor says "not charged", whatever is true."""
        job = self._of(who, pick, lambda job: job.state == "uncertain")
        if job:
            self._do(self.hosted.playground.reconciler.not_charged, job.id, PEOPLE[who])

    @precondition(lambda self: self.doubtful)
    @rule(pick=picks)
    def tell_the_truth(self, pick: int) -> None:
        """The host says so of their own takes, having looked at their account."""
        job = self._of("host", pick, lambda job: job.state == "uncertain")
        if job and not self._listed(job):
            self._do(self.hosted.playground.reconciler.not_charged, job.id, PEOPLE["host"])

    @precondition(lambda self: self.doubtful)
    @rule(who=people, keys=typed, pick=picks)
    def look_for(self, who: str, keys: str, pick: int) -> None:
        job = self._of(who, pick, lambda job: job.state in ("uncertain", "rejected"))
        if job:
            self._do(self.hosted.playground.reconciler.look_for, job.id, keyed(who, keys))

    @precondition(lambda self: self.doubtful)
    @rule(who=people, keys=typed, pick=picks, which=picks)
    def found(self, who: str, keys: str, pick: int, which: int) -> None:
        """Under an id that the provider lists for such a prompt, be it another take's, or one that it does not."""
        job = self._of(who, pick, lambda job: job.state in ("uncertain", "rejected"))
        if job:
            names = [*self._listed(job), "00000000-0000-4000-8000-000000000000"]
            self._do(self.hosted.playground.reconciler.found, job.id, names[which % len(names)], keyed(who, keys))

    # the world ----------------------------------------------------------------------------------------------------

    @rule(seconds=waits)
    def wait(self, seconds: float) -> None:
        self.hosted.go(seconds)

    @rule(which=st.lists(faults, min_size=1, max_size=3))
    def fail(self, which: list[str]) -> None:
        self.doubtful = True
        self.hosted.fails(*which)

    @precondition(lambda self: not self.hosted.cable.deaf)
    @rule()
    def fall_silent(self) -> None:
        """Submits are answered no more, until the next start."""
        self.doubtful = True
        self.hosted.cable.deaf = True

    @rule(cut=st.booleans())
    def cut_or_mend(self, cut: bool) -> None:
        """Nothing new arrives at the providers, which nobody here can know."""
        self.hosted.cable.cut = cut

    @rule(terms=terms, after_s=st.sampled_from((0.0, 0.0, 3600.0, 30 * 3600.0)), crash=st.booleans())
    def restart(self, terms: Terms, after_s: float, crash: bool) -> None:
        self.hosted.restart(terms, after_s, crash=crash)

    @invariant()
    def the_hosts_account_is_within_every_cap_and_each_charge_has_its_take(self) -> None:
        if hasattr(self, "hosted"):
            MoneyMachine.steps += 1
            self.hosted.go(0.5)
            try:
                self.hosted.check()
            except AssertionError as error:
                MoneyMachine.broken = str(error)
                raise

    # whose is what ------------------------------------------------------------------------------------------------

    def _signed(self, who: str, unpriced: bool) -> str:
        """A prompt of this person's that nobody has used before."""
        self.takes += 1
        prompt = f"{who}: a boat, number {self.takes}"
        if unpriced and who == "host":
            self.hosted.explicit.add(prompt)
        return prompt

    def _do(self, act: Callable[..., Any], *args: Any, **more: Any) -> Any:
        return self.hosted.attempt(act, *args, **more)

    def _do_to_run(self, act: Callable[..., Any], who: str, pick: int, person: Person) -> None:
        for run in self._runs(who)[pick : pick + 1]:
            self._do(act, run.id, person)

    def _runs(self, who: str) -> list[Run]:
        """The latest first. The host keeps to their own here: a visitor's are charged to the visitor."""
        runs = self.hosted.playground.ledger.runs(50)
        return [run for run in runs if run.owner == PEOPLE[who].id]

    def _of(self, who: str, pick: int, wanted: Callable[[Job], bool]) -> Job | None:
        jobs = [job for run in self._runs(who) for job in run.jobs if wanted(job)]
        return jobs[pick % len(jobs)] if jobs else None

    def _sessions(self, who: str) -> list[str]:
        return [head.session.id for head in self.hosted.playground.ledger.sessions(50, PEOPLE[who].id)]

    def _listed(self, job: Job) -> list[str]:
        """What the provider lists under the take's prompt that the ledger has no take for."""
        sims = [sim for sim in self.hosted.world.jobs(job.plan.provider) if sim.prompt == job.plan.prompt]
        return [sim.id for sim in sims if not self.hosted.playground.ledger.knows(sim.provider, sim.id)]


def run(steps: int, seed: int = 0, *, shrink: bool = False) -> Tally:
    """At least so many steps, in lives of up to ``STEPS``.

    Raises:
        AssertionError: with all that was done; with ``shrink`` also the shortest way there, which takes minutes.
    """
    phases = (hypothesis.Phase.generate, *([hypothesis.Phase.shrink] if shrink else []))
    MoneyMachine.steps, MoneyMachine.tally, MoneyMachine.broken = 0, Tally(), ""
    while MoneyMachine.steps < steps:
        settings = hypothesis.settings(
            max_examples=max(1, (steps - MoneyMachine.steps) // STEPS),
            stateful_step_count=STEPS,
            phases=phases,
            deadline=None,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        machine = hypothesis.seed(seed + MoneyMachine.steps)(MoneyMachine)
        try:
            run_state_machine_as_test(machine, settings=settings)
        except (hypothesis.errors.Flaky, BaseExceptionGroup) as error:  # sessions go on in threads: it may not recur
            if not MoneyMachine.broken:
                raise
            raise AssertionError(MoneyMachine.broken) from error
    return MoneyMachine.tally


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m tests.money_machine", description=__doc__)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--shrink", action="store_true", help="look for the shortest way to what was found")
    options = parser.parse_args(argv)
    logging.disable(logging.CRITICAL)  # what holds sessions up is no news here
    os.environ.setdefault("TAKES_TEST_SCRATCH", tempfile.mkdtemp(prefix="takes-test-"))
    tally = run(options.steps, options.seed, shrink=options.shrink)
    print(f"{MoneyMachine.steps} steps, {tally.charges} charges on the host's account")
    for cap, share in tally.shares.items():
        print(f"highest share of the cap {cap}: {share:.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
