"""Those that ``tests.benchmarks`` compares, each run in a process of its own: ``python -m tests.contenders NAME ...``.

All make the same clips from the same text at the same sandbox and store them. Printed is a JSON object: CPU seconds of
this process and of those it started, and when each job's end was seen (epoch seconds, by the gateway's job id).
"""

from __future__ import annotations

import asyncio
import cProfile
import json
import os
import random
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import providers
from comparisons.engine.latency_model import STARTING, refit
from comparisons.engine.poll_interval import jittered, next_gap
from comparisons.runs.compare import MAX_REPEATS
from comparisons.settings._settings import read
from providers import PROVIDERS
from tests import spent
from tests.bench_scale import Bench

PROMPT = "A paper boat drifts across a puddle. [Push in]"
KEY = "a-key-of-the-sandbox"
RUNNINGHUB, ODIROUTER = "minimax/hailuo-2.3/t2v-standard", "minimax_hailuo_23_t2v"
BARE_POLL_S = 2.0
Seen = dict[str, float]
SPENT: dict[str, float] = {}
"""What the time of a profiled one went to."""
Contender = Callable[[str, int, Path], Awaitable[Seen]]


async def runninghub_sdk(url: str, jobs: int, folder: Path) -> Seen:
    """The vendor's client as it comes: asynchronous, a poll every 2 s."""
    from runninghub_sdk import RunningHubClient

    seen: Seen = {}
    async with RunningHubClient(api_key=KEY, base_url=url) as client:

        async def one(number: int) -> None:
            task = await client.async_run_model_api(
                RUNNINGHUB, {"prompt": PROMPT, "enablePromptExpansion": False, "duration": "6"}
            )
            done = await client.async_wait_for_query_v2_completion(task.task_id)
            seen[task.task_id] = time.time()
            await client.async_download_file(done.results[0]["url"], folder / f"{number}.mp4")

        await asyncio.gather(*[one(number) for number in range(jobs)])
    return seen


async def seacloud_sdk(url: str, jobs: int, folder: Path) -> Seen:
    """The queue's official client as it comes: a poll after 0, 2, 4, 8 and then every 10 s. It downloads nothing."""
    import httpx
    from seacloud_sdk import SeaCloud
    from seacloud_sdk.core.default_base_urls import DEFAULT_BASE_URLS

    DEFAULT_BASE_URLS.update(dict.fromkeys(DEFAULT_BASE_URLS, url))
    client, seen = SeaCloud(api_key=KEY), Seen()
    async with httpx.AsyncClient() as files:

        async def one(number: int) -> None:
            result = await client.run_sync(ODIROUTER, {"prompt": PROMPT, "duration": 6})
            seen[str(result["id"])] = time.time()
            reply = await files.get(result["output"]["urls"][0])
            (folder / f"{number}.mp4").write_bytes(reply.content)

        await asyncio.gather(*[one(number) for number in range(jobs)])
    return seen


class Pace:
    """When a bare loop asks: every 2 s, or at the moments at which Takes would, by the jobs that were seen before."""

    def __init__(self, folder: Path, adaptive: bool) -> None:
        self._file = folder / "latencies.json"
        self.seen: list[float] = json.loads(self._file.read_text()) if self._file.exists() else []
        self._adaptive = adaptive
        self._prior = refit(STARTING, self.seen)  # once: the floor does not pay for learning
        self._rng = random.Random(1)

    async def wait(self, began: float) -> None:
        age, gap = time.monotonic() - began, BARE_POLL_S
        if self._adaptive:
            gap = jittered(next_gap(age, self._prior), self._rng)
        await asyncio.sleep(gap)

    def over(self, began: float) -> None:
        self.seen.append(time.monotonic() - began)

    def keep(self) -> None:
        self._file.write_text(json.dumps(self.seen))


async def _bare_runninghub(url: str, jobs: int, folder: Path, adaptive: bool) -> Seen:
    import aiohttp

    seen, pace = Seen(), Pace(folder, adaptive)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask(path: str, body: dict) -> dict:
            async with session.post(f"{url}/openapi/v2/{path}", json=body) as reply:
                return await reply.json()

        async def one(number: int) -> None:
            job = (await ask(RUNNINGHUB, {"prompt": PROMPT, "enablePromptExpansion": False, "duration": "6"}))["taskId"]
            began = time.monotonic()
            while True:
                await pace.wait(began)
                state = await ask("query", {"taskId": job})
                if state["status"] == "SUCCESS":
                    break
            seen[job] = time.time()
            pace.over(began)
            async with session.get(state["results"][0]["url"]) as clip:
                (folder / f"{number}.mp4").write_bytes(await clip.read())

        await asyncio.gather(*[one(number) for number in range(jobs)])
    pace.keep()
    return seen


