"""Signs of life. The worker's heart beats with each sweep that it runs, beat's with each message that it sends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from celery.signals import beat_init, before_task_publish
from django.utils import timezone

HEARTBEAT_LIFE = timedelta(seconds=30)


def beat_heart(name: str) -> None:
    from portal.work.models import Heartbeat

    Heartbeat.objects.update_or_create(name=name, defaults={"seen_at": timezone.now()})


def is_alive(name: str) -> bool:
    from portal.work.models import Heartbeat

    return Heartbeat.objects.filter(name=name, seen_at__gte=timezone.now() - HEARTBEAT_LIFE).exists()


@beat_init.connect
def watch_beat(**_: Any) -> None:
    before_task_publish.connect(beat_sent, weak=False)


def beat_sent(**_: Any) -> None:
    beat_heart("beat")
