"""How each job reaches its provider: the built-in sandbox, or live, under the host's keys or typed ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from comparisons.clock import Clock
from comparisons.engine.exchange import KeyNeeded
from comparisons.net import Transport
from comparisons.records import Job, Person
from comparisons.settings import Settings
from providers import PROVIDERS, InvalidRequest

if TYPE_CHECKING:
    from providers.sandbox import World


class Wires:
    """The transports of one playground. Typed keys are held in memory, and only while their run is worked on."""

    def __init__(self, settings: Settings, clock: Clock, world: World | None) -> None:
        self._settings = settings
        self._clock = clock
        self._world = world
        self._sandbox: Transport | None = None
        self._live: Transport | None = None
        self._typed: dict[tuple[str, str], Mapping[str, str]] = {}
        """Typed keys by run and payer, so that no key pays for a job that another person began."""

    async def aclose(self) -> None:
        for wire in (self._sandbox, self._live):
            if wire is not None:
                await wire.aclose()
        if self._world is not None:
            self._world.close()

    def keys(self, who: Person) -> dict[str, str]:
        """The keys that a live run of ``who`` can use, by provider. A visitor's own replace all of the host's."""
        if who.id and who.keys:
            return dict(who.keys)
        return self._settings.keys | dict(who.keys)

    def to(self, who: Person, simulated: bool) -> Transport:
        """The transport for questions of ``who`` that are about no job, such as prices."""
        return self._to_sandbox() if simulated else self._to_live().with_keys(self.keys(who))

    def of(self, job: Job) -> Transport:
        """Where a job's questions go.

        Raises:
            KeyNeeded: the job is paid with a typed key, which is no longer in memory.
        """
        if not job.plan.live:
            return self._to_sandbox()
        if not job.plan.payer:
            return self._to_live()
        keys = self._typed.get((job.run, job.plan.payer), {})
        if not keys.get(job.plan.provider):
            name = PROVIDERS[job.plan.provider].name
            raise KeyNeeded(f"Your {name} key is needed to go on: type it under Keys, then press Go on.")
        return self._to_live().with_keys(keys)

    def about(self, job: Job, who: Person) -> Transport:
        """Where questions of ``who`` about a job go: to the account that pays for it.

        Raises:
            InvalidRequest: that is the account of a typed key, which ``who`` has not typed now.
        """
        if not job.plan.live:
            return self._to_sandbox()
        if not job.plan.payer:
            return self._to_live()
        if job.plan.payer != who.key_owner or job.plan.provider not in who.keys:
            name = PROVIDERS[job.plan.provider].name
            raise InvalidRequest(f"This take is paid with a typed {name} key: type it under Keys, then ask again.")
        return self._to_live().with_keys(who.keys)

    def keep(self, run_id: str, who: Person) -> None:
        """Holds the typed keys of ``who`` for a run, beside those that it has already."""
        if who.keys:
            self._typed[run_id, who.key_owner] = {**self._typed.get((run_id, who.key_owner), {}), **who.keys}

    def forget(self, run_id: str) -> None:
        """Drops the typed keys of a run that nobody works on any more."""
        for run, payer in [each for each in self._typed if each[0] == run_id]:
            del self._typed[run, payer]

    async def forget_simulated(self, provider: str, provider_job: str) -> None:
        """Has the built-in sandbox delete a job, and what belongs to that job alone. To be called on the jobs' loop."""
        self._to_sandbox()
        if self._world is not None:
            self._world.forget(provider, provider_job)

    async def forget_unknown(self, provider: str, prompt: str, is_known: Callable[[str], bool]) -> None:
        """Has the built-in sandbox delete jobs of a prompt (its SHA-256 in hex) whose ids never came back from it.

        ``is_known`` says of a provider's job id whether the ledger has it; such jobs stay.
        """
        self._to_sandbox()
        if self._world is not None:
            self._world.forget_unknown(provider, prompt, is_known)

    async def forget_uploads(self, images: Sequence[str]) -> None:
        """Has the built-in sandbox delete its copies of these images (SHA-256 in hex) that no job of it uses."""
        self._to_sandbox()
        if self._world is not None:
            for image in images:
                self._world.forget_image(image)

    async def tidy(self) -> None:
        """Has the built-in sandbox, if it was used, delete what is too old to be needed."""
        if self._world is not None:
            self._world.sweep()

    def _to_live(self) -> Transport:
        if self._live is None:
            of = self._settings
            self._live = Transport(of.targets, clip_networks=of.clip_networks, proxies=of.outgoing)
        return self._live

    def _to_sandbox(self) -> Transport:
        if self._sandbox is None:
            from comparisons.net import sandboxed  # here, since it imports server libraries that live runs do not need

            of = self._settings
            self._world = self._world or sandboxed.make_world(
                of.home, self._clock.now, seed=of.sandbox_seed, speed=of.sandbox_speed, faults=of.sandbox_faults
            )
            self._sandbox = sandboxed.connect(self._world)
        return self._sandbox
