"""Works batches off in the background, a step at a time, so that other calls go on meanwhile."""

import asyncio
from typing import Final

from source_destination_mailchimp.sandbox.account.batches import OPERATIONS_PER_STEP, Batches, Perform, advance
from source_destination_mailchimp.sandbox.account.store import Store
from source_destination_mailchimp.sandbox.control.traffic import Traffic

STEP_SECONDS: Final = 0.005
WORKERS: Final = 10  # operations of one batch that run at once when calls are slow


class BatchWorker:
    """Runs only while there is something to do."""

    def __init__(self, store: Store, traffic: Traffic, perform: Perform) -> None:
        self._store = store
        self._traffic = traffic
        self._perform = perform
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Look whether there is work; called after every request."""
        batches = self._store.room(Batches)
        if batches.jobs and (self._task is None or self._task.done()) and not batches.held and batches.unfinished():
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        while True:
            batches = self._store.room(Batches)
            waiting = [] if batches.held else batches.unfinished()
            if not waiting:
                return
            seconds = self._traffic.latency.ms / 1000 * OPERATIONS_PER_STEP / WORKERS
            await asyncio.sleep(max(STEP_SECONDS, seconds))
            for job in waiting:
                advance(job, self._perform, self._store.clock.now())
                await asyncio.sleep(0)
