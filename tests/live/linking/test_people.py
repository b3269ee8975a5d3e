"""Rows L06 to L09 and L12: people, from the mail to their tasks and time."""

from __future__ import annotations

import pytest
from django.conf import settings

from integrations.linking.models import PersonLink
from tests.linking.mailbox import path_in, text_of
from tests.live.office import Colleague, Office
from tests.live.reader import Reader, number_in

pytestmark = pytest.mark.worker
State = PersonLink.State


def test_picked_people_and_then_all_the_others_get_one_mail_each_with_a_link_of_their_own(
    office: Office, colleagues: list[Colleague]
) -> None:
    """L06"""
    ines, otto = colleagues[2], colleagues[3]
    page = office.notify(ines, otto)
    page.says("2 people notified. Each gets a personal link by e-mail, good for 7 days.")
    assert all("Invited" in page.row(each.name) for each in (ines, otto))
    links = {path_in(text_of(office.mail_to(each))) for each in (ines, otto)}
    assert len(links) == 2

    add = office.open("linking:add_people")
    others = number_in(r"Notify all (\d+)", add.words)
    assert others > 3
    add.press("Notify all").says(f"{others} people notified")
    again = office.open("linking:add_people")
    again.says("Can be notified 0")
    for each in colleagues:
        office.mail_to(each)
    assert [each.name for each in (ines, otto) if len(office.mails(each)) != 1] == [], "who was asked is not asked again"


def test_the_mail_leads_through_sign_up_and_the_own_sign_in_to_connect_and_every_state_is_seen(
    office: Office, colleagues: list[Colleague]
) -> None:
    """L07"""
    ada = colleagues[4]
    mails = len(office.mails(ada))
    office.ask(ada)
    link, browser = office.personal_link(ada, mails + 1), Reader(settings.BASE_URL)
    assert "Invited" in _row(office, ada)
    organization = office.bridge.organization.name

    browser.open(link).says(
        "Alice Office", organization, "Tasks of linked projects that are assigned to you", f"This link is for {ada.email}"
    )
    page = office.sign_up(browser, ada, link)
    page.says("First show that you are", "Sign in at Hubstaff")
    assert "Opened" in _row(office, ada)
    page = office.prove(browser, page, ada)
    page.says("You signed in at Hubstaff as")
    assert "Authorised" in _row(office, ada)
    assert office.state_of(ada) is State.AUTHORISED, "nothing is connected before the person presses Connect"
    page.press("Connect").says("You are connected")
    assert "Connected" in _row(office, ada)
    history = office.open("linking:history", f"?find={ada.name.split()[0]}")
    history.says("Invited", "Link opened", "Authorised", "Connected", "By their own confirmation.")


def test_a_used_a_revoked_and_somebody_elses_link_say_which_and_connect_nobody(
    office: Office, colleagues: list[Colleague], mia: Colleague
) -> None:
    """L07: the ways that lead nowhere"""
    kurt, stranger = colleagues[5], Reader(settings.BASE_URL)
    used = path_in(text_of(office.mails(mia)[-1]))
    stranger.open(used).says("This link was already used")

    count = len(office.mails(kurt))
    office.ask(kurt)
    first = office.personal_link(kurt, count + 1)
    intruder = office.browsers[mia.name]
    intruder.open(first).says("for somebody else")
    assert office.state_of(kurt) is State.INVITED
    office.open("linking:people").press(f"Revoke the link of {kurt.name}").says("1 person can no longer use the link")
    revoked = stranger.open(first)
    assert revoked.status == 410
    revoked.says("This link was taken back", "Nothing was connected")

    office.ask(kurt)
    second = office.personal_link(kurt, count + 2)
    assert second != first
    assert stranger.open(first).status == 404, "only the link in the newest mail counts"
    office.let_links_expire(kurt)
    stranger.open(second).says("This link has expired", "Nothing was connected")
    assert "Expired" in _row(office, kurt)


def test_only_connected_people_get_tasks_and_time_and_what_that_leaves_out_is_said(
    office: Office, colleagues: list[Colleague], mia: Colleague
) -> None:
    """L08"""
    lena = colleagues[6]
    left = office.project("Seagull census", people=(mia, lena))
    office.task(left, "Count the nests", mia, lena)
    office.refresh()
    office.connect_project("Seagull census")
    office.bridge.wait_until_synced()
    task = office.right_tasks("Seagull census")["Count the nests"]
    assert task["assignee_ids"] == [mia.right_id]

    office.add_member("Seagull census", lena)
    office.track(mia, 50, at=7, task=task)
    office.track(lena, 120, at=7, task=task)
    office.sync()
    assert office.written(left) == [(mia.name, "Count the nests", 50)]
    office.newest_sync().says(
        "Person with tracked time who is not connected 1 2 h 00 min", "Connect them: then their time is written back."
    )
    office.open("linking:people").says("1 person with tracked time who is not connected: 2 h 00 min not attributed")

    office.connect_person(lena)
    office.bridge.wait_until_synced()
    assert set(office.right_tasks("Seagull census")["Count the nests"]["assignee_ids"]) == {mia.right_id, lena.right_id}
    assert office.written(left) == sorted([(mia.name, "Count the nests", 50), (lena.name, "Count the nests", 120)])


def test_ticked_people_are_disconnected_after_a_preview_and_undoing_it_connects_them_as_before(
    office: Office, colleagues: list[Colleague]
) -> None:
    """L09: people"""
    paul = colleagues[7]
    office.connect_person(paul)
    before = office.person(paul)
    page = office.disconnect("people", paul.name)
    page.says("1 person is disconnected. You can undo it for 24 hours.")
    assert "Was disconnected by hand." in page.row(paul.name)
    assert office.state_of(paul) is State.DISCONNECTED
    page.press("Undo", of="1 person disconnected").says("1 person is linked again, as before")
    after = office.person(paul)
    assert (after.pk, after.right_id, after.connected_at) == (before.pk, before.right_id, before.connected_at)
    assert "Connected" in _row(office, paul)


def test_members_are_added_by_the_setting_and_else_by_hand(office: Office, mia: Colleague, noah: Colleague) -> None:
    """L12"""
    office.project("Sail loft", "Mend the jib", people=(mia,))
    office.refresh()
    office.connect_project("Sail loft")
    office.bridge.wait_until_synced()
    assert {mia.right_id, noah.right_id} <= office.members_of("Sail loft")

    office.change_organization(adds_members=False)
    try:
        office.project("Rigging", "Splice the shroud", people=(mia,))
        office.refresh()
        office.connect_project("Rigging")
        office.bridge.wait_until_synced()
        assert not {mia.right_id, noah.right_id} & office.members_of("Rigging")
        row = office.open("linking:projects").row("Rigging")
        assert "not a member of the project" in row and "Whose side: You." in row, row

        office.add_member("Rigging", mia)
        office.sync()
        assert office.right_tasks("Rigging")["Splice the shroud"]["assignee_ids"] == [mia.right_id]
    finally:
        office.change_organization(adds_members=True)


def _row(office: Office, person: Colleague) -> str:
    return office.open("linking:people").row(person.name)
