"""A clock that is put forward by hand, and a worker who does what is due by it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from integrations.automations.models import Delivery, Destination, SampleMessage
from integrations.automations.services import make_destination
from integrations.automations.tasks import deliver, digest, send_test_message
from integrations.triggers.models import Event, Trigger
from integrations.triggers.registry import tell_above
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from portal.work.claims import lease
from portal.work.models import DueModel
from tests.factories import make_event, make_trigger

TASKS: dict[type[DueModel], Callable[..., Any]] = {Delivery: deliver, Destination: digest, SampleMessage: send_test_message}
_position = count(1)


@dataclass
class Clock:
    """What `timezone.now` says."""

    moment: datetime

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **parts: float) -> None:
        self.moment += timedelta(**parts)


@dataclass
class Office:
    """An organization with a person in it, a trigger, and the worker who delivers."""

    organization: Organization
    person: User
    clock: Clock
    trigger: Trigger = field(init=False)

    def __post_init__(self) -> None:
        with scope(self.organization.id):
            self.trigger = make_trigger()

    def webhook(self, url: str, **fields: Any) -> tuple[Destination, str]:
        """A webhook that takes everything, and its secret."""
        with scope(self.organization.id):
            destination = Destination(name="Our webhook", kind=Destination.Kind.WEBHOOK, url=url, takes_everything=True, **fields)
            return destination, make_destination(destination, [], self.person)

    def mailbox(self, **fields: Any) -> Destination:
        """Mail that tells of everything."""
        with scope(self.organization.id):
            given = {"name": "Our mail", "addresses": ["team@example.com"], "takes_everything": True}
            destination = Destination(kind=Destination.Kind.EMAIL, **given | fields)
            make_destination(destination, [], self.person)
            return destination

    def tell(self, *titles: str, trigger: Trigger | None = None, **fields: Any) -> list[Event]:
        """Events one after another, told as a trigger tells them. A title `a2` is about the record a."""
        with scope(self.organization.id):
            events = [self._event(title, trigger or self.trigger, fields) for title in titles]
            tell_above(events)
            return events

    def _event(self, title: str, trigger: Trigger, fields: dict[str, Any]) -> Event:
        position = next(_position)
        given = {
            "key": f"project/{title}/{position}",
            "remote_id": title[0],
            "title": title,
            "position": position,
            "happened_at": self.clock(),
        }
        return make_event(trigger, **given | fields)

    def work(self) -> int:
        """One round of all that is due now; gives how much it was."""
        due = [(model, pk) for model in TASKS for pk in self._due(model)]
        for model, pk in due:
            self.work_on(model, pk)
        return len(due)

    def work_until(self, **parts: float) -> None:
        """Goes from one due moment to the next for so long; the clock stands at the end of it then."""
        end = self.clock() + timedelta(**parts)
        while (moment := self._next()) is not None and moment <= end:
            self.clock.moment = max(moment, self.clock.moment)
            self.work()
        self.clock.moment = end

    def work_on(self, model: type[DueModel], pk: uuid.UUID) -> None:
        """One message of the sweep, as a worker takes it."""
        claim = uuid.uuid4()
        with scope(self.organization.id):
            model.objects.filter(pk=pk).update(claim=claim, claimed_until=self.clock() + lease())
        TASKS[model](str(self.organization.id), str(pk), str(claim))

    def deliveries(self, **fields: Any) -> list[Delivery]:
        with scope(self.organization.id):
            return list(Delivery.objects.filter(**fields).select_related("event").order_by("position", "id"))

    def states(self) -> dict[str, str]:
        """The state of each delivery, by the title of its event."""
        return {each.event.title: each.state for each in self.deliveries()}

    def now(self, destination: Destination) -> Destination:
        """A destination as it stands now."""
        with scope(self.organization.id):
            return Destination.objects.get(pk=destination.pk)

    def does(self, service: Callable[..., Any], *given: Any) -> Any:
        """What a page does: a service, by the person."""
        with scope(self.organization.id):
            return service(*given, self.person)

    def _due(self, model: type[DueModel]) -> Sequence[uuid.UUID]:
        with scope(self.organization.id):
            rows = model.objects.filter(due_at__lte=timezone.now()).exclude(claimed_until__gt=timezone.now())
            return list(rows.order_by("due_at", "id").values_list("pk", flat=True))

    def _next(self) -> datetime | None:
        return min((moment for model in TASKS for moment in self._moments(model)), default=None)

    def _moments(self, model: type[DueModel]) -> list[datetime]:
        with scope(self.organization.id):
            rows = model.objects.filter(due_at__isnull=False)
            return list(rows.values_list(Greatest("due_at", Coalesce(F("claimed_until"), "due_at")), flat=True))
