"""What people fill in to join connections and to link what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from integrations.connections.models import Connection, State
from integrations.linking.abilities import can_be_right, can_of
from integrations.linking.models import Integration
from integrations.linking.services import parts_of


def candidates() -> list[Connection]:
    """Connections that can be joined: connected, and of a provider that plays the parts of linking."""
    return [connection for connection in Connection.objects.filter(state=State.CONNECTED) if can_of(connection)]


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


class ConnectProjectForm(forms.Form):
    """A project on the left and its partner on the right, which may stay blank where one can be made."""

    left = forms.CharField(max_length=128, error_messages={"required": "Choose a project."})
    right = forms.CharField(max_length=128, required=False, error_messages={"required": "Choose a project."})

    def __init__(self, integration: Integration, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["right"].required = parts_of(integration.right).project.create is None


class RuleForm(forms.ModelForm[Integration]):
    """What happens with projects that appear on the left, and which of them that is for."""

    class Meta:
        model = Integration
        fields = ("new_projects", "rule_name", "rule_client", "rule_status")
        labels = {"new_projects": "What happens with it", "rule_name": "Name", "rule_client": "Client", "rule_status": "Status"}
        help_texts = {
            "rule_name": "For example “Client *” or “Sprint ??”: * stands for anything, ? for one letter. Empty: any name.",
            "rule_client": "The same way. Empty: any client.",
        }
        widgets = {"new_projects": forms.RadioSelect}

    def __init__(self, statuses: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = self.instance.rule_status
        offered = [*statuses, *([now] if now and now not in statuses else [])]
        self.fields["rule_status"] = forms.ChoiceField(
            label="Status", required=False, choices=[("", "Any status"), *((each, each.capitalize()) for each in offered)]
        )

    def clean_new_projects(self) -> str:
        """The right side has to be able to do it."""
        chosen: str = self.cleaned_data["new_projects"]
        right = self.instance.right
        if chosen == Integration.NewProjects.CREATE and parts_of(right).project.create is None:
            raise forms.ValidationError(f"No projects can be created in {right.provider_label}. Choose another way.")
        return chosen

    def in_words(self) -> str:
        """The rule as a sentence."""
        given = self.cleaned_data
        named = [
            f"named “{given['rule_name']}”" if given["rule_name"] else "",
            f"of the client “{given['rule_client']}”" if given["rule_client"] else "",
            f"with the status “{given['rule_status']}”" if given["rule_status"] else "",
        ]
        which = ", ".join(each for each in named if each)
        what = Integration.NewProjects(given["new_projects"]).label
        return f"A new project {which}: {what[0].lower()}{what[1:]}." if which else f"Any new project: {what[0].lower()}{what[1:]}."

    def as_hidden(self) -> list[tuple[str, str]]:
        """The rule as it goes along with its preview."""
        return [(name, str(self.cleaned_data[name])) for name in self.fields]


class ConnectPersonForm(forms.Form):
    """The same person on both sides."""

    left = forms.CharField(max_length=128, error_messages={"required": "Choose a person."})
    right = forms.CharField(max_length=128, error_messages={"required": "Choose a person."})


def _likely(offered: list[Connection]) -> dict[str, str]:
    """Where the sides are most likely meant to stand: what may stand on the right, there."""
    right = next((each for each in offered if can_be_right(each)), None)
    left = next((each for each in offered if each != right), None)
    return {name: str(each.pk) for name, each in (("left", left), ("right", right)) if each}


def _described(connection: Connection) -> str:
    """What tells a connection apart from the others; its name mostly says the provider already."""
    says_provider = connection.provider_label.casefold() in connection.name.casefold()
    words = (connection.name, "" if says_provider else connection.provider_label, connection.workspace_name)
    return " · ".join(word for word in words if word)
