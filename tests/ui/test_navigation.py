"""The sidebar shows what the reader may open, in order, and where they are."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import include, path

from portal.organizations.models import Role
from portal.ui import navigation
from portal.ui.context import Shell
from portal.ui.navigation import NavigationItem, register
from tests.ui.conftest import MakeRequest


def nothing(request: HttpRequest, organization: str) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("o/<slug:organization>/", nothing, name="sample-overview"),
    path("o/<slug:organization>/links/", nothing, name="sample-links"),
    path("o/<slug:organization>/settings/", nothing, name="sample-settings"),
]


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    settings.ROOT_URLCONF = __name__
    monkeypatch.setattr(navigation, "_items", {})
    register(NavigationItem("Settings", "sample-settings", "settings", order=30, role="owner", section="Organization"))
    register(NavigationItem("Overview", "sample-overview", "home", order=10))
    register(NavigationItem("Links", "sample-links", "link", order=20))
    register(NavigationItem("Gone", "no-such-page", "cross", order=1))


def labels(request: HttpRequest) -> list[str]:
    return [entry.label for entry in navigation.items_for(request)]


def test_pages_stand_in_their_order(make_request: MakeRequest) -> None:
    assert labels(make_request()) == ["Overview", "Links", "Settings"]


def test_a_page_above_the_readers_role_is_left_out(make_request: MakeRequest) -> None:
    assert labels(make_request(role=Role.MANAGER)) == ["Overview", "Links"]


def test_without_an_organization_there_is_nothing_to_open(make_request: MakeRequest) -> None:
    assert labels(make_request(role=None)) == []
    assert labels(HttpRequest()) == []


def test_the_nearest_page_is_marked(make_request: MakeRequest) -> None:
    entries = navigation.items_for(make_request("/o/nordlicht/links/42/"))
    assert [entry.label for entry in entries if entry.active] == ["Links"]


def test_registering_a_page_again_replaces_it(make_request: MakeRequest) -> None:
    register(NavigationItem("Linked projects", "sample-links", "link", order=5))
    assert labels(make_request()) == ["Linked projects", "Overview", "Settings"]


def test_an_organization_begins_at_its_first_page() -> None:
    assert navigation.home_of("nordlicht") == "/o/nordlicht/"


def test_the_switcher_knows_where_the_reader_is(make_request: MakeRequest) -> None:
    (place,) = Shell(make_request()).places
    assert (place.name, place.role, place.url, place.current) == ("Nordlicht Studio", "Owner", "/o/nordlicht/", True)


def test_the_theme_is_taken_from_the_cookie_only_if_it_is_one(make_request: MakeRequest) -> None:
    request = make_request()
    request.COOKIES["theme"] = "dark"
    assert Shell(request).theme == "dark"
    request.COOKIES["theme"] = '"><script>'
    assert Shell(request).theme == ""


def test_a_page_carries_the_sidebar_the_switcher_and_the_theme(make_request: MakeRequest) -> None:
    request = make_request("/o/nordlicht/links/")
    request.COOKIES["theme"] = "dark"
    shown = render_to_string("base.html", {}, request)
    assert 'data-theme="dark"' in shown
    assert '<a href="/o/nordlicht/links/" aria-current="page">' in shown
    assert "Nordlicht Studio" in shown


def test_the_account_pages_have_their_own_sidebar(make_request: MakeRequest) -> None:
    shown = render_to_string("allauth/layouts/manage.html", {}, make_request("/accounts/email/", role=None))
    assert 'aria-label="Your account"' in shown
    assert 'href="/accounts/email/" aria-current="page"' in shown
