"""The tenancy matrix, made from the URLconf: every address, asked by everybody.

Below `/o/<organization>/` an anonymous reader is sent to sign in, a stranger gets 404, a member below the view's `needed_role` 403, and
everybody else an answer. With another organization's ids in the address even an owner gets 404. What an address names in its variable
parts is made by `tests/factories.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, include, path, reverse
from django.urls.exceptions import NoReverseMatch

from integrations.connections.models import Connection
from portal.accounts.models import User
from portal.organizations.access import OrganizationRequest, needs
from portal.organizations.models import Organization, Role
from portal.organizations.scope import operator_scope, scope
from tests.conftest import make_organization
from tests.factories import WORDS, make_objects

BELOW = "o/<slug:organization>/"
ELSEWHERE = ("admin/", "accounts/")  # the admin site has test_admin.py; allauth's pages are looked at below
OPEN = {
    "home": "the landing page, or the way on",
    "healthz": "for load balancers",
    "styleguide": "sample data only",
    "organizations:create": "whoever is signed in may make an organization",
    "organizations:invitation": "guarded by its secret: test_invitations.py",
    "connections:callback": "guarded by its state and by who began it: tests/connections",
    "linking:personal": "guarded by its secret and by whose address it is: tests/linking/test_personal_links.py",
    "linking:authorise": "guarded as the link itself",
    "hooks:receive": "guarded by its secret and by what each delivery is proved with: tests/triggers/hooks",
}
METHODS = ("get", "post")

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Address:
    """A pattern of the URLconf with everything that stands before it."""

    route: str
    name: str
    view: Any
    parts: tuple[str, ...]

    @property
    def is_of_organization(self) -> bool:
        return self.route.startswith(BELOW)

    def url(self, organization: Organization, objects: dict[str, object]) -> str:
        values = {**WORDS, **objects, "organization": organization.slug}
        unknown = [part for part in self.parts if part not in values]
        assert not unknown, f"{self.route}: add {unknown} to `make_objects` (a row of a tenant) or to `WORDS` in tests/factories.py."
        return reverse(self.name, kwargs={part: values[part] for part in self.parts})


@dataclass
class Cast:
    """Two organizations with everything in them, and the people who ask."""

    ours: Organization
    objects: dict[str, object]
    theirs: dict[str, object]
    members: dict[Role, Client]
    stranger: Client


def addresses(patterns: Any = None, route: str = "", names: tuple[str, ...] = (), parts: tuple[str, ...] = ()) -> Iterator[Address]:
    """Every address of the URLconf."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        whole, known = route + str(pattern.pattern), parts + tuple(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inner = (*names, pattern.namespace) if pattern.namespace else names
            yield from addresses(pattern.url_patterns, whole, inner, known)
        elif isinstance(pattern, URLPattern):
            yield Address(whole, ":".join((*names, pattern.name or "")), pattern.callback, known)


def ours_to_check() -> list[Address]:
    return [address for address in addresses() if not address.route.startswith(ELSEWHERE)]


def below() -> list[Address]:
    return [address for address in ours_to_check() if address.is_of_organization]


def account_pages() -> list[Address]:
    """allauth's own pages; those of Google and Microsoft are there only where the operator has set them up."""
    return [
        address
        for address in addresses()
        if address.name.startswith(("account_", "mfa_", "usersessions_", "socialaccount_")) and not address.parts
    ]


def named(address: Address) -> str:
    return address.name


# --- the checks ----------------------------------------------------------------------------------------------------------


def check_role_is_named(address: Address) -> None:
    assert isinstance(getattr(address.view, "needed_role", None), Role), f"{address.name} does not say who may open it: add @needs(Role.…)."


def check_strangers_are_kept_out(address: Address, cast: Cast) -> None:
    url = address.url(cast.ours, cast.objects)
    for method in METHODS:
        answer = ask(Client(), method, url)
        assert answer.status_code == 302 and "/accounts/login/" in answer["Location"], (
            f"{method} {address.name}: an anonymous reader got {answer}"
        )
        answer = ask(cast.stranger, method, url)
        assert answer.status_code == 404, f"{method} {address.name}: a stranger got {answer.status_code}"


def check_roles(address: Address, cast: Cast) -> None:
    url = address.url(cast.ours, cast.objects)
    for role, browser in cast.members.items():
        for method in METHODS:
            answer = ask(browser, method, url)
            said = f"{method} {address.name}: a {role} got {answer.status_code}, and it needs a {address.view.needed_role}"
            if role.allows(address.view.needed_role):
                assert answer.status_code not in {403, 404} and answer.status_code < 500, said
            else:
                assert answer.status_code == 403, said


def check_foreign_objects_are_not_there(address: Address, cast: Cast) -> None:
    """405 is no answer about the object, so one of the methods has to give 404."""
    for part in address.parts:
        if part in cast.objects:
            url = address.url(cast.ours, {**cast.objects, part: cast.theirs[part]})
            found = {method: ask(cast.members[Role.OWNER], method, url).status_code for method in METHODS}
            said = f"{address.name}: another organization's {part} gave {found}, not 404"
            assert 404 in found.values() and set(found.values()) <= {404, 405}, said


def ask(browser: Client, method: str, url: str) -> HttpResponse:
    """One request, of which nothing stays. An exception in the view is the test's."""
    with transaction.atomic():
        answer = getattr(browser, method)(url)
        transaction.set_rollback(True)
    return answer  # type: ignore[no-any-return]


