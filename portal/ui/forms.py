"""How forms look: every `{{ form }}` and `{{ field.as_field_group }}` comes out in the portal's look."""

from __future__ import annotations

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.template import TemplateDoesNotExist
from django.template.loader import get_template


class PortalRenderer(DjangoTemplates):
    """The portal's templates around the widgets of Django and its admin site, which include each other."""

    form_template_name = "ui/forms/form.html"
    formset_template_name = "ui/forms/formset.html"
    field_template_name = "ui/forms/field.html"

    def get_template(self, template_name: str) -> Any:
        try:
            return super().get_template(template_name)
        except TemplateDoesNotExist:
            return get_template(template_name)
