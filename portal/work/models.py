"""Rows that have something to do, and the heartbeats of those who do it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

from django.apps import apps
from django.db import models
from django.utils import timezone

from portal.organizations.tenancy import TenantRecord
from portal.work.episodes import Episode

LONGEST_WAIT = timedelta(hours=1)


class DueModel(TenantRecord):
    """A row that a task has to work on at `due_at`. The sweep claims it; the claim ends with the work or when `claimed_until` has
    passed.
    """

    due_at = models.DateTimeField(null=True, blank=True)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False, help_text="In a row, since it last went well.")

    task_name: ClassVar[str]
    together: ClassVar[str] = "id"
    """The column by which claimed rows of an organization travel in one message: its task is then given a list of ids and claims. By
    default each row has a message of its own, and the task is given the id and the claim.
    """

    class Meta:
        abstract = True

    @classmethod
    def travels_alone(cls) -> bool:
        return cls.together == DueModel.together

    @property
    def is_being_worked_on(self) -> bool:
        return self.claimed_until is not None and self.claimed_until > timezone.now()

    def next_try(self) -> datetime:
        """When to try again after one more failure: 15 seconds, doubling up to an hour."""
        wait: timedelta = min(timedelta(seconds=15) * 2**self.failures if self.failures < 10 else LONGEST_WAIT, LONGEST_WAIT)
        return timezone.now() + wait


def due_models() -> Iterator[type[DueModel]]:
    return (model for model in apps.get_models() if issubclass(model, DueModel))


class Heartbeat(models.Model):
    """When a process last showed that it lives."""

    name = models.CharField(max_length=32, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Outage(Episode):
    """A stretch in which a process of the portal gave no sign of life. It belongs to nobody: the operators are told of it."""

    id = models.BigAutoField(primary_key=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("key",), condition=models.Q(ended_at=None), name="one_open_outage"),)
