"""The forms of an organization's pages."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import Any
from zoneinfo import available_timezones

from django import forms

from portal.organizations.models import Organization, Role

Choices = list[tuple[str, Any]]


@cache
def time_zone_choices() -> Choices:
    """Every place that has a time zone, by continent; UTC comes first."""
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    continents = groupby(places, key=lambda name: name.partition("/")[0])
    return [("UTC", "UTC"), *((continent, [(name, _place(name)) for name in names]) for continent, names in continents)]


def _place(name: str) -> str:
    """`America/Argentina/Buenos_Aires` → Buenos Aires, Argentina."""
    return ", ".join(reversed(name.split("/")[1:])).replace("_", " ")


class TimeZoneField(forms.ChoiceField):
    """A time zone, chosen by the place."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.pop("max_length", None)
        super().__init__(choices=time_zone_choices, **kwargs)


class OrganizationForm(forms.ModelForm[Organization]):
    """A new organization."""

    slug = forms.SlugField(
        label="Address",
        required=False,
        max_length=60,
        help_text="It stands in the address of your pages: /o/<em>address</em>/. Left empty, it is made from the name.",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "placeholder": "made from the name"}),
    )

    class Meta:
        model = Organization
        fields = ("name", "slug", "time_zone")
        field_classes = {"time_zone": TimeZoneField}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True})}

    def clean_slug(self) -> str:
        return str(self.cleaned_data["slug"]).lower()


class SettingsForm(forms.ModelForm[Organization]):
    """What may be changed about an organization. Its address stays, so that links do not break."""

    class Meta:
        model = Organization
        fields = ("name", "time_zone", "add_members_to_projects")
        field_classes = {"time_zone": TimeZoneField}

    def changed_values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data}


class InvitationForm(forms.Form):
    """Whom to invite as what. Nobody gives away more than they have."""

    email = forms.EmailField(label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label="Role", initial=Role.MEMBER)

    def __init__(self, *args: Any, inviter_role: Role, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in Role if inviter_role.allows(role)]  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class RoleForm(forms.Form):
    """A member's new role."""

    role = forms.ChoiceField(choices=Role.choices)
