"""The other end of every wire: an offline emulation of each provider, written from the vendors' documents.

It refuses what the vendor refuses, in the vendor's words, charges once per accepted job, and delivers a real
MP4. Nothing here imports the dialects: client and emulator agree with the documents, not with each other.

**Adding a provider** is one module dropped into this package (or into a folder appended to this package's
``__path__``); no list is edited. Every module whose name does not begin with ``_`` has

* ``SLUG: str``: its path, ``http://127.0.0.1:PORT/<SLUG>/...``, standing for the vendor's origin. As a command the
  sandbox has each provider at the root of an origin of its own as well, so links in replies begin with
  ``_origins.root_url(public_url, SLUG)``;
* ``ENV: str``: the environment variable that points a client at it; optionally ``BASE_PATH: str``, the path that the
  vendor's own clients have at the end of it; optionally ``SHARED_ONLY = True``, where it has no origin of its own;
* ``routes(world, public_url) -> list[Route]``: its endpoints. A route's ``name`` is its operation:
  ``upload``, ``submit``, ``poll``, ``result``, ``cancel`` or ``quote``; any other name counts as ``other``.
  Requests are counted and faults injected around them by it; clips and uploads are served without its help;
* optionally ``rate_limited() -> Response`` (its own words for 429; ``Retry-After`` is added) and
  ``rate_limited_code(operation) -> Response`` (where a vendor says it inside HTTP 200).

A submit handler calls ``world.accept(Order(...))``, which also charges. A reply names the files of
``_wire.results``, in their order: a fault plan may have put a picture before the clip. ``_wire.clip_spec`` says what
to render; for a variant with a rate, sound or an aspect ratio the handler replaces ``fps``, ``sound`` or the frame's
size (``_clips.frame_size``) by what was asked. Clips are silent unless sound was asked for.

**Keys**: any key that is not blank is good, except that one beginning with ``bad`` is refused like a wrong
key, and one beginning with ``broke`` has no money left. **Prompts** containing ``[refuse]`` are accepted and
then fail for their content. Only images hosted here (uploads) and data URIs can be fetched: any other URL is
unreachable, since the sandbox opens no connection of its own but for webhooks, to this machine.

**Webhooks**: an order says where its job's go (``Hook``), and a desk has a ``Webhooks`` (``_webhooks``) that is told to
``watch`` the job at its submit and at each poll, and what is to be said of it in which phase. ``GET /world`` says what
became of them.

**Forms**: where a vendor says one thing in more than one way, by its documents or by what its clients read, a share of
the jobs, drawn by the seed, is told of in the rarer one (``SimJob.varies``), and the next job is under the fault
``other_form``.
"""

from __future__ import annotations

from providers.sandbox._app import create_app, emulators
from providers.sandbox._faults import Fault, FaultPlan
from providers.sandbox._jobs import JobTimes, Order, Phase, SimJob
from providers.sandbox._tempo import Tempo
from providers.sandbox._world import World

__all__ = ["Fault", "FaultPlan", "JobTimes", "Order", "Phase", "SimJob", "Tempo", "World", "create_app", "emulators"]
