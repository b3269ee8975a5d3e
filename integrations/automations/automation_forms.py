"""The forms of automations, but for those of their steps: see `step_form`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from integrations.automations.conditions import TESTS, WITHOUT_VALUE, Condition, check_condition
from integrations.automations.mapping import MappingError
from integrations.automations.models import Automation
from integrations.triggers.models import Trigger

MOST_CONDITIONS = 20


class AutomationForm(forms.Form):
    """A new automation: when it shall run, and what it is called."""

    trigger = forms.ChoiceField(label="When this trigger fires")
    name = forms.CharField(label="Name", max_length=120)

    def __init__(self, triggers: Sequence[Trigger], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.triggers = {str(trigger.pk): trigger for trigger in triggers}
        choice = self.fields["trigger"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(key, f"{trigger} · {trigger.connection}") for key, trigger in self.triggers.items()]

    @property
    def chosen(self) -> Trigger:
        return self.triggers[self.cleaned_data["trigger"]]


class NameForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)


class ConditionForm(forms.Form):
    """One condition. A row with nothing in it is none."""

    field = forms.CharField(
        label="Field",
        max_length=300,
        widget=forms.TextInput(attrs={"list": "fields-known"}),
        error_messages={"required": "Name the field that is looked at."},
    )
    test = forms.ChoiceField(label="Test", choices=list(TESTS.items()))
    value = forms.CharField(label="Value", max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "empty_permitted": True})

    def has_changed(self) -> bool:
        """Whether something stands in it."""
        return bool(self["field"].data or self["value"].data)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("test") and given["test"] not in WITHOUT_VALUE and not given.get("value"):
            self.add_error("value", "Say what it is compared with.")
        try:
            check_condition(Condition(given.get("field", "event.title"), given.get("test", "is")))
        except MappingError as error:
            self.add_error("field", str(error))
        return given


ConditionFormSet = forms.formset_factory(ConditionForm, extra=1, can_delete=True, max_num=MOST_CONDITIONS, validate_max=True)


def conditions_form(automation: Automation, data: QueryDict | None) -> Any:
    """The rows of its conditions, as they stand or as they were sent."""
    return ConditionFormSet(data, initial=automation.conditions, prefix="conditions")


def conditions_in(formset: Any) -> list[dict[str, str]]:
    """What was filled in."""
    rows: list[Mapping[str, Any]] = [form.cleaned_data for form in formset.forms if not form.cleaned_data.get("DELETE")]
    return [_condition(row) for row in rows if row.get("field")]


def _condition(row: Mapping[str, Any]) -> dict[str, str]:
    return {"field": row["field"], "test": row["test"], "value": "" if row["test"] in WITHOUT_VALUE else row["value"]}


class LookedForm(forms.Form):
    """Somebody looked at the other side and saw that it was not done."""

    looked = forms.BooleanField(
        label="I looked over there: it was not done.",
        error_messages={"required": "Look at the other side first: going on may do it twice."},
    )
