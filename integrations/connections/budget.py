"""The shared budget of calls: which bucket a connection takes from, how urgent a call is, and what a page says about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from functools import cached_property
from math import ceil
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from integrations.catalogue import OAuth, Provider, RateLimit
from integrations.connections import buckets
from integrations.connections.buckets import BucketState, Claim
from integrations.connections.issuers import client_id_for
from integrations.connections.models import Connection, Credential
from integrations.providers import all_providers
from integrations.transport.errors import OverBudget
from portal.organizations.models import Organization
from portal.organizations.scope import current_organization_id, scope
from portal.ui.words import duration_words

SPARED = 0.02  # of the limit, at least one call: what was granted may arrive late, and in a heap
LONGEST_CLOSING = 3600.0  # seconds; a provider that still minds will say so again
LIMIT = re.compile(r"([\w-]+)=([1-9]\d{0,8})/([1-9]\d{0,8})")
WINDOWS = {1: "a second", 60: "a minute", 3600: "an hour", 86400: "a day"}


class Urgency(Enum):
    """How urgent a call is, and so what it may take. The numbers are explained in docs/decisions/rate-budget.md."""

    INTERACTIVE = Claim(rank=3, own_part=0.90, urgent_part=0.10, room=1.00, borrowed=0.90)  # a person waits
    WRITE = Claim(rank=2, own_part=0.85, urgent_part=0.05, room=0.95, borrowed=0.80)  # a sync writes
    POLL = Claim(rank=1, own_part=0.75, urgent_part=0.00, room=0.90, borrowed=0.65)  # somebody looks in the background


@dataclass(frozen=True)
class Bucket:
    """What a connection's calls are counted against; `whose` says for a page what that is."""

    name: str
    limit: RateLimit
    provider_label: str
    whose: str

    @property
    def capacity(self) -> int:
        """How many calls we allow ourselves in a window: a little less than the provider does."""
        return max(1, self.limit.calls - max(1, ceil(self.limit.calls * SPARED)))

    @property
    def words(self) -> str:
        window = WINDOWS.get(self.limit.seconds) or f"in {duration_words(self.limit.seconds)}"
        return f"{self.limit.calls:,} calls {window}"


class Budget:
    """The limiter of one opened connection; see `transport.client.Limiter`."""

    def __init__(self, bucket: Bucket, organization_id: UUID, urgency: Urgency) -> None:
        self._bucket, self._organization_id, self._urgency = bucket, organization_id, urgency

    def take(self) -> None:
        """Takes one call. Raises `OverBudget` where there is none to take."""
        bucket = self._bucket
        pause = buckets.take(bucket.name, self._organization_id, bucket.capacity, bucket.limit.seconds, self._urgency.value)
        if pause:
            raise OverBudget(self._words(pause), retry_after=pause)

    def throttled(self, seconds: float | None) -> None:
        """Everybody keeps away; for a slice of the window where the provider does not say for how long."""
        pause = max(1.0, self._bucket.limit.seconds / buckets.SLICES) if seconds is None else seconds
        buckets.close(self._bucket.name, min(LONGEST_CLOSING, pause))

    def _words(self, pause: float) -> str:
        return (
            f"The budget for {self._bucket.provider_label} ({self._bucket.words}) is used up for the moment; "
            f"it goes on at {(timezone.now() + timedelta(seconds=pause)).astimezone(self._zone):%H:%M:%S %Z}."
        )

    @cached_property
    def _zone(self) -> ZoneInfo:
        """That of the organization, whose people read the words."""
        with scope(self._organization_id):
            return ZoneInfo(Organization.objects.get(pk=self._organization_id).time_zone)


def bucket_of(connection: Connection, credential: Credential) -> Bucket:
    """Where a connection's calls are counted: by what its provider declares, and by whom it is signed in. Needs a scope.

    A provider that counts for each application counts a personal token, which no application stands behind, for its account: that is
    our careful reading of Hubstaff's rule.
    """
    provider, sign_in = connection.declaration, connection.declared_sign_in
    name, whose = f"connection/{connection.pk}", "this connection alone"
    if provider.limit.per == "application" and isinstance(sign_in, OAuth):
        name, whose = f"application/{client_id_for(sign_in, credential.application)}", _application_words(credential)
    elif provider.limit.per == "application" and connection.account_id:
        name, whose = f"account/{connection.account_id}", f"the account of {connection.account_name or connection.account_id}"
    return Bucket(f"{provider.name}/{name}", limit_of(provider), provider.label, whose)


def _application_words(credential: Credential) -> str:
    return f"your own application ({credential.application.client_id})" if credential.application else "the application of this portal"


@dataclass(frozen=True)
class BudgetFacts:
    """How a connection's bucket stands, for its page."""

    bucket: Bucket
    state: BucketState

    @property
    def left(self) -> int:
        return max(0, self.bucket.capacity - self.state.used)

    @property
    def share(self) -> int:
        return self.bucket.capacity // self.state.organizations

    @property
    def others(self) -> int:
        """How many other organizations share it at the moment."""
        return self.state.organizations - 1

    @property
    def used_by_others(self) -> int:
        return self.state.used - self.state.own


def budget_facts(connection: Connection) -> BudgetFacts | None:
    """None where the connection is not signed in, or its provider is gone. Needs a scope."""
    credential = Credential.objects.filter(connection=connection).select_related("application").first()
    if credential is None or connection.provider not in all_providers():
        return None
    bucket = bucket_of(connection, credential)
    return BudgetFacts(bucket, buckets.state_of(bucket.name, current_organization_id(), bucket.limit.seconds))


def limit_of(provider: Provider) -> RateLimit:
    """The provider's limit, or the one that it granted the operator (`RATE_LIMITS`)."""
    for text in settings.RATE_LIMITS:
        name, calls, seconds = read_limit(text)
        if name == provider.name:
            return replace(provider.limit, calls=calls, seconds=seconds)
    return provider.limit


def read_limit(text: str) -> tuple[str, int, int]:
    """`hubstaff=2000/3600` as name, calls and seconds. Raises `ValueError` for anything else."""
    found = LIMIT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is not like hubstaff=2000/3600")
    name, calls, seconds = found.groups()
    return name, int(calls), int(seconds)
