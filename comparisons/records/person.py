"""Who asks for something: the host, or a visitor known by an unguessable id; and what they may see and decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from comparisons.records.job import Plan
from comparisons.records.run import Run


@dataclass(frozen=True)
class Person:
    """Who asks. ``id`` is empty for the host. ``keys`` are those typed on the page, by provider, never part of a repr.

    ``client`` is what is known of the address that they ask from, see ``ui/door/clients.py``; empty if nothing is.
    """

    id: str = ""
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    client: str = field(default="", repr=False, compare=False)

    @property
    def key_owner(self) -> str:
        """The ``Plan.payer`` of a job that is paid with a key that this person typed."""
        return self.id or "host"

    def may_see(self, run: Run) -> bool:
        """Whether a run may be shown to this person: their own, or any to the host."""
        return self.id in ("", run.owner)

    @property
    def payer(self) -> str:
        """Who pays for live jobs, for the budgets: this person if they typed any key; empty for the host."""
        return self.key_owner if self.keys else ""

    def payer_at(self, provider: str, *, live: bool) -> str:
        """The ``Plan.payer`` of a job at a provider: this person if they typed its key; empty for the host's key."""
        return self.key_owner if live and provider in self.keys else ""

    def has_a_say(self, plan: Plan) -> bool:
        """Whether this person may say what became of a job: whoever pays for it may, and anybody in the sandbox."""
        return not plan.live or (plan.payer == self.key_owner if plan.payer else not self.id)

    @property
    def only(self) -> str | None:
        """The owner whose things this person sees in lists: their own id; None for the host, who sees all."""
        return self.id or None


HOST = Person()
