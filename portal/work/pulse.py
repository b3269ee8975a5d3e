"""The pulse of a worker: its main process shows that it lives, whatever its children are busy with.

It beats only while the worker takes messages from its queues, so one that has lost its broker falls silent too.
"""

from __future__ import annotations

from typing import Any

import structlog
from celery import Celery
from celery.bootsteps import StartStopStep
from django.conf import settings
from django.db import DatabaseError, connection

from portal.work.heartbeats import beat_heart

PULSE = 10.0  # seconds

log = structlog.get_logger(__name__)


class Pulse(StartStopStep):
    """A step of the worker's consumer: it starts when messages are taken, and stops with that."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self.entry: Any = None

    def start(self, consumer: Any) -> None:
        names = hearts_of(consumer.app)
        beat_all(names)
        self.entry = consumer.timer.call_repeatedly(PULSE, beat_all, (names,))

    def stop(self, consumer: Any) -> None:
        if self.entry is not None:
            self.entry.cancel()
            self.entry = None


def hearts_of(app: Celery) -> list[str]:
    """The heartbeats that stand for the queues that this worker serves."""
    names = {settings.CELERY_TASK_DEFAULT_QUEUE: "worker", settings.LONG_QUEUE: "worker-long"}
    return [names[queue] for queue in app.amqp.queues.consume_from if queue in names]


def beat_all(names: list[str]) -> None:
    """Leaves no database connection open: children that are forked meanwhile must not inherit one that is in use."""
    try:
        for name in names:
            beat_heart(name)
    except DatabaseError as error:
        log.warning("a heartbeat could not be written", reason=type(error).__name__)
    finally:
        connection.close()
