"""The watch: a thread of the web process that notices what fell silent. It needs neither worker nor beat nor broker.

Every web process has one. About twice a minute one of them, whoever gets the lock, goes all rounds.
"""

from __future__ import annotations

import atexit
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from portal.work.heartbeats import beat_heart

PAUSE = 30.0  # seconds
SPACING = timedelta(seconds=20)  # between rounds of different processes
PATIENCE = 15.0  # seconds: a mail may be on its way when the process ends, for as long as EMAIL_TIMEOUT allows
LOCK = zlib.crc32(b"timebridge.watch")

Round = Callable[[datetime], None]
rounds: list[Round] = []
"""What is looked after, in this order. Parts fill the list in `AppConfig.ready`. A round is called outside of any transaction."""

log = structlog.get_logger(__name__)


class Watch(threading.Thread):
    """Goes rounds until it is ended."""

    def __init__(self, pause: float = PAUSE) -> None:
        super().__init__(name="watch", daemon=True)
        self.pause = pause
        self._is_over = threading.Event()

    def run(self) -> None:
        while not self._is_over.is_set():
            look_around()
            self._is_over.wait(self.pause)

    def end(self) -> None:
        """Lets it finish what it is at. A thread that the interpreter cuts off while it talks to the database could take it down."""
        self._is_over.set()
        self.join(PATIENCE)


def start_watch() -> Watch:
    """Starts the watch of this process; it ends with the process."""
    watch = Watch()
    watch.start()
    atexit.register(watch.end)
    return watch


def look_around() -> None:
    """All rounds, if it is our turn. Whatever goes wrong is logged, and tried again next time: the web process must not suffer."""
    try:
        with _turn() as is_ours:
            if is_ours:
                _go_rounds()
    except Exception:  # a database that is away, most of all
        log.exception("the watch could not go its rounds")
    finally:
        connection.close()


def _go_rounds() -> None:
    beat_heart("watch")
    for each in rounds:
        try:
            each(timezone.now())
        except Exception:  # the other rounds do not depend on it
            log.exception("a round of the watch broke off", round=each.__name__)
    beat_heart("watch")


@contextmanager
def _turn() -> Iterator[bool]:
    """Whether it is our turn: nobody else is at it, or was a moment ago. Held until the block ends; a process that dies lets go of it."""
    if not _locked():
        yield False
        return
    try:
        yield not _was_done()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _was_done() -> bool:
    from portal.work.models import Heartbeat

    ages = Heartbeat.objects.filter(name="watch").annotate(age=Now() - F("seen_at")).values_list("age", flat=True)
    return any(timedelta() <= age < SPACING for age in ages)
