"""Disconnecting: what is shown before, what it does, and undoing it within a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integrations.linking.disconnecting import CannotUndo, disconnect, undo
from integrations.linking.models import Disconnection, Integration, LinkEvent, PersonLink, ProjectLink
from integrations.linking.people import match_people
from integrations.linking.services import connect_all, join, link_project
from integrations.sync.models import Pair
from portal.accounts.models import User
from portal.organizations.scope import scope
from tests.linking.building import connect
from tests.linking.pages import address, again, events, links, people, shown, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def linked(integration: Integration) -> list[ProjectLink]:
    """Website relaunch, which holds two tasks and an hour and a half of time, and Spring campaign, which holds nothing."""
    with scope(integration.organization_id):
        made = sorted(connect_all(integration, None), key=lambda link: link.left_id)
        for number in (1, 2):
            values = {"name": "Texts", "is_completed": False, "assignee_ids": ["21"]}
            Pair.objects.create(
                integration=integration, project_link=made[0], part="task", left_id=f"t{number}", right_id=str(number), values=values
            )
        for number, seconds in ((1, 3600), (2, 1800)):
            values = {"start": "2026-11-20T09:00:00+00:00", "seconds": seconds}
            Pair.objects.create(
                integration=integration,
                project_link=made[0],
                part="time",
                left_id=f"x{number}",
                right_id=f"2026-11-20/21/{number}",
                values=values,
            )
    return made


def ask(client: Client, integration: Integration, chosen: list[Any], name: str = "disconnect_projects") -> Any:
    """Ticks rows and opens the preview that follows."""
    answer = client.post(address(name, integration), {"link": [link.pk for link in chosen]})
    assert answer.status_code == 303
    return client.get(answer["Location"])


def confirm(client: Client, preview: Any, **more: Any) -> Any:
    hidden = preview.context["preview"]
    given = {"seal": hidden.seal, "link": [value for _, value in hidden.hidden], **more}
    return client.post(hidden.here, given)


def newest(integration: Integration) -> Disconnection:
    with scope(integration.organization_id):
        return Disconnection.objects.select_related("integration").latest("created_at")


def rows_of(integration: Integration) -> list[dict[str, Any]]:
    """All that the links are, as the tables have it."""
    with scope(integration.organization_id):
        return [dict(row) for row in ProjectLink.objects.order_by("id").values()]


# --- Before ---------------------------------------------------------------------------------------------------------------


def test_what_each_project_holds_and_what_follows_is_shown_before_anything_is_done(
    client: Client, integration: Integration, linked: list[ProjectLink]
) -> None:
    page = ask(client, integration, linked)
    said = words(page.content.decode())
    assert "Disconnect 2 projects" in said
    assert "2 tasks paired, 1 h 30 min written back to timeghost; all of it stays where it is." in said
    assert "Nothing has travelled through it yet." in said
    assert "Nothing is deleted on either side" in said
    assert len(links(integration)) == 2


def test_of_a_person_the_assigned_tasks_and_their_time_are_shown(
    client: Client, integration: Integration, linked: list[ProjectLink]
) -> None:
    with scope(integration.organization_id):
        made = match_people(integration)
    page = ask(client, integration, made, "disconnect_people")
    said = words(page.content.decode())
    assert "Disconnect 1 person" in said
    assert "2 tasks assigned, 1 h 30 min written back to timeghost" in said


def test_without_a_ticked_row_it_says_so(client: Client, integration: Integration) -> None:
    response = client.post(address("disconnect_projects", integration), {"link": "no id"}, follow=True)
    assert "Tick the projects first." in response.content.decode()


def test_rows_that_are_not_linked_any_more_leave_nothing_to_do(client: Client, integration: Integration, linked: list[ProjectLink]) -> None:
    with scope(integration.organization_id):
        disconnect(ProjectLink, integration, [link.pk for link in linked], None)
    assert "None of these projects is linked any more." in words(ask(client, integration, linked).content.decode())


def test_what_many_links_hold_costs_as_many_queries_as_what_few_hold(
    client: Client, integration: Integration, linked: list[ProjectLink], django_assert_max_num_queries: Any
) -> None:
    with scope(integration.organization_id):
        more = [ProjectLink(integration=integration, left_id=f"x{number}", right_id=f"y{number}") for number in range(48)]
        ProjectLink.objects.bulk_create(more)
    answer = client.post(address("disconnect_projects", integration), {"link": [link.pk for link in [*linked, *more]]})
    with django_assert_max_num_queries(15):
        page = client.get(answer["Location"])
    assert "Disconnect 50 projects" in page.content.decode()


# --- Doing it -------------------------------------------------------------------------------------------------------------


def test_what_was_shown_is_disconnected_and_noted(client: Client, integration: Integration, linked: list[ProjectLink]) -> None:
    answer = confirm(client, ask(client, integration, linked[:1]))
    assert answer.status_code == 303
    assert set(links(integration)) == {linked[1].left_id}
    assert events(integration)[0] == ("Website relaunch", LinkEvent.What.DISCONNECTED, "Alice")
    with scope(integration.organization_id):
        assert Pair.objects.count() == 4


def test_a_row_that_is_left_out_stays_linked(client: Client, integration: Integration, linked: list[ProjectLink]) -> None:
    confirm(client, ask(client, integration, linked), leave=[str(linked[0].pk)])
    assert set(links(integration)) == {linked[0].left_id}


def test_leaving_out_everything_disconnects_nothing(client: Client, integration: Integration, linked: list[ProjectLink]) -> None:
    confirm(client, ask(client, integration, linked), leave=[str(link.pk) for link in linked])
    assert len(links(integration)) == 2
    with scope(integration.organization_id):
        assert not Disconnection.objects.exists()


def test_an_outdated_preview_disconnects_nothing(client: Client, integration: Integration, linked: list[ProjectLink]) -> None:
    preview = ask(client, integration, linked)
    with scope(integration.organization_id):
        ProjectLink.objects.filter(pk=linked[0].pk).update(right_id="12")
    answer = confirm(client, preview)
    assert answer.status_code == 422
    assert "Something has changed since you looked." in answer.content.decode()
    assert len(links(integration)) == 2


def test_people_are_disconnected_the_same_way(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        made = match_people(integration)
    assert confirm(client, ask(client, integration, made, "disconnect_people")).status_code == 303
    assert people(integration) == {}
    assert newest(integration).part == Disconnection.Part.PEOPLE


# --- Undoing it -----------------------------------------------------------------------------------------------------------


def test_the_page_offers_to_undo_it_and_says_who_did_it_and_until_when(
    client: Client, integration: Integration, linked: list[ProjectLink]
) -> None:
    confirm(client, ask(client, integration, linked))
    page = shown(client, "projects", integration)
    assert "2 projects disconnected just now by Alice. It can be undone until" in words(page)
    assert f"undo/{newest(integration).pk}/" in page


def test_earlier_ones_stand_below_the_newest(client: Client, integration: Integration, linked: list[ProjectLink]) -> None:
    for link in linked:
        confirm(client, ask(client, integration, [link]))
    assert "Disconnected before that, still to be undone: 1" in words(shown(client, "projects", integration))


def test_undoing_brings_back_the_same_rows(client: Client, integration: Integration, linked: list[ProjectLink]) -> None:
    with scope(integration.organization_id):
        ProjectLink.objects.filter(pk=linked[0].pk).update(member_ids=["21", "22"], synced_name="Website relaunch")
    before = rows_of(integration)
    confirm(client, ask(client, integration, linked))
    answer = client.post(f"{address('overview', integration)}undo/{newest(integration).pk}/", follow=True)
    assert "2 projects are linked again, as before." in answer.content.decode()
    assert rows_of(integration) == before
    assert again(integration).whole_look_at is None
    assert [what for _, what, _ in events(integration)[:2]] == [LinkEvent.What.RESTORED] * 2
    assert "Undo" not in shown(client, "projects", integration)


def test_undoing_brings_back_people_as_far_as_they_had_come(client: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        made = match_people(integration)
        PersonLink.objects.filter(pk=made[0].pk).update(connected_at=timezone.now())
        before = list(PersonLink.objects.values())
        disconnect(PersonLink, integration, [made[0].pk], None)
    client.post(f"{address('overview', integration)}undo/{newest(integration).pk}/")
    with scope(integration.organization_id):
        assert list(PersonLink.objects.values()) == before


def test_after_a_day_it_is_too_late(client: Client, integration: Integration, linked: list[ProjectLink]) -> None:
    with scope(integration.organization_id):
        made = disconnect(ProjectLink, integration, [link.pk for link in linked], None)
        assert made
        Disconnection.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert "can be undone until" not in words(shown(client, "projects", integration))
    answer = client.post(f"{address('overview', integration)}undo/{made.pk}/", follow=True)
    assert "A disconnection can be undone for 24 hours." in answer.content.decode()
    assert links(integration) == {}


def test_a_second_undo_says_that_it_was_done(client: Client, integration: Integration, linked: list[ProjectLink]) -> None:
    with scope(integration.organization_id):
        disconnect(ProjectLink, integration, [link.pk for link in linked], None)
    made = newest(integration)
    for _ in range(2):
        answer = client.post(f"{address('overview', integration)}undo/{made.pk}/", follow=True)
    assert "This was undone already." in answer.content.decode()
    assert len(links(integration)) == 2


def test_a_partner_that_was_linked_elsewhere_meanwhile_is_said_and_the_rest_comes_back(
    client: Client, integration: Integration, linked: list[ProjectLink]
) -> None:
    confirm(client, ask(client, integration, linked))
    made = newest(integration)
    with scope(integration.organization_id):
        link_project(integration, "p3", "11", None)
    answer = client.post(f"{address('overview', integration)}undo/{made.pk}/", follow=True)
    said = words(answer.content.decode())
    assert "1 project is linked again, as before." in said
    assert "“Website relaunch” its partner is linked with Annual report now." in said
    assert links(integration) == {"p2": "", "p3": "11"}


def test_a_link_that_was_made_anew_or_parted_again_is_left_as_it_is(integration: Integration, linked: list[ProjectLink]) -> None:
    with scope(integration.organization_id):
        first = disconnect(ProjectLink, integration, [link.pk for link in linked], None)
        link_project(integration, "p1", "12", None)
        link_project(integration, "p2", "13", None)
        disconnect(ProjectLink, integration, [linked[1].pk], None)
        assert first
        restored = undo(first, None)
    assert restored.links == []
    assert {reason for _, reason in restored.left_out} == {"is linked again already", "was linked and disconnected again since"}
    assert links(integration) == {"p1": "12"}


def test_undoing_what_another_person_has_just_undone_is_refused(integration: Integration, linked: list[ProjectLink]) -> None:
    with scope(integration.organization_id):
        made = disconnect(ProjectLink, integration, [link.pk for link in linked], None)
        assert made
        read_before = Disconnection.objects.select_related("integration").get(pk=made.pk)
        undo(made, None)
        with pytest.raises(CannotUndo, match="undone already"):
            undo(read_before, None)


@pytest.mark.parametrize("name", ["disconnect_projects", "disconnect_people"])
def test_a_member_disconnects_nothing(client: Client, integration: Integration, bob: User, linked: list[ProjectLink], name: str) -> None:
    client.force_login(bob)
    assert client.post(address(name, integration), {"link": [linked[0].pk]}).status_code == 403
    assert client.get(address(name, integration)).status_code == 403
    assert "Undo" not in shown(client, "projects", integration)


def test_undoing_leaves_out_a_project_whose_partner_another_integration_has_linked_since(
    client: Client, integration: Integration, linked: list[ProjectLink]
) -> None:
    with scope(integration.organization_id):
        parted = disconnect(ProjectLink, integration, [link.pk for link in linked], None)
        others = join(connect("timeghost", "Others"), integration.right, None)
        ProjectLink.objects.create(integration=others, left_id="q1", right_id="11")
        assert parted
        restored = undo(parted, None)
    assert [link.left_id for link in restored.links] == ["p2"]
    assert restored.left_out == [("Website relaunch", "its partner is linked in “Others ⇄ Clock” now")]
