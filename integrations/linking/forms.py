"""What people fill in to join connections and to link what is in them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone

from integrations.connections.models import Connection, State
from integrations.linking.abilities import can_of
from integrations.linking.models import Integration
from integrations.linking.services import parts_of

LONGEST_INTERVAL = 24 * 60


def candidates() -> list[Connection]:
    """Connections that can be joined: connected, and of a provider that plays the parts of linking."""
    return [connection for connection in Connection.objects.filter(state=State.CONNECTED) if can_of(connection)]


def can_be_right(connection: Connection) -> bool:
    """Whether tasks can be made there."""
    return can_of(connection).get("create tasks", False)


class JoinForm(forms.Form):
    """Which connection stands on the left, which on the right."""

    left = forms.ChoiceField(label="Left", widget=forms.RadioSelect, help_text="Projects and tasks are planned here.")
    right = forms.ChoiceField(label="Right", widget=forms.RadioSelect, help_text="Tasks are worked on and time is tracked here.")

    def __init__(self, offered: list[Connection], *args: Any, **kwargs: Any) -> None:
        self.offered = {str(connection.pk): connection for connection in offered}
        super().__init__(*args, **{"initial": _likely(offered), **kwargs})
        self._offer("left", offered)
        self._offer("right", [connection for connection in offered if can_be_right(connection)])

    def clean(self) -> dict[str, Any]:
        """The two connections in place of their ids."""
        cleaned = super().clean() or {}
        if cleaned.get("left") and cleaned.get("left") == cleaned.get("right"):
            raise forms.ValidationError("Choose two different connections.")
        return {name: self.offered[key] for name, key in cleaned.items()}

    def _offer(self, name: str, connections: list[Connection]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(connection.pk), _described(connection)) for connection in connections]


class SettingsForm(forms.ModelForm[Integration]):
    """How often an integration syncs, and since when it writes time back."""

    class Meta:
        model = Integration
        fields = ("minutes", "time_since")
        labels = {"minutes": "Sync every … minutes", "time_since": "Write back time tracked since"}
        help_texts = {
            "minutes": "A sync also begins whenever you link something or ask for one.",
            "time_since": "Each sync looks at the last 7 days, and at nothing before this day.",
        }
        widgets = {"time_since": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        minutes = self.fields["minutes"]
        minutes.validators += [MinValueValidator(1), MaxValueValidator(LONGEST_INTERVAL)]
        minutes.widget.attrs |= {"min": 1, "max": LONGEST_INTERVAL}

    def clean_time_since(self) -> Any:
        since = self.cleaned_data["time_since"]
        if since > timezone.now().date():
            raise forms.ValidationError("This day has not come yet.")
        return since


class ConnectProjectForm(forms.Form):
    """A project on the left and its partner on the right, which may stay blank where one can be made."""

    left = forms.CharField(max_length=128, error_messages={"required": "Choose a project."})
    right = forms.CharField(max_length=128, required=False, error_messages={"required": "Choose a project."})

    def __init__(self, integration: Integration, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["right"].required = parts_of(integration.right).project.create is None


class ConnectPersonForm(forms.Form):
    """The same person on both sides."""

    left = forms.CharField(max_length=128, error_messages={"required": "Choose a person."})
    right = forms.CharField(max_length=128, error_messages={"required": "Choose a person."})


def _likely(offered: list[Connection]) -> dict[str, str]:
    """Where the sides are most likely meant to stand: what calls itself a destination on the right."""
    right = next((each for each in offered if each.declaration.is_destination), None)
    left = next((each for each in offered if each != right), None)
    return {name: str(each.pk) for name, each in (("left", left), ("right", right)) if each}


def _described(connection: Connection) -> str:
    """What tells a connection apart from the others; its name mostly says the provider already."""
    says_provider = connection.provider_label.casefold() in connection.name.casefold()
    words = (connection.name, "" if says_provider else connection.provider_label, connection.workspace_name)
    return " · ".join(word for word in words if word)
