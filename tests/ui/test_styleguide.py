"""The style guide shows every component, and only where it may be seen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.http import Http404
from django.template.base import Template

from portal.ui.icons import ICONS
from portal.ui.styleguide import styleguide
from tests.ui.conftest import MakeRequest

TEMPLATES = Path(__file__).parents[2] / "templates"
SHOWN_ELSEWHERE = {"ui/account_navigation.html", "ui/toasts_swap.html"}  # on the account pages; beside a partial
AS_THEY_ARE = {"htmx-request", "link-row--ok", "steps__step--coming"}  # told apart by the ones beside them
INLINE = re.compile(r'\s(style|on\w+)="|<script(?![^>]*\bsrc=)(?![^>]*type="application/json")', re.IGNORECASE)


@pytest.fixture
def shown(make_request: MakeRequest, settings: LazySettings) -> str:
    settings.DEMONSTRATION = True
    return styleguide(make_request("/styleguide/")).content.decode()


def test_it_is_hidden_in_production(make_request: MakeRequest, settings: LazySettings) -> None:
    settings.DEBUG = settings.DEMONSTRATION = False
    with pytest.raises(Http404):
        styleguide(make_request("/styleguide/"))


def test_every_component_template_is_shown(make_request: MakeRequest, settings: LazySettings, used_templates: set[str]) -> None:
    settings.DEMONSTRATION = True
    styleguide(make_request("/styleguide/"))
    components = {str(path.relative_to(TEMPLATES)) for path in (TEMPLATES / "ui").rglob("*.html")}
    assert components - used_templates == SHOWN_ELSEWHERE


def test_every_icon_is_shown(shown: str) -> None:
    assert all(f"{name}</div>" in shown for name in ICONS)


def test_every_class_that_the_guide_uses_has_a_rule(shown: str) -> None:
    rules = "".join(path.read_text() for path in (TEMPLATES.parent / "static/portal").glob("*.css"))
    used = {name for names in re.findall(r'\sclass="([^"]*)"', shown) for name in names.split()}
    assert {name for name in used if f".{name}" not in rules} <= AS_THEY_ARE


def test_nothing_on_it_needs_an_unsafe_content_security_policy(shown: str) -> None:
    assert not INLINE.search(shown)


@pytest.fixture
def used_templates(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the templates that are rendered while the test runs."""
    used: set[str] = set()
    render = Template._render  # type: ignore[attr-defined]

    def noted(template: Template, context: object) -> str:
        used.add(str(template.name))
        return str(render(template, context))

    monkeypatch.setattr(Template, "_render", noted)
    return used
