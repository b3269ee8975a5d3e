"""What people say about how an integration syncs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone

from integrations.linking.models import LONGEST_LOOK_BACK, Integration, earliest_day
from integrations.linking.services import parts_of

LONGEST_INTERVAL = 24 * 60


class SettingsForm(forms.ModelForm[Integration]):
    """How often an integration syncs, how it writes time back, and what waits for a person. What the left side cannot do is not offered."""

    class Meta:
        model = Integration
        fields = (
            "minutes",
            "time_since",
            "time_shape",
            "untasked",
            "untasked_name",
            "guard_items",
            "guard_percent",
        )
        labels = {
            "minutes": "Sync every … minutes",
            "time_since": "Write back time tracked since",
            "time_shape": "Written as",
            "untasked": "Time that is on no linked task goes",
            "untasked_name": "Name of that task",
            "guard_items": "Ask before more than … removals and completions",
            "guard_percent": "Or before more than … % of what is linked",
        }
        help_texts = {
            "minutes": "A sync also begins whenever you link something or ask for one.",
            "time_since": f"Nothing that was tracked before this day is looked at. It can lie {LONGEST_LOOK_BACK.days} days back at most.",
            "guard_items": "Counted together: tasks deleted or completed, and written-back time removed. The rest of a sync goes on.",
            "guard_percent": "From four of them on.",
        }
        widgets = {
            "time_since": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "time_shape": forms.RadioSelect,
            "untasked": forms.RadioSelect,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._bound("minutes", 1, LONGEST_INTERVAL)
        self._bound("guard_items", 0, 100_000)
        self._bound("guard_percent", 1, 100)
        self.fields["untasked_name"].required = False
        self.fields["time_since"].show_hidden_initial = False  # what it was stands in the database, not in the page
        self.initial["time_since"] = self.instance.counts_since
        self.fields["time_since"].widget.attrs["min"] = earliest_day().isoformat()
        self._say_what_the_left_can()

    def clean_time_since(self) -> Any:
        since = self.cleaned_data["time_since"]
        if since > timezone.now().date():
            raise forms.ValidationError("This day has not come yet.")
        if since < earliest_day():
            raise forms.ValidationError(f"The earliest day is {earliest_day():%-d %B %Y}: further back no tracked time is looked at.")
        return since

    def clean(self) -> dict[str, Any]:
        """A name is only needed where time goes to a task of that name."""
        cleaned = super().clean() or {}
        name = cleaned.get("untasked_name", "").strip()
        if cleaned.get("untasked") == Integration.Untasked.TASK and not name:
            self.add_error("untasked_name", "Say what the task is called.")
        return {**cleaned, "untasked_name": name or Integration._meta.get_field("untasked_name").get_default()}

    def _bound(self, name: str, least: int, most: int) -> None:
        field = self.fields[name]
        field.validators += [MinValueValidator(least), MaxValueValidator(most)]
        field.widget.attrs |= {"min": least, "max": most}

    def _say_what_the_left_can(self) -> None:
        parts, label = parts_of(self.instance.left), self.instance.left.provider_label
        field = self.fields["untasked"]
        assert isinstance(field, forms.ChoiceField)
        words = dict(Integration.Untasked.choices)
        offered = [value for value in words if value != Integration.Untasked.PROJECT or parts.time.task_optional]
        field.choices = [(value, words[value]) for value in offered]
        if not parts.time.task_optional:
            field.help_text = f"{label} takes no time on a project alone."
        makes = "It is made in each project where it is missing."
        missing = f"{label} lets nobody make tasks from outside: make it there yourself in each project."
        self.fields["untasked_name"].help_text = makes if parts.task.create else missing
