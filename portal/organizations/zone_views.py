"""Choosing one's own time zone."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from portal.accounts.models import User
from portal.organizations.forms import TimeZoneField, time_zone_choices
from portal.organizations.views import person_of
from portal.ui.pages import page, redirect_see_other

AS_THE_ORGANIZATION = ("", "The zone of the organization that I look at")


class ReadersZoneField(TimeZoneField):
    """A time zone, or none of one's own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs | {"required": False})
        self.choices = [AS_THE_ORGANIZATION, *time_zone_choices()]


class ReadersZoneForm(forms.ModelForm[User]):
    """In which zone somebody reads times."""

    class Meta:
        model = User
        fields = ("time_zone",)
        field_classes = {"time_zone": ReadersZoneField}
        labels = {"time_zone": "Show times in"}
        help_texts = {"time_zone": ""}


@login_required
def time_zone(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    form = ReadersZoneForm(request.POST if request.method == "POST" else None, instance=person)
    if not form.is_valid():
        return page(request, "account/time_zone.html", {"form": form}, status=422 if form.is_bound else 200)
    form.save()
    messages.success(request, "Times are shown in your zone from now on.")
    return redirect_see_other("organizations:time_zone")
