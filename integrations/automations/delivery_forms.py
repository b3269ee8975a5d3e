"""What people fill in about a destination: one form for each kind."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from integrations.automations.delivery_words import hour_words
from integrations.automations.models import Destination
from integrations.automations.services import RefusedAddress, check_address
from integrations.triggers.models import Trigger
from portal.organizations.models import Membership

MOST_ADDRESSES = 50
EVERYTHING, CHOSEN = "everything", "chosen"
TAKES = [(EVERYTHING, "Every trigger, also those made later"), (CHOSEN, "Only these triggers")]
BETWEEN_ADDRESSES = re.compile(r"[\s,;]+")


class TriggersField(forms.ModelMultipleChoiceField[Trigger]):
    """Some of the organization's triggers, each with the connection that it watches; most names say it already."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Trigger) -> str:
        return str(obj) if obj.connection.name in obj.name else f"{obj} · {obj.connection}"


class DestinationForm(forms.ModelForm[Destination]):
    """What every destination has: a name, and whose events it takes."""

    takes = forms.ChoiceField(label="Takes the events of", choices=TAKES, initial=EVERYTHING, widget=forms.RadioSelect)
    triggers = TriggersField(label="Triggers", queryset=None, required=False)

    class Meta:
        model = Destination
        fields: tuple[str, ...] = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["triggers"]
        assert isinstance(field, TriggersField)
        field.queryset = Trigger.live.select_related("connection").order_by("name")
        if not self.instance._state.adding:
            self._begin_with(self.instance)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("takes") == CHOSEN and not cleaned.get("triggers") and "triggers" not in self.errors:
            self.add_error("triggers", "Choose at least one trigger, or let it take the events of every one.")
        self.instance.takes_everything = cleaned.get("takes") == EVERYTHING
        return cleaned

    @property
    def chosen_triggers(self) -> list[Trigger]:
        """Those whose events are routed there by name: none where it takes everything."""
        return [] if self.instance.takes_everything else list(self.cleaned_data["triggers"])

    def _begin_with(self, destination: Destination) -> None:
        self.initial["takes"] = EVERYTHING if destination.takes_everything else CHOSEN
        self.initial["triggers"] = list(Trigger.live.filter(routes__destination=destination).values_list("pk", flat=True))


class WebhookForm(DestinationForm):
    """A webhook of the organization's own."""

    url = forms.CharField(
        label="Address",
        max_length=500,
        help_text="Begins with https:// and can be reached from the internet. Events are sent there as POST requests, signed.",
        widget=forms.URLInput(attrs={"placeholder": "https://", "spellcheck": "false", "autocapitalize": "none"}),
    )
    field_order = ("name", "url", "takes", "triggers")

    class Meta(DestinationForm.Meta):
        fields = ("name", "url")

    def clean_url(self) -> str:
        """Only what can be seen without asking anybody: where the name leads is looked at before each delivery."""
        url = str(self.cleaned_data["url"])
        try:
            check_address(url)
        except RefusedAddress as refusal:
            raise ValidationError(str(refusal)) from refusal
        return url


class EmailForm(DestinationForm):
    """Mails to members and to other addresses."""

    members = forms.MultipleChoiceField(label="Members", required=False, widget=forms.CheckboxSelectMultiple)
    others = forms.CharField(
        label="Other addresses",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"}),
        help_text="One on each line.",
    )
    hour = forms.TypedChoiceField(
        label="At",
        coerce=int,
        choices=[(hour, hour_words(hour)) for hour in range(24)],
        help_text="For the mail of the day, in the organization's time zone.",
    )
    field_order = ("name", "members", "others", "rhythm", "hour", "takes", "triggers")

    class Meta(DestinationForm.Meta):
        fields = ("name", "rhythm", "hour")
        labels = {"rhythm": "How often"}
        widgets = {"rhythm": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [membership.user for membership in Membership.objects.select_related("user").order_by("user__name", "user__email")]
        field = self.fields["members"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(person.email, f"{person} · {person.email}") for person in people]
        if not self.instance._state.adding:
            self._begin_with_addresses({person.email for person in people}, self.instance.addresses)

    def clean_others(self) -> list[str]:
        addresses = [each for each in BETWEEN_ADDRESSES.split(self.cleaned_data["others"]) if each]
        if wrong := [each for each in addresses if not _is_address(each)]:
            raise ValidationError(f"Not an e-mail address: {', '.join(wrong[:5])}.")
        return addresses

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        addresses = _distinct([*cleaned.get("members", []), *cleaned.get("others", [])])
        if not addresses and not {"members", "others"} & self.errors.keys():
            self.add_error("others", "Choose a member, or write an address.")
        if len(addresses) > MOST_ADDRESSES:
            self.add_error("others", f"These are {len(addresses)} addresses; {MOST_ADDRESSES} are the most. Use a mailing list.")
        self.instance.addresses = addresses
        return cleaned

    def _begin_with_addresses(self, members: Collection[str], addresses: Iterable[str]) -> None:
        self.initial["members"] = [each for each in addresses if each in members]
        self.initial["others"] = "\n".join(each for each in addresses if each not in members)


FORMS: dict[str, type[DestinationForm]] = {Destination.Kind.WEBHOOK: WebhookForm, Destination.Kind.EMAIL: EmailForm}
"""The form of each kind of destination."""


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _distinct(addresses: Iterable[str]) -> list[str]:
    """Each once, however it is written, in the order in which they were given."""
    found: dict[str, str] = {}
    for each in addresses:
        found.setdefault(each.lower(), each)
    return list(found.values())
