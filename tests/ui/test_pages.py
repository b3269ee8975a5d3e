"""Whole pages for readers, parts for htmx, and toasts beside both."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib import messages

from portal.ui.pages import page, redirect_see_other
from tests.ui.conftest import MakeRequest

PAGE = "<h1>Whole</h1>{% load partials %}{% partialdef rows inline %}<ul id='rows'></ul>{% endpartialdef %}"


@pytest.fixture(autouse=True)
def sample(tmp_path: Path, settings: LazySettings) -> None:
    """A template that only these tests know."""
    (tmp_path / "sample.html").write_text(PAGE)
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], tmp_path]}]


def test_a_reader_gets_the_whole_page(make_request: MakeRequest) -> None:
    response = page(make_request(), "sample.html", {}, partial="rows")
    assert b"Whole" in response.content
    assert response["Vary"] == "HX-Request"


def test_htmx_gets_the_part_it_asked_for(make_request: MakeRequest) -> None:
    response = page(make_request(hx_request="true"), "sample.html", {}, partial="rows", status=422)
    assert response.content == b"<ul id='rows'></ul>"
    assert response.status_code == 422


@pytest.mark.parametrize("header", ["hx_boosted", "hx_history_restore_request"])
def test_htmx_gets_the_whole_page_when_it_shows_a_page(make_request: MakeRequest, header: str) -> None:
    response = page(make_request(hx_request="true", **{header: "true"}), "sample.html", {}, partial="rows")
    assert b"Whole" in response.content


def test_a_toast_comes_beside_the_part(make_request: MakeRequest) -> None:
    request = make_request(hx_request="true")
    messages.success(request, "Linked <b>two</b> projects.")
    shown = page(request, "sample.html", {}, partial="rows").content.decode()
    assert 'hx-swap-oob="beforeend"' in shown
    assert "toast--ok" in shown
    assert "Linked &lt;b&gt;two&lt;/b&gt; projects." in shown


def test_after_a_form_the_answer_is_303() -> None:
    response = redirect_see_other("/there/")
    assert (response.status_code, response["Location"]) == (303, "/there/")
