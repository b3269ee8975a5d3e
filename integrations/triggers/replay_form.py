"""From when on a trigger is to tell again what it has not told yet."""

from __future__ import annotations

from datetime import datetime

from django import forms

from integrations.triggers.watch_form import what_is_wrong_with


class ReplayForm(forms.Form):
    since = forms.DateTimeField(
        label="From",
        help_text="Your time.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
    )

    def clean_since(self) -> datetime:
        since: datetime = self.cleaned_data["since"]
        if wrong := what_is_wrong_with(since):
            raise forms.ValidationError(wrong)
        return since
