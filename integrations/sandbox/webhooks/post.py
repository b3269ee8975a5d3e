"""Sends deliveries in the background: in order for each webhook, a few times where they do not arrive, and as odd as the switches say."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from integrations.sandbox import moments
from integrations.sandbox.switches import Switches

PAUSES = (0.2, 1.0)
"""Seconds after which a delivery that failed is tried once more."""
PATIENCE = 10
"""Seconds that a receiver may take to answer."""
GATHERING = 0.3
"""Seconds in which deliveries gather that are sent latest first."""
LENGTH = 5_000


def _is_success(answer: httpx.Response) -> bool:
    return answer.is_success


def _nothing() -> None:
    """Do nothing about a delivery that never arrived."""


@dataclass(eq=False)
class Delivery:
    """One request to the address of a webhook, and what came of it."""

    webhook: str
    service: str
    event: str
    url: str
    content: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "delivery"
    """delivery, handshake, or forged."""
    is_accepted: Callable[[httpx.Response], bool] = _is_success
    when_failed: Callable[[], None] = _nothing
    pauses: tuple[float, ...] = PAUSES
    number: int = 0
    at: str = field(default_factory=moments.written_now)
    state: str = "waiting"
    """waiting, held, dropped, delivered, failed."""
    answers: list[dict[str, Any]] = field(default_factory=list)
    failures: int = 0

    def shown(self) -> dict[str, Any]:
        """Return what was sent and answered."""
        told = ("number", "at", "service", "webhook", "kind", "event", "url", "headers", "state", "answers")
        return {**{name: getattr(self, name) for name in told}, "content": self.content.decode("utf-8", "replace")}


class Post:
    """The deliveries of one sandbox. Everything is forgotten when it stops."""

    def __init__(self, switches: Callable[[], Switches]) -> None:
        """Begin without any delivery; the switches are asked for at each."""
        self._switches = switches
        self._numbers = count(1)
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._queues: dict[str, deque[Delivery]] = {}
        self._held: list[Delivery] = []
        self.log: deque[Delivery] = deque(maxlen=LENGTH)

    def take(self, delivery: Delivery) -> None:
        """Send a delivery, or lose it, hold it back or turn it round with its neighbours, as the switches say."""
        self._note(delivery)
        switches = self._switches()
        if switches.webhooks_dropped:
            delivery.state = "dropped"
        elif switches.webhooks_held:
            self._hold(delivery)
        elif switches.webhooks_reordered:
            self._hold(delivery)
            self._begin(self._let_go_soon())
        else:
            self.send(delivery)

    def take_at_once(self, delivery: Delivery) -> None:
        """Send a delivery whatever the switches say."""
        self._note(delivery)
        self._enqueue(delivery)

    def let_go(self) -> None:
        """Send what was held back."""
        held, self._held = self._held, []
        for delivery in reversed(held) if self._switches().webhooks_reordered else held:
            self.send(delivery)

    def send(self, delivery: Delivery) -> None:
        """Send a delivery, also one that was sent before."""
        delivery.state, delivery.failures = "waiting", 0
        for _ in range(2 if self._switches().webhooks_doubled else 1):
            self._enqueue(delivery)

    def forget(self) -> None:
        """Forget every delivery, also those that are on their way."""
        for task in self._tasks:
            task.cancel()
        self._queues, self._held = {}, []
        self.log.clear()

    def _note(self, delivery: Delivery) -> None:
        delivery.number = next(self._numbers)
        self.log.append(delivery)

    def _hold(self, delivery: Delivery) -> None:
        delivery.state = "held"
        self._held.append(delivery)

    async def _let_go_soon(self) -> None:
        await asyncio.sleep(GATHERING)
        if not self._switches().webhooks_held:
            self.let_go()

    def _enqueue(self, delivery: Delivery) -> None:
        if delivery.webhook not in self._queues:
            self._queues[delivery.webhook] = deque()
            self._begin(self._work_off(delivery.webhook, self._queues[delivery.webhook]))
        self._queues[delivery.webhook].append(delivery)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work_off(self, webhook: str, queue: deque[Delivery]) -> None:
        """Send what waits for one webhook, one after the other, so that it arrives as it happened."""
        while queue:
            await self._try(queue.popleft())
        del self._queues[webhook]

    async def _try(self, delivery: Delivery) -> None:
        at = moments.written_now()
        try:
            answer = await self._http().post(delivery.url, content=delivery.content, headers=delivery.headers)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            delivery.answers.append({"at": at, "status": 0, "error": f"{type(error).__name__}: {error}"})
            self._failed(delivery)
            return
        delivery.answers.append({"at": at, "status": answer.status_code, "error": ""})
        if delivery.is_accepted(answer):
            delivery.state = "delivered"
        else:
            self._failed(delivery)

    def _failed(self, delivery: Delivery) -> None:
        delivery.failures += 1
        if delivery.failures <= len(delivery.pauses):
            self._begin(self._again(delivery, delivery.pauses[delivery.failures - 1]))
        elif delivery.state != "delivered":
            delivery.state = "failed"
            delivery.when_failed()

    async def _again(self, delivery: Delivery, pause: float) -> None:
        await asyncio.sleep(pause)
        self._enqueue(delivery)

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=PATIENCE, trust_env=False)
        return self._client