@pytest.fixture
def cast() -> Cast:
    people = {role: User.objects.create(email=f"{role}@example.com", name=role.label) for role in Role}
    stranger = User.objects.create(email="charlie@example.com", name="Charlie")
    ours = make_organization("Northwind", **people)
    theirs = make_organization("Southwind", owner=stranger)
    return Cast(
        ours, _objects_of(ours), _objects_of(theirs), {role: _browser(person) for role, person in people.items()}, _browser(stranger)
    )


def _objects_of(organization: Organization) -> dict[str, object]:
    with scope(organization.id):
        return make_objects()


def _browser(person: User) -> Client:
    browser = Client()
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return browser


# --- every address ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", below(), ids=named)
def test_an_address_of_an_organization_is_for_its_members_and_their_roles(address: Address, cast: Cast) -> None:
    check_role_is_named(address)
    check_strangers_are_kept_out(address, cast)
    check_roles(address, cast)
    check_foreign_objects_are_not_there(address, cast)


def test_every_other_address_is_known_to_be_open() -> None:
    unknown = {address.name for address in ours_to_check() if not address.is_of_organization} - OPEN.keys()
    assert not unknown, f"Move {unknown} below /o/<organization>/, or say in OPEN why it needs no organization."


def test_only_addresses_below_an_organization_name_one() -> None:
    assert [address.route for address in addresses() if "organization" in address.parts and not address.is_of_organization] == []


def test_every_address_has_a_name_of_its_own() -> None:
    names = [address.name for address in ours_to_check()]
    assert all(not name.endswith(":") and name for name in names)
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", OPEN)
def test_an_open_address_answers_an_anonymous_reader(name: str, client: Client) -> None:
    try:
        url = reverse(name)
    except NoReverseMatch:
        url = reverse(name, args=["no-such-secret"])
    for method in METHODS:
        status = getattr(client, method)(url).status_code
        assert status < 500 or name == "healthz", f"{method} {url} gave {status}"


@pytest.mark.parametrize("address", account_pages(), ids=named)
def test_an_account_page_answers_everybody(address: Address, client: Client, bob: User) -> None:
    assert client.get(reverse(address.name)).status_code < 500
    client.force_login(bob, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse(address.name)).status_code < 500


# --- the matrix itself is seen to fail ---------------------------------------------------------------------------------------


@needs(Role.MEMBER)
def sound(request: OrganizationRequest, connection: str) -> HttpResponse:
    from django.shortcuts import get_object_or_404

    return HttpResponse(get_object_or_404(Connection, pk=connection).name)


def without_role(request: HttpRequest) -> HttpResponse:
    return HttpResponse("open")


@needs(Role.VIEWER)
def deaf_to_its_object(request: HttpRequest, connection: str) -> HttpResponse:
    return HttpResponse("the same for every id")


@needs(Role.VIEWER)
def past_the_walls(request: HttpRequest, connection: str) -> HttpResponse:
    with operator_scope("nobody", "a mistake"):
        return HttpResponse(Connection.objects.get(pk=connection).name)


@needs(Role.VIEWER)
def stricter_than_it_says(request: OrganizationRequest) -> HttpResponse:
    return HttpResponse(status=200 if request.membership.role == Role.OWNER else 403)


@needs(Role.VIEWER)
def with_an_unknown_part(request: HttpRequest, unheard_of: str) -> HttpResponse:
    return HttpResponse(unheard_of)


class BrokenUrls:
    """A URLconf with every mistake that the matrix has to find."""

    app_name = "broken"
    urlpatterns = [
        path("accounts/", include("allauth.urls")),
        path("organizations/new/", without_role, name="leaking"),
        path(
            BELOW,
            include(
                [
                    path("sound/<uuid:connection>/", sound, name="sound"),
                    path("without_role/", without_role, name="without_role"),
                    path("deaf/<uuid:connection>/", deaf_to_its_object, name="deaf"),
                    path("past/<uuid:connection>/", past_the_walls, name="past"),
                    path("stricter/", stricter_than_it_says, name="stricter"),
                    path("part/<str:unheard_of>/", with_an_unknown_part, name="part"),
                ]
            ),
        ),
    ]


@pytest.fixture
def broken(settings: Any) -> dict[str, Address]:
    settings.ROOT_URLCONF = BrokenUrls
    return {address.name: address for address in addresses()}


def test_the_matrix_is_content_with_a_sound_view(broken: dict[str, Address], cast: Cast) -> None:
    check_role_is_named(broken["sound"])
    check_strangers_are_kept_out(broken["sound"], cast)
    check_roles(broken["sound"], cast)
    check_foreign_objects_are_not_there(broken["sound"], cast)


def test_the_matrix_finds_a_view_without_a_role(broken: dict[str, Address]) -> None:
    with pytest.raises(AssertionError, match="does not say who may open it"):
        check_role_is_named(broken["without_role"])


@pytest.mark.parametrize("name", ["deaf", "past"])
def test_the_matrix_finds_a_view_that_ignores_the_scope(name: str, broken: dict[str, Address], cast: Cast) -> None:
    with pytest.raises(AssertionError, match="another organization's connection gave"):
        check_foreign_objects_are_not_there(broken[name], cast)


def test_the_matrix_finds_a_view_that_is_stricter_than_it_says(broken: dict[str, Address], cast: Cast) -> None:
    with pytest.raises(AssertionError, match="a viewer got 403"):
        check_roles(broken["stricter"], cast)


def test_the_matrix_tells_where_to_add_an_unknown_part(broken: dict[str, Address], cast: Cast) -> None:
    with pytest.raises(AssertionError, match=r"add \['unheard_of'\].*tests/factories.py"):
        check_roles(broken["part"], cast)


def test_the_matrix_finds_an_address_outside_that_nobody_named(broken: dict[str, Address]) -> None:
    with pytest.raises(AssertionError, match="leaking"):
        test_every_other_address_is_known_to_be_open()
