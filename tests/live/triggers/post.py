"""An organization that watches both trackers: a portal that can be reached, a worker, and every trigger that there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.records.models import RecordList
from integrations.triggers.models import Event, Subscription, Trigger
from integrations.triggers.services import watch
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from portal.work.claims import wake
from tests.live.services import Services
from tests.live.triggers.happenings import Case, Prepared
from tests.live.world import World

LONG = 60  # minutes between two looks: what comes sooner was brought by a webhook
A_WHILE = timedelta(hours=2)
PATIENCE = 120.0


@dataclass
class Post:
    """Where one watches from. Each question opens a scope of its own, so that it sees what the workers have committed."""

    services: Services
    organization: Organization
    world: World
    triggers: dict[tuple[str, str], Trigger] = field(default_factory=dict)

    # --- Setting up ---------------------------------------------------------------------------------------------------

    def watch_everything(self, cases: Iterable[Case]) -> None:
        """A trigger for each watch, which looks once an hour; waits until each has taken its ground."""
        with scope(self.organization.pk):
            connections = {each.provider: each for each in Connection.objects.all()}
            for case in cases:
                key = (case.provider, case.watch.name)
                if key not in self.triggers:
                    self.triggers[key] = watch(connections[case.provider], case.watch.name, None, minutes=LONG)
        self.services.until("every trigger has looked", lambda: self._have_looked(), PATIENCE)

    def _have_looked(self) -> bool:
        with scope(self.organization.pk):
            return not Trigger.live.filter(watermark_at=None).exists()

    def wait_for_webhooks(self) -> None:
        self.services.until("every webhook is active", self._are_active, PATIENCE)

    def _are_active(self) -> bool:
        with scope(self.organization.pk):
            states = set(Subscription.objects.values_list("state", flat=True))
        return states == {Subscription.State.ACTIVE}

    @contextmanager
    def no_deliveries(self) -> Iterator[None]:
        """Whatever webhooks are sent gets lost."""
        self.world.switch(webhooks_dropped=1)
        yield
        self.world.switch(webhooks_dropped=0)

    @contextmanager
    def doubled_deliveries(self) -> Iterator[None]:
        """Each is sent twice, and they come in another order."""
        self.world.switch(webhooks_doubled=1, webhooks_reordered=1)
        yield
        self.world.switch(webhooks_doubled=0, webhooks_reordered=0)

    # --- What happens -------------------------------------------------------------------------------------------------

    def prepare(self, cases: Iterable[Case], reason: str) -> dict[str, Prepared]:
        """Makes what has to stand there before, and lets every trigger see it."""
        prepared = {str(case): case.happening.prepare(self.world, f"{case} {reason}") for case in cases}
        self.look()
        return prepared

    def look(self) -> None:
        """The interval of every trigger passes, and it looks again."""
        asked_at = timezone.now()
        self.make_due()
        self.services.until("every trigger has looked", lambda: self._has_looked_since(asked_at), PATIENCE)

    def make_due(self) -> None:
        self.let_time_pass()
        with scope(self.organization.pk):
            Trigger.live.update(due_at=timezone.now())
        wake()

    def let_time_pass(self) -> None:
        """Every look, of whomever, is a while ago."""
        with scope(self.organization.pk):
            RecordList.objects.update(whole_at=F("whole_at") - A_WHILE)
            Trigger.live.update(polled_at=F("polled_at") - A_WHILE)

    def _has_looked_since(self, since: datetime) -> bool:
        with scope(self.organization.pk):
            triggers = list(Trigger.live.all())
        assert not (problems := {each.watch: each.problem for each in triggers if each.problem}), problems
        return all(each.watermark_at and each.watermark_at > since and not each.is_being_worked_on for each in triggers)

    def told(self, case: Case, remote_id: str) -> list[tuple[str, str]]:
        """Kind and way of each event that the case's trigger told of a record, of the kind of the case."""
        trigger = self.triggers[case.provider, case.watch.name]
        with scope(self.organization.pk):
            events = Event.objects.filter(trigger=trigger, remote_id=remote_id, kind=case.happening.kind)
            return list(events.values_list("kind", "via"))

    def wait_until_told(self, cases: Iterable[Case], happened: dict[str, str]) -> None:
        """`happened`: the id of the record for each case."""
        waiting = list(cases)

        def all_told() -> bool:
            waiting[:] = [case for case in waiting if not self.told(case, happened[str(case)])]
            return not waiting

        self.services.until("everything that happened is told", all_told, PATIENCE)
