"""What the wizard asks."""

from __future__ import annotations

from typing import Any

from django import forms

from integrations.connections.models import Connection
from integrations.onboarding.sides import Sides
from portal.organizations.forms import TimeZoneField
from portal.organizations.models import Organization


class NameForm(forms.ModelForm[Organization]):
    """What the organization is called, and where its days begin and end."""

    class Meta:
        model = Organization
        fields = ("name", "time_zone")
        field_classes = {"time_zone": TimeZoneField}

    def changed_values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data}


class SidesForm(forms.Form):
    """Which two connections are joined, where there is more than one possibility."""

    left = forms.ChoiceField(label="Left", help_text="Projects and tasks are planned here.", widget=forms.RadioSelect)
    right = forms.ChoiceField(label="Right", help_text="Tasks are worked on and time is tracked here.", widget=forms.RadioSelect)

    def __init__(self, sides: Sides, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections = {str(connection.pk): connection for connection in (*sides.left, *sides.right)}
        for name, connections in (("left", sides.left), ("right", sides.right)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(str(connection.pk), _described(connection)) for connection in connections]
            field.initial = next(iter(field.choices))[0] if connections else None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("left") and given.get("left") == given.get("right"):
            raise forms.ValidationError("Choose two different connections.")
        return given

    @property
    def chosen(self) -> tuple[Connection, Connection]:
        return self.connections[self.cleaned_data["left"]], self.connections[self.cleaned_data["right"]]


def _described(connection: Connection) -> str:
    return " · ".join(dict.fromkeys(word for word in (connection.name, connection.provider_label, connection.workspace_name) if word))
