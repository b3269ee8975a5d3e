"""What narrows the list of deliveries, and which of them are to be resent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from integrations.automations.models import Delivery, Destination
from integrations.automations.resending import ResendCount, count_resend
from integrations.triggers.models import Trigger
from portal.ui.words import moment_words

MOST_RESENT = 10_000
TYPED = "%Y-%m-%dT%H:%M"
LOOKUPS = {
    "destination": "destination",
    "trigger": "event__trigger",
    "state": "state",
    "since": "created_at__gte",
    "until": "created_at__lt",
}
NO_MOMENT = {"invalid": "This is no moment. Write it as 2026-11-21 09:41."}
UNKNOWN = {"invalid": "The address of this page names something that is not there.", "invalid_choice": "There is no such state."}


def _moment(label: str) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=TYPED)
    return forms.DateTimeField(label=label, required=False, widget=widget, error_messages=NO_MOMENT)


class DeliveryFilters(forms.Form):
    """What a person asked to see. Moments are read in the zone of the reader; what is filtered for and not there finds nothing."""

    destination = forms.UUIDField(required=False, error_messages=UNKNOWN)
    trigger = forms.UUIDField(required=False, error_messages=UNKNOWN)
    state = forms.ChoiceField(required=False, choices=[("", "Any"), *Delivery.State.choices], error_messages=UNKNOWN)
    since = _moment("From")
    until = _moment("Until")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until <= since:
            self.add_error("until", "This lies before the beginning. Choose a later moment.")
        return cleaned

    @property
    def chosen(self) -> Mapping[str, Any]:
        """What narrows the list, by the name of its filter."""
        return {name: value for name in LOOKUPS if (value := self.cleaned_data.get(name)) not in (None, "")}

    def narrow(self, deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Those that were asked for; none at all where the filters could not be read."""
        if not self.is_valid():
            return deliveries.none()
        return deliveries.filter(**{LOOKUPS[name]: value for name, value in self.chosen.items()})

    def as_hidden(self, until: datetime) -> dict[str, str]:
        """The filters as they travel in a form, exactly, with the end of the window."""
        exact = {name: value.isoformat() if isinstance(value, datetime) else str(value) for name, value in self.chosen.items()}
        return {**exact, "until": until.isoformat()}

    def query(self, without: Collection[str] = ()) -> str:
        """The filters as they stand in an address: moments to the minute and in the zone of the reader, as they are typed."""
        return urlencode({name: _as_typed(value) for name, value in self.chosen.items() if name not in without})

    def in_words(self) -> Iterator[tuple[str, str]]:
        """Each filter with what was chosen."""
        for name, value in self.chosen.items():
            label, words = TOLD[name]
            yield label, words(value)


@dataclass(frozen=True)
class Resending:
    """Exactly those deliveries that a person is about to resend, with how many they are. More than `MOST_RESENT` are not resent at once."""

    ids: Sequence[UUID]
    count: ResendCount
    until: datetime

    @property
    def seal(self) -> str:
        """Stands for exactly these deliveries: another set has another seal."""
        return hashlib.sha256(b"".join(each.bytes for each in self.ids)).hexdigest()

    @property
    def is_too_many(self) -> bool:
        return len(self.ids) > MOST_RESENT

    def accepts(self, seal: str) -> bool:
        """Whether what was shown under this seal is what would be resent now."""
        return bool(self.ids) and not self.is_too_many and seal == self.seal

    def deliveries(self) -> QuerySet[Delivery]:
        return Delivery.objects.filter(pk__in=self.ids)


def resending(filters: DeliveryFilters) -> Resending:
    """What would be resent by these filters, which have to be valid. The window ends now unless they say otherwise, so that what is made
    while the person reads does not belong to it.
    """
    until = filters.cleaned_data.get("until") or timezone.now()
    asked = filters.narrow(Delivery.objects.filter(destination__ended_at=None, created_at__lt=until))
    ids = list(asked.order_by("pk").values_list("pk", flat=True)[: MOST_RESENT + 1])
    return Resending(ids, count_resend(asked), until)


def _as_typed(value: Any) -> str:
    return timezone.localtime(value).strftime(TYPED) if isinstance(value, datetime) else str(value)


def _name_of_destination(key: UUID) -> str:
    return str(Destination.objects.filter(pk=key).first() or "not there")


def _name_of_trigger(key: UUID) -> str:
    return str(Trigger.objects.filter(pk=key).first() or "not there")


def _label_of_state(state: str) -> str:
    return Delivery.State(state).label


TOLD: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "destination": ("Destination", _name_of_destination),
    "trigger": ("Trigger", _name_of_trigger),
    "state": ("State", _label_of_state),
    "since": ("Made from", moment_words),
    "until": ("Made until", moment_words),
}
"""Each filter's label, and how what was chosen is told."""
