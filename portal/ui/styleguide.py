"""Every component on one page, for those who build pages. Shown in development and in the demonstration only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.contrib.staticfiles import finders
from django.forms.formsets import BaseFormSet, formset_factory
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from portal.ui.icons import ICONS
from portal.ui.pages import page
from portal.ui.templatetags.ui import STATES

TOKEN = re.compile(r"--([\w-]+): (.+);")
COLOUR = re.compile(r"light-dark\((#\w+), (#\w+)\)")
BILLING = (("hours", "By the hour"), ("fixed", "Fixed price"), ("none", "Not billed"))
CLIENTS = (("", "No client"), ("north", "Northern Rail"), ("pine", "Pine & Partners"))
PEOPLE = (("ada", "Ada Brandt"), ("jon", "Jon Okafor"), ("mei", "Mei Tanaka"))


class SampleForm(forms.Form):
    """One field of every kind."""

    name = forms.CharField(label="Project name", max_length=80, help_text="As it shall be called on both sides.")
    mail = forms.EmailField(label="E-mail for notices", required=False)
    website = forms.URLField(label="Website", required=False, assume_scheme="https")
    secret = forms.CharField(label="API token", widget=forms.PasswordInput, help_text="You find it in the profile of your tracker.")
    budget = forms.DecimalField(label="Budget", required=False, help_text="In euros.")
    share = forms.IntegerField(label="Share", widget=forms.NumberInput(attrs={"type": "range", "min": 0, "max": 100}), required=False)
    begins = forms.DateField(label="Begins", widget=forms.DateInput(attrs={"type": "date"}))
    meeting = forms.TimeField(label="Daily meeting", widget=forms.TimeInput(attrs={"type": "time"}), required=False)
    due = forms.DateTimeField(label="Due", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), required=False)
    colour = forms.CharField(label="Colour", widget=forms.TextInput(attrs={"type": "color"}), initial="#0d6377", required=False)
    client = forms.ChoiceField(label="Client", choices=CLIENTS, required=False)
    tags = forms.MultipleChoiceField(label="Tags", choices=(("a", "Design"), ("b", "Research"), ("c", "Support")), required=False)
    billing = forms.ChoiceField(label="Billing", choices=BILLING, widget=forms.RadioSelect)
    people = forms.MultipleChoiceField(label="People", choices=PEOPLE, widget=forms.CheckboxSelectMultiple, required=False)
    file = forms.FileField(label="Brief", required=False)
    notes = forms.CharField(label="Notes", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    active = forms.BooleanField(label="Sync this project", help_text="Tasks and time travel as soon as it is linked.", required=False)
    notify = forms.BooleanField(
        label="Tell me by e-mail when it fails", widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}), required=False
    )


class MemberForm(forms.Form):
    """A row of the repeated rows."""

    person = forms.ChoiceField(choices=PEOPLE)
    rate = forms.DecimalField(label="Hourly rate", required=False)


def styleguide(request: HttpRequest) -> HttpResponse:
    """The page itself."""
    if not (settings.DEBUG or getattr(settings, "DEMONSTRATION", False)):
        raise Http404
    return page(request, "styleguide/index.html", _samples())


def colours() -> dict[str, tuple[str, str]]:
    """The colour tokens by name: light, dark."""
    pairs = ((name, COLOUR.fullmatch(value)) for name, value in tokens())
    return {name: (pair[1], pair[2]) for name, pair in pairs if pair}


def tokens() -> Iterator[tuple[str, str]]:
    """Name and value of every token in tokens.css."""
    found = finders.find("portal/tokens.css")
    for match in TOKEN.finditer(Path(str(found)).read_text()):
        yield match[1], match[2]


def _samples() -> dict[str, Any]:
    now = timezone.now()
    return {
        "colours": colours(),
        "spaces": [value for name, value in tokens() if name.startswith("space-")],
        "texts": [(name, value) for name, value in tokens() if name.startswith("text-")],
        "icons": sorted(ICONS),
        "states": list(STATES),
        "form": SampleForm(),
        "refused": _refused(),
        "members": _members(),
        "samples": [
            Message(messages.SUCCESS, "The project is linked."),
            Message(messages.INFO, "The sync has begun."),
            Message(messages.WARNING, "One person has no partner."),
            Message(messages.ERROR, "Hubstaff could not be reached."),
        ],
        "rows": _rows(),
        "now": now,
        "earlier": now - timedelta(minutes=4),
        "yesterday": now - timedelta(hours=30),
        "hours": [3, 5, 4, 8, 6, 0, 1, 7, 9, 6, 8, 5, 2, 7],
        "record": {"id": 88213, "name": "Website relaunch", "status": "active", "members": [4410, 4412]},
        "wizard": ["Name", "Connect", "Link", "Done"],
        "picker": _picker(),
    }


def _refused() -> SampleForm:
    return SampleForm({"name": "", "mail": "ada@", "begins": "2026-13-40", "billing": "barter"})


def _members() -> BaseFormSet[MemberForm]:
    return formset_factory(MemberForm, extra=0, can_delete=True)(
        initial=[{"person": "ada", "rate": 95}, {"person": "mei", "rate": 80}], prefix="members"
    )


def _messages() -> list[Message]:
    return [
        Message(messages.SUCCESS, "The project is linked."),
        Message(messages.INFO, "The sync has begun."),
        Message(messages.WARNING, "One person has no partner."),
        Message(messages.ERROR, "Hubstaff could not be reached."),
    ]


def _picker() -> dict[str, Any]:
    """As `ui/picker.html` wants it; the real one is made by who knows the records."""
    options = [{"id": value, "title": title, "is_chosen": value == "north"} for value, title in CLIENTS if value]
    found = {"name": "client_picked", "found": options, "blank": "any", "has_choice": True, "chosen": "Northern Rail", "is_cut": True}
    return {"id": "pick-client", "label": "Client", "find": "find_client", "url": "", "beside": "", "options": found}


def _rows() -> list[dict[str, Any]]:
    return [
        {"name": "Website relaunch", "client": "Northern Rail", "state": "ok", "word": "Linked", "seconds": 151_500},
        {"name": "Spring campaign", "client": "Pine & Partners", "state": "working", "word": "Syncing", "seconds": 64_020},
        {"name": "Ticket shop support", "client": "Northern Rail", "state": "attention", "word": "Needs a look", "seconds": 7_500},
        {"name": "Annual report", "client": "Harbour Trust", "state": "failed", "word": "Failed", "seconds": 0},
        {"name": "Photo archive", "client": "Harbour Trust", "state": "neutral", "word": "Not linked", "seconds": None},
    ]
