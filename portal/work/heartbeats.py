"""Signs of life of the processes that work behind the pages.

Each writes the moment of its last sign by the database's clock, and that clock says how long it is ago: clocks of different machines need
not agree. A sign that lies in the future was written before the clock was set back, and says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery.signals import beat_init, before_task_publish
from django.db.models import F
from django.db.models.functions import Now

HEARTBEAT_LIFE = timedelta(seconds=30)


@dataclass(frozen=True)
class Part:
    """A process, or a chain of them, that must show that it lives; and what to say where it does not. `needs` names what must live for it
    to: while that does not, it alone is told of.
    """

    name: str
    silence: str
    title: str
    text: str
    needs: tuple[str, ...] = ()
    life: timedelta = HEARTBEAT_LIFE

    @property
    def silence_words(self) -> str:
        """What `/healthz` answers while it gives no sign."""
        return f"{self.silence} in the last {self.life.total_seconds():.0f} s"


PARTS = (
    Part(
        "beat",
        "beat sent nothing",
        "The clock of the portal stands still",
        "The process “beat” does not run, so nobody looks for what is due: no looks, no deliveries, no syncs. Nothing is lost.",
    ),
    Part(
        "worker",
        "no worker of the quick queue gave a sign of life",
        "The quick worker does not run",
        "Triggers do not look, and nothing is delivered. Nothing is lost; all of it goes on when a worker serves the quick queue.",
    ),
    Part(
        "worker-long",
        "no worker of the long queue gave a sign of life",
        "The worker for long tasks does not run",
        "Nothing is synced, and no list is refreshed. Nothing is lost; all of it goes on when a worker serves the long queue.",
    ),
    Part(
        "sweep",
        "no sweep came to its end",
        "What is due is not handed out",
        "Beat and a worker run, but no sweep comes to its end: the queue is long, messages get lost, or it fails. The worker's log tells.",
        needs=("beat", "worker"),
        life=timedelta(minutes=2),
    ),
    Part(
        "watch",
        "nobody watched over the rest",
        "Nobody watches over the portal",
        "The watch of the web process does not go its rounds, so no mail tells when something falls silent. Its log says why.",
        life=timedelta(minutes=3),
    ),
)


def beat_heart(name: str) -> None:
    from portal.work.models import Heartbeat

    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": Now()})


def is_alive(name: str) -> bool:
    return all(part.name != name for part in silent_parts())


def silent_parts() -> list[Part]:
    """Every part that gives no sign of life. One query."""
    from portal.work.models import Heartbeat

    ages = dict(Heartbeat.objects.annotate(age=Now() - F("seen_at")).values_list("name", "age"))
    return [part for part in PARTS if not _is_fresh(ages.get(part.name), part)]


def dead_parts() -> list[Part]:
    """Those that are silent by themselves, and not because another one is."""
    silent = silent_parts()
    names = {part.name for part in silent}
    return [part for part in silent if not names.intersection(part.needs)]


def _is_fresh(age: timedelta | None, part: Part) -> bool:
    return age is not None and -HEARTBEAT_LIFE <= age <= part.life


@beat_init.connect
def watch_beat(**_: Any) -> None:
    before_task_publish.connect(beat_sent, weak=False)


def beat_sent(**_: Any) -> None:
    beat_heart("beat")
