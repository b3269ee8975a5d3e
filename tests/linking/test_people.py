"""The Users page: matching, adding and notifying people, their states, and who has no partner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import strip_tags

from integrations.linking import invitations
from integrations.linking.models import Integration, PersonLink
from integrations.linking.people import Roster, match_people, stop_asking
from integrations.onboarding.linking import link_as_shown, proposals_for
from integrations.records.models import RecordList
from integrations.sync.models import Sync
from portal.accounts.models import User
from portal.organizations.models import Organization, Role
from portal.organizations.scope import scope
from tests.linking.building import mirror, person_here, person_there
from tests.linking.mailbox import deliver, link_of
from tests.linking.pages import address, again, people, shown, words

pytestmark = pytest.mark.django_db
State = PersonLink.State
AN_HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)


@pytest.fixture
def crowd(integration: Integration) -> Integration:
    """Everybody who can be met: matched, without an address, without a partner, with a partner who left, and one who is called alike."""
    with scope(integration.organization_id):
        there = [
            person_there("u1", "Ada Brandt", "ada@example.org"),
            person_there("u2", "Jon Okafor", "jon@example.org"),
            person_there("u3", "Mei Tanaka"),
            person_there("u4", "Lea Winter", "lea@example.org"),
            person_there("u5", "Sam Ortiz", "no address at all"),
            person_there("u6", "Tove Lind", "tove@example.org"),
        ]
        here = [
            person_here(21, "Ada Brandt", "ada@example.org"),
            person_here(22, "Jon Okafor", "okafor@example.net"),
            person_here(23, "Lea Winter", "lea@example.org", "inactive"),
            person_here(26, "Tove Lind", "Tove@Example.org"),
        ]
        mirror(integration.left, "user", there)
        mirror(integration.right, "member", here)
    return integration


def post(client: Client, name: str, integration: Integration, **given: Any) -> str:
    """What the page says that the form leads to."""
    answer = client.post(address(name, integration), given, follow=True)
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.content.decode().split())


def states(organization: Organization) -> dict[str, str]:
    with scope(organization.id):
        return {link.left_id: link.state for link in PersonLink.objects.all()}


# --- Matching ------------------------------------------------------------------------------------------------------------


def test_people_are_matched_by_e_mail_whatever_the_case_and_not_connected_by_it(client: Client, integration: Integration) -> None:
    assert "1 person matched by e-mail." in post(client, "match_people", integration)
    assert people(integration) == {"u1": "21"}
    with scope(integration.organization_id):
        assert not PersonLink.connected.exists()


def test_where_nobody_is_asked_a_match_connects(client: Client, integration: Integration, organization: Organization) -> None:
    with scope(organization.id):
        stop_asking(integration, None)
    post(client, "match_people", integration)
    assert states(organization) == {"u1": "connected"}


def test_a_name_is_a_suggestion_and_links_nobody(client: Client, crowd: Integration) -> None:
    post(client, "match_people", crowd)
    assert people(crowd) == {"u1": "21", "u6": "26"}
    page = " ".join(shown(client, "people", crowd).split())
    assert "By name it may be Jon Okafor (100 %)." in page
    assert f"{address('connect_person', crowd)}?left=u2&amp;right=22" in page


def test_whoever_has_no_partner_is_shown_with_the_reason(crowd: Integration) -> None:
    with scope(crowd.organization_id):
        match_people(crowd)
        reasons = {each.name: each.reason for each in Roster(crowd).alone}
    assert reasons == {
        "Jon Okafor": "Nobody in Hubstaff has this e-mail address.",
        "Mei Tanaka": "Has no e-mail address in timeghost.",
        "Lea Winter": "Is not active in Hubstaff.",
        "Sam Ortiz": "Has no valid e-mail address in timeghost.",
    }


def test_an_address_of_two_people_is_ambiguous_and_linked_by_hand(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "user", [person_there(f"u{number}", f"Ada {number}", "ada@example.org") for number in (1, 2)])
        assert match_people(integration) == []
        assert {each.reason for each in Roster(integration).alone} == {"2 people in timeghost have this e-mail address: link them by hand."}
    assert "Notify all 0" in " ".join(shown(client, "add_people", integration).split())
    client.post(address("connect_person", integration), {"left": "u2", "right": "21"})
    assert people(integration) == {"u2": "21"}
    with scope(integration.organization_id):
        [alone] = Roster(integration).alone
    assert alone.reason == "Whoever has this address in Hubstaff is linked with somebody else."


def test_an_address_of_two_people_on_the_right_is_ambiguous_too_unless_only_one_is_active(integration: Integration) -> None:
    here = [person_here(21, "Ada", "ada@example.org"), person_here(29, "Ada (old)", "ADA@example.org")]
    with scope(integration.organization_id):
        mirror(integration.right, "member", here)
        reasons = {each.person.id: each.reason for each in Roster(integration).alone}
        assert reasons["u1"] == "2 people in Hubstaff have this e-mail address: link them by hand."
        mirror(integration.right, "member", [here[0], person_here(29, "Ada (old)", "ADA@example.org", "inactive")])
        assert [(link.left_id, link.right_id) for link in match_people(integration)] == [("u1", "21")]


def test_somebody_who_left_does_not_make_an_address_ambiguous(integration: Integration) -> None:
    there = [person_there("u0", "Ada (old)", "ada@example.org", removed=True), person_there("u1", "Ada", "ada@example.org")]
    with scope(integration.organization_id):
        mirror(integration.left, "user", there)
        assert [link.left_id for link in match_people(integration)] == ["u1"]


def test_people_are_linked_by_hand(client: Client, integration: Integration, organization: Organization) -> None:
    assert client.post(address("connect_person", integration), {"left": "u2", "right": "22"}).status_code == 303
    assert people(integration) == {"u2": "22"} and states(organization) == {"u2": "matched"}
    response = client.post(address("connect_person", integration), {"left": "u1", "right": "22"})
    assert response.status_code == 422
    assert "One of them is linked already." in response.content.decode()


def test_a_disconnected_person_is_not_matched_again_by_itself(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        made = match_people(integration)
        made[0].disconnected_at = timezone.now()
        made[0].save()
    post(client, "match_people", integration)
    assert people(integration) == {}
    assert "Was disconnected by hand." in shown(client, "people", integration)
    assert "Ada Brandt" in shown(client, "people", integration, "?state=disconnected")


# --- Adding and notifying ----------------------------------------------------------------------------------------------------


def test_everybody_is_offered_with_what_stands_in_the_way(client: Client, crowd: Integration) -> None:
    page = " ".join(shown(client, "add_people", crowd).split())
    for said in (
        "Ada Brandt",
        "Same address",
        "Has no valid e-mail address",
        "Is not active in Hubstaff.",
        "Choose partner",
        "Notify all 2",
    ):
        assert said in page
    found = shown(client, "add_people", crowd, "?find=ada", **{"HX-Request": "true"})
    assert "Mei Tanaka" not in found and f'action="{address("notify_people", crowd)}"' in found, (
        "the part that searching swaps stands alone"
    )


def test_notifying_all_sends_one_mail_each_and_not_again(client: Client, crowd: Integration, organization: Organization) -> None:
    assert "2 people notified." in post(client, "notify_people", crowd, who="all")
    assert states(organization) == {"u1": "invited", "u6": "invited"}
    assert mail.outbox == [], "a task sends them"
    assert "The mail is on its way." in shown(client, "people", crowd)
    deliver(organization)
    assert sorted(each.to[0] for each in mail.outbox) == ["ada@example.org", "tove@example.org"]
    assert "Everybody who can be asked has been asked already." in post(client, "notify_people", crowd, who="all")
    assert deliver(organization) == 0


def test_the_picked_ones_are_notified_and_the_others_said_with_the_reason(
    client: Client, crowd: Integration, organization: Organization
) -> None:
    page = post(client, "notify_people", crowd, person=["u1", "u3", "u4", "gone"])
    assert "1 person notified." in page
    for said in ("Mei Tanaka: has no e-mail address in timeghost", "Lea Winter: is not active in Hubstaff", "gone: is not there any more"):
        assert said in page
    assert states(organization) == {"u1": "invited"}


def test_a_person_without_a_partner_is_given_one_first(client: Client, crowd: Integration, organization: Organization) -> None:
    client.post(address("connect_person", crowd), {"left": "u2", "right": "22"})
    post(client, "notify_people", crowd, person=["u2"])
    deliver(organization)
    assert [each.to for each in mail.outbox] == [["jon@example.org"]]


def test_ticking_nobody_is_said_kindly(client: Client, crowd: Integration) -> None:
    for name in ("notify_people", "revoke_people"):
        assert "Tick " in post(client, name, crowd)
    assert "Tick " in post(client, "notify_people", crowd, link=["nonsense"])


def test_whoever_presses_twice_means_it_once(client: Client, crowd: Integration, organization: Organization) -> None:
    for _ in range(2):
        page = post(client, "notify_people", crowd, person=["u1"])
        deliver(organization)
    assert "Ada Brandt: was notified less than a minute ago" in page
    assert len(mail.outbox) == 1


def test_notifying_again_from_the_page_sends_a_new_link(client: Client, crowd: Integration, organization: Organization) -> None:
    post(client, "notify_people", crowd, person=["u1"])
    deliver(organization)
    before = link_of(organization).secret_hash
    with scope(organization.id):
        PersonLink.objects.update(invited_at=timezone.now() - AN_HOUR)
    assert "Notify again" in shown(client, "people", crowd)
    post(client, "notify_people", crowd, link=[str(link_of(organization).pk)])
    assert link_of(organization).secret_hash is None, "the link before is void from now on"
    deliver(organization)
    assert link_of(organization).secret_hash not in {None, before}
    assert len(mail.outbox) == 2


def test_an_address_that_was_corrected_on_the_left_is_used(client: Client, crowd: Integration, organization: Organization) -> None:
    post(client, "notify_people", crowd, person=["u1"])
    with scope(organization.id):
        PersonLink.objects.update(invited_at=timezone.now() - AN_HOUR)
        mirror(crowd.left, "user", [person_there("u1", "Ada Brandt", "brandt@example.org")])
    post(client, "notify_people", crowd, link=[str(link_of(organization).pk)])
    deliver(organization)
    assert mail.outbox[-1].to == ["brandt@example.org"] and link_of(organization).email == "brandt@example.org"


def test_links_that_wait_are_revoked_and_others_are_not(client: Client, crowd: Integration, organization: Organization) -> None:
    post(client, "notify_people", crowd, who="all")
    with scope(organization.id):
        PersonLink.objects.filter(left_id="u6").update(connected_at=timezone.now())
        ids = [str(pk) for pk in PersonLink.objects.values_list("pk", flat=True)]
    assert "1 person can no longer use the link." in post(client, "revoke_people", crowd, link=ids)
    assert states(organization) == {"u1": "revoked", "u6": "connected"}
    assert deliver(organization) == 1, "the mail to the one who is connected is due, and not sent"
    assert mail.outbox == []


def test_whose_link_was_revoked_is_asked_again_only_by_name(client: Client, crowd: Integration, organization: Organization) -> None:
    post(client, "notify_people", crowd, who="all")
    post(client, "revoke_people", crowd, link=[str(link_of(organization).pk)])
    assert "Notify all 0" in " ".join(shown(client, "add_people", crowd).split())
    assert "Everybody who can be asked has been asked already." in post(client, "notify_people", crowd, who="all")
    assert states(organization) == {"u1": "revoked", "u6": "invited"}
    assert "1 person notified." in post(client, "notify_people", crowd, person=["u1"])
    assert states(organization) == {"u1": "invited", "u6": "invited"}


def test_the_wizard_asks_nobody_whose_link_was_revoked(crowd: Integration, organization: Organization, alice: User) -> None:
    with scope(organization.id):
        invitations.notify(crowd, None, alice)
        invitations.revoke(crowd, [link_of(organization).pk], alice)
        assert proposals_for(crowd).people == 0
        assert link_as_shown(crowd, proposals_for(crowd).seal, None, asks_people=True, person=alice).notified == 0
        assert states(organization)["u1"] == "revoked"
        assert link_as_shown(crowd, proposals_for(crowd).seal, None, asks_people=False, person=alice).connected == 1
    assert states(organization) == {"u1": "revoked", "u6": "connected"}


# --- Whether people are asked --------------------------------------------------------------------------------------------------


def test_who_is_connected_without_being_asked_is_named_before(client: Client, crowd: Integration, organization: Organization) -> None:
    post(client, "notify_people", crowd, who="all")
    page = " ".join(shown(client, "asking", crowd).split())
    assert "2 people are connected at once:" in page and "Ada Brandt" in page
    assert "2 people connected." in post(client, "asking", crowd, asks="no")
    assert states(organization) == {"u1": "connected", "u6": "connected"}
    assert not again(crowd).asks_people
    deliver(organization)
    assert mail.outbox == []
    page = " ".join(shown(client, "add_people", crowd).split())
    assert "Connect all 0" in page and "Notify all" not in page


def test_no_more_asking_does_not_connect_whose_link_was_revoked_until_somebody_names_them(
    client: Client, crowd: Integration, organization: Organization
) -> None:
    post(client, "notify_people", crowd, who="all")
    post(client, "revoke_people", crowd, link=[str(link_of(organization).pk)])
    page = " ".join(shown(client, "asking", crowd).split())
    assert "1 person is connected at once:" in page and "Ada Brandt" not in page
    assert "1 person connected." in post(client, "asking", crowd, asks="no")
    post(client, "notify_people", crowd, who="all")
    assert states(organization) == {"u1": "revoked", "u6": "connected"}
    assert 'aria-label="Connect Ada Brandt"' in shown(client, "people", crowd)
    assert "1 person connected." in post(client, "notify_people", crowd, link=[str(link_of(organization).pk)])
    assert states(organization) == {"u1": "connected", "u6": "connected"}


def test_asking_again_leaves_the_connected_ones(client: Client, crowd: Integration, organization: Organization) -> None:
    post(client, "asking", crowd, asks="no")
    assert "2 people connected." in post(client, "notify_people", crowd, who="all")
    assert "who is connected stays connected" in post(client, "asking", crowd, asks="yes").lower()
    assert again(crowd).asks_people
    assert states(organization) == {"u1": "connected", "u6": "connected"}
    assert client.post(address("asking", crowd), {"asks": "perhaps"}).status_code == 422


def test_where_nobody_is_asked_the_picked_are_connected_and_the_rest_said(
    client: Client, crowd: Integration, organization: Organization
) -> None:
    post(client, "asking", crowd, asks="no")
    page = post(client, "notify_people", crowd, person=["u1", "u2"])
    assert "1 person connected." in page and "Jon Okafor: nobody in Hubstaff has this e-mail address" in page
    assert states(organization) == {"u1": "connected"}


# --- The page ------------------------------------------------------------------------------------------------------------------

AGES: dict[str, dict[str, Any]] = {
    "matched": {},
    "invited": {"invited_at": 3},
    "opened": {"invited_at": 3, "opened_at": 2},
    "authorised": {"invited_at": 3, "opened_at": 2, "authorised_at": 1},
    "connected": {"invited_at": 3, "connected_at": 1},
    "expired": {"invited_at": 30, "opened_at": 20, "expires_at": 1},
    "revoked": {"invited_at": 3, "revoked_at": 1},
    "disconnected": {"connected_at": 3, "disconnected_at": 1},
}


@pytest.fixture
def every_state(integration: Integration) -> Integration:
    """One person in each state."""
    with scope(integration.organization_id):
        for number, (state, ages) in enumerate(AGES.items()):
            moments = {name: timezone.now() - timedelta(days=days) for name, days in ages.items()}
            if "invited_at" in ages and "expires_at" not in ages:
                moments["expires_at"] = timezone.now() + timedelta(days=3)
            PersonLink.objects.create(
                integration=integration, left_id=f"x{number}", right_id=str(100 + number), name=f"Somebody {state}", **moments
            )
    return integration


@pytest.mark.parametrize("state", State.values)
def test_each_state_is_shown_with_its_time_and_found_by_it(client: Client, every_state: Integration, state: str) -> None:
    response = client.get(address("people", every_state), {"state": state})
    [row] = response.context["rows"]
    assert (row.left, row.link.state, row.word) == (f"Somebody {state}", state, State(state).label)
    ages = AGES[state]
    since = row.at if state != "matched" else timezone.now()
    assert (timezone.now() - since).days == min(ages.values(), default=0)


def test_the_states_are_counted(client: Client, every_state: Integration) -> None:
    response = client.get(address("people", every_state))
    assert {each.state: each.count for each in response.context["states"]} == dict.fromkeys(State, 1)
    assert len(response.context["rows"]) == len(State) - 1, "disconnected people only where they are asked for"
    assert client.get(address("people", every_state), {"state": "nonsense", "find": "\0"}).status_code == 200


def test_what_is_not_attributed_is_said_also_after_a_sync_that_failed(client: Client, integration: Integration) -> None:
    left_out = [
        {
            "reason": "people with tracked time who are not connected",
            "count": 3,
            "seconds": 41 * 3600,
            "advice": "Connect them.",
            "about": "people",
        },
        {"reason": "task of a person that is read-only", "count": 1, "seconds": 0, "advice": "", "about": ""},
    ]
    with scope(integration.organization_id):
        Sync.objects.create(integration=integration, state=Sync.State.DONE, ended_at=timezone.now(), left_out=left_out)
        Sync.objects.create(integration=integration, state=Sync.State.FAILED, ended_at=timezone.now())
    page = " ".join(strip_tags(shown(client, "people", integration)).split())
    assert "3 people with tracked time who are not connected: 41 h 00 min not attributed." in page
    assert "read-only" not in page


def test_the_services_own_links_stand_beside_ours(client: Client, integration: Integration) -> None:
    native = {
        "id": 900,
        "user_id": 21,
        "integration_id": 4,
        "integration_name": "Jira",
        "remote_id": "a-1",
        "status": "active",
        "integration_status": "disabled",
        "integration_disabled_reason": "Access was taken back",
    }
    with scope(integration.organization_id):
        match_people(integration)
        mirror(integration.right, "user_link", [native])
    page = " ".join(shown(client, "people", integration).split())
    assert "Own link with Jira, disabled: Access was taken back" in page


def test_a_row_says_when_the_person_came_how_far_and_leads_to_their_history(client: Client, every_state: Integration) -> None:
    response = client.get(address("people", every_state), {"state": "authorised"})
    [row] = response.context["rows"]
    assert [state for state, _ in row.reached] == ["Invited", "Opened", "Authorised", "Matched"], "by their times"
    page = words(response.content.decode())
    assert "Authorised " + date_format(timezone.localtime(row.link.authorised_at), "j M Y") in page
    assert f'href="{address("history", every_state)}?link={row.link.pk}"' in response.content.decode()
    assert f'href="{address("history", every_state)}?link=' in shown(
        client, "people", every_state, "?state=authorised", **{"HX-Request": "true"}
    )
    [expired] = client.get(address("people", every_state), {"state": "expired"}).context["rows"]
    assert ("Expired", expired.link.expires_at) in expired.reached


def test_whoever_is_disconnected_can_be_linked_again_from_their_row(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        PersonLink.objects.filter(pk=match_people(integration)[0].pk).update(disconnected_at=timezone.now())
    page = shown(client, "people", integration, "?state=disconnected")
    where = f"{address('connect_person', integration)}?left=u1&amp;right=21"
    assert f'href="{where}"' in page and "Link again" in page
    chosen = shown(client, "connect_person", integration, "?left=u1&right=21")
    assert chosen.count(" checked") == 2
    assert client.post(address("connect_person", integration), {"left": "u1", "right": "21"}).status_code == 303
    assert people(integration) == {"u1": "21"}


def test_searching_for_a_person_works_without_a_script_and_links_nobody(client: Client, crowd: Integration) -> None:
    assert 'name="look"' in shown(client, "connect_person", crowd)
    given = {"left": "u2", "right": "22", "find_left": "mei", "look": "1"}
    response = client.post(address("connect_person", crowd), given)
    page = response.content.decode()
    assert response.status_code == 200 and "errorlist" not in page
    assert "Mei Tanaka" in page and "Lea Winter" in page and people(crowd) == {}


def test_refreshing_the_list_reads_the_services_own_links_too(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        mirror(integration.right, "integration", [{"id": 4, "name": "Jira"}])
        RecordList.objects.update(due_at=None)
    for name, entities in (
        ("refresh_people", {"user", "member", "integration", "user_link"}),
        ("refresh_projects", {"project", "integration", "project_link"}),
    ):
        client.post(address(name, integration))
        with scope(integration.organization_id):
            asked = RecordList.objects.filter(asked_by_person_at__isnull=False, due_at__lte=timezone.now())
            assert set(asked.values_list("entity", flat=True)) == entities
            RecordList.objects.update(due_at=None, asked_by_person_at=None)


@pytest.mark.parametrize("count", [20, 2000])
def test_the_pages_cost_the_same_for_many_people(
    client: Client, integration: Integration, django_assert_max_num_queries: Any, count: int
) -> None:
    with scope(integration.organization_id):
        mirror(integration.left, "user", [person_there(f"u{n}", f"Person {n}", f"{n}@example.org") for n in range(count)])
        mirror(integration.right, "member", [person_here(n, f"Person {n}", f"{n}@example.org") for n in range(count // 2)])
        match_people(integration)
    with django_assert_max_num_queries(26):
        page = client.get(address("people", integration))
    assert len(page.context["rows"]) <= 50 and len(page.context["alone"]) <= 10
    with django_assert_max_num_queries(16):
        page = client.get(address("add_people", integration))
    assert len(page.context["found"].rows) <= 100
    with django_assert_max_num_queries(40):
        client.post(address("notify_people", integration), {"who": "all"})
    with scope(integration.organization_id):
        assert PersonLink.objects.exclude(invited_at=None).count() == count // 2


@pytest.mark.parametrize(("role", "allowed"), [(Role.VIEWER, False), (Role.MEMBER, False), (Role.MANAGER, True)])
def test_only_managers_ask_and_revoke(integration: Integration, organization: Organization, bob: User, role: Role, allowed: bool) -> None:
    with scope(organization.id):
        match_people(integration)
        bob.memberships.update(role=role)
    browser = Client()
    browser.force_login(bob, backend="django.contrib.auth.backends.ModelBackend")
    page = browser.get(address("people", integration)).content.decode()
    assert ("Add users" in page) is ("Notify" in page) is allowed
    for name in ("notify_people", "revoke_people"):
        assert (browser.post(address(name, integration)).status_code == 403) is not allowed
    assert (browser.get(address("asking", integration)).status_code == 403) is not allowed
