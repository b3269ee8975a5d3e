"""All templates compile, and the pages for errors stand on their own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template.loader import get_template, render_to_string

from portal.ui.icons import ICONS

TEMPLATES = Path(__file__).parents[2] / "templates"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.*") if path.suffix in {".html", ".txt"})
ICON_TAG = re.compile(r'{% icon "([\w-]+)"')


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(name: str) -> None:
    get_template(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_names_only_icons_that_exist(name: str) -> None:
    assert set(ICON_TAG.findall((TEMPLATES / name).read_text())) <= set(ICONS)


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "500"])
def test_an_error_page_needs_no_request(code: str) -> None:
    shown = render_to_string(f"{code}.html")
    assert "<h1>" in shown
    assert "To the start page" in shown
