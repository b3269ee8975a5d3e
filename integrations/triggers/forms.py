"""Setting up a trigger: one list of everything that can be watched, and how often to look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from integrations.connections.models import Connection


class TriggerForm(forms.Form):
    """What to watch, on which connection, and how often to look."""

    watch = forms.ChoiceField(label="What shall be watched?")
    minutes = forms.IntegerField(label="Look every … minutes", min_value=1, max_value=60, initial=5)

    def __init__(self, connections: Sequence[Connection], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connections = {str(connection.pk): connection for connection in connections}
        watch = self.fields["watch"]
        assert isinstance(watch, forms.ChoiceField)
        watch.choices = [(connection.name, _choices(connection)) for connection in connections]

    @property
    def chosen(self) -> tuple[Connection, str]:
        """The connection, and the name of the watch that it declares."""
        connection, _, watch = self.cleaned_data["watch"].partition("/")
        return self.connections[connection], watch


def _choices(connection: Connection) -> list[tuple[str, str]]:
    """What a look at one list can tell; a list that is asked once for each parent would cost too many calls."""
    provider = connection.declaration
    polled = [watch for watch in provider.watches if (how := provider.entity(watch.entity).collect) and not how.each]
    return [(f"{connection.pk}/{watch.name}", watch.label) for watch in polled]
