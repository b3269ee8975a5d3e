"""Asking before a doubtful run is sent once more."""

from __future__ import annotations

from django import forms


class LookedForm(forms.Form):
    """Somebody looked at the other side and saw that it was not done."""

    looked = forms.BooleanField(
        label="I looked over there: it was not done.",
        error_messages={"required": "Look at the other side first: sending this again may do it twice."},
    )