async def _bare_odirouter(url: str, jobs: int, folder: Path, adaptive: bool) -> Seen:
    import aiohttp

    seen, pace = Seen(), Pace(folder, adaptive)
    queue = f"{url}/model/v1/queue/{ODIROUTER}"
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=0)) as session:

        async def get(path: str) -> dict:
            async with session.get(f"{queue}/requests/{path}") as reply:
                return await reply.json()

        async def one(number: int) -> None:
            async with session.post(queue, json={"prompt": PROMPT, "duration": 6}) as reply:
                job = (await reply.json())["request_id"]
            began = time.monotonic()
            while True:
                await pace.wait(began)
                if (await get(f"{job}/status"))["status"].upper() == "COMPLETED":
                    break
            seen[job] = time.time()
            pace.over(began)
            said = await get(f"{job}/response")
            (output,) = said["outputs"] if "outputs" in said else said["output"][0]["content"]
            async with session.get(output["url"]) as clip:
                (folder / f"{number}.mp4").write_bytes(await clip.read())

        await asyncio.gather(*[one(number) for number in range(jobs)])
    pace.keep()
    return seen


async def bare_runninghub(url: str, jobs: int, folder: Path) -> Seen:
    """The floor: the same requests at the same moments in a loop of aiohttp, no ledger, no retry, no check."""
    return await _bare_runninghub(url, jobs, folder, adaptive=True)


async def bare_odirouter(url: str, jobs: int, folder: Path) -> Seen:
    """The same for the queue."""
    return await _bare_odirouter(url, jobs, folder, adaptive=True)


async def lockstep_runninghub(url: str, jobs: int, folder: Path) -> Seen:
    """That loop with a poll every 2 s, of all jobs at once: they wake one processor together, and cost less each."""
    return await _bare_runninghub(url, jobs, folder, adaptive=False)


async def lockstep_odirouter(url: str, jobs: int, folder: Path) -> Seen:
    """The same for the queue."""
    return await _bare_odirouter(url, jobs, folder, adaptive=False)


async def takes_runninghub(url: str, jobs: int, folder: Path) -> Seen:
    """Takes: every step in the ledger first, polls by history, clips probed and given a poster."""
    return await asyncio.to_thread(_takes, "runninghub", f"runninghub:{RUNNINGHUB}", url, jobs, folder)


async def takes_odirouter(url: str, jobs: int, folder: Path) -> Seen:
    """The same for the queue."""
    return await asyncio.to_thread(_takes, "odirouter", f"odirouter:{ODIROUTER}", url, jobs, folder)


async def profiled_runninghub(url: str, jobs: int, folder: Path) -> Seen:
    """Takes once more, with its loop's processor time told apart."""
    return await asyncio.to_thread(_takes, "runninghub", f"runninghub:{RUNNINGHUB}", url, jobs, folder, spent.clock())


async def profiled_odirouter(url: str, jobs: int, folder: Path) -> Seen:
    """The same for the queue."""
    return await asyncio.to_thread(_takes, "odirouter", f"odirouter:{ODIROUTER}", url, jobs, folder, spent.clock())


def _takes(slug: str, ref: str, url: str, jobs: int, folder: Path, profile: cProfile.Profile | None = None) -> Seen:
    provider = PROVIDERS[slug]
    words = {"TAKES_HOME": str(folder), provider.base_url_env: url, provider.key_env: KEY}
    settings = read({**words, "TAKES_SANDBOX_SPEED": os.environ["TAKES_SANDBOX_SPEED"]}, folder / "none.env")
    bench = Bench(folder, settings, jobs, settings.sandbox_speed)
    variant = providers.find(ref, providers.variants())
    full, rest = divmod(jobs, MAX_REPEATS)
    runs = [bench.plan([variant], repeats) for repeats in (*[MAX_REPEATS] * full, rest) if repeats]
    if profile:
        bench.workers.call(_on_the_loop(profile.enable))
    bench.start(runs)
    bench.workers.settled(None, 3600.0)
    if profile:
        bench.workers.call(_on_the_loop(profile.disable))
        SPENT.update(spent.shares(profile))
    ended = [job for run in runs for job in bench.ledger.run(run.id).jobs]
    bench.close()
    return {job.handle.id: job.last("succeeded").at for job in ended}


async def _on_the_loop(act: Callable[[], None]) -> None:
    act()


def used(who: int) -> float:
    """CPU seconds of this process, or of those it started."""
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


NAMES: dict[str, Contender] = {
    each.__name__: each
    for each in (
        runninghub_sdk,
        seacloud_sdk,
        bare_runninghub,
        bare_odirouter,
        lockstep_runninghub,
        lockstep_odirouter,
        takes_runninghub,
        takes_odirouter,
        profiled_runninghub,
        profiled_odirouter,
    )
}


def main(name: str, url: str, jobs: str, folder: str) -> None:
    work = NAMES[name]
    Path(folder).mkdir(parents=True, exist_ok=True)
    before = used(resource.RUSAGE_SELF)
    seen = asyncio.run(work(url, int(jobs), Path(folder)))
    own, started = used(resource.RUSAGE_SELF) - before, used(resource.RUSAGE_CHILDREN)
    sys.stdout.write(json.dumps({"cpu_s": own, "started_s": started, "seen": seen, "spent": SPENT}))


if __name__ == "__main__":
    main(*sys.argv[1:])
