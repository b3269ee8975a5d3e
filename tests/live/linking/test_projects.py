"""Rows L01 to L05 and L09: integrations and projects, through the pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.live.office import Colleague, Office
from tests.live.reader import number_in

pytestmark = pytest.mark.worker
PROJECTS_LINKED, PEOPLE_CONNECTED = r"Projects linked (\d+)", r"People connected (\d+)"


def test_the_overview_counts_what_is_linked_and_tells_of_the_last_and_the_next_sync(office: Office, mia: Colleague) -> None:
    """L01"""
    before = office.open("linking:overview").words
    office.project("Winter opening hours", "Ask the keepers", people=(mia,))
    office.refresh()
    office.connect_project("Winter opening hours")
    office.bridge.wait_until_synced()

    overview = office.open("linking:overview")
    assert number_in(PROJECTS_LINKED, overview.words) == number_in(PROJECTS_LINKED, before) + 1
    assert number_in(PEOPLE_CONNECTED, overview.words) >= 1
    assert re.search(r"Healthy Last sync (just now|.* ago) · next in [0-9]+ min", overview.words), overview.words
    overview.says("The two sides", "timeghost", "Hubstaff", "Syncs every 5 minutes", "What each service can do")
    assert "Linked" in office.open("linking:projects").row("Winter opening hours")
    assert "Connected" in office.open("linking:people").row(mia.name)


def test_a_project_is_connected_by_hand_with_one_that_stands_on_the_right(office: Office) -> None:
    """L02"""
    office.project("Ferry timetable", "Draw the map", "Count the boats")
    stands = office.world.do("/hubstaff/projects", organization=1, name="Boats and times")
    office.refresh()

    office.connect_project("Ferry timetable", "Boats and times").says("“Ferry timetable” is linked")
    office.bridge.wait_until_synced()

    assert "Boats and times" in office.open("linking:projects").row("Ferry timetable")
    tasks = office.right_tasks("Ferry timetable")
    assert set(tasks) == {"Draw the map", "Count the boats"}
    assert {task["project_id"] for task in tasks.values()} == {stands["id"]}
    page = office.open("linking:connect_project").type(find_left="Ferry timetable").press("Search and suggest")
    page.says("Nothing matches “Ferry timetable”")


def test_with_the_right_side_left_blank_a_matching_project_is_created_with_client_and_members(
    office: Office, mia: Colleague, noah: Colleague
) -> None:
    """L03"""
    left = office.project("Lighthouse jubilee", "Polish the lamp", people=(mia,))
    office.refresh()
    office.connect_project("Lighthouse jubilee")
    office.bridge.wait_until_synced()

    [wanted] = [each for each in office.world.timeghost_projects() if each["id"] == left]
    made = office.right_project("Lighthouse jubilee")
    assert made["billable"] == wanted["billable"]
    assert _client_of(office, made) == wanted["client"]["name"]
    assert {mia.right_id, noah.right_id} <= office.members_of("Lighthouse jubilee")
    assert made["metadata"]["timebridge"] == office.world.mark(left)
    assert office.open("linking:projects").row("Lighthouse jubilee").count("Lighthouse jubilee") == 2, "both sides are named"


@pytest.fixture
def paused(office: Office) -> Iterator[None]:
    """Nothing travels, and what is linked meanwhile is disconnected again: the other tests need not sync it all."""
    before = {link.left_id for link in office.links()}
    office.open("linking:overview").press("Pause")
    yield
    while names := [link.name for link in office.links() if link.left_id not in before]:
        shown = office.open("linking:projects").ticks
        office.disconnect("projects", *(name for name in names if f"Tick {name}" in shown))
    office.open("linking:overview").press("Resume")


@pytest.mark.usefixtures("paused")
def test_connecting_all_projects_is_shown_row_by_row_first_and_an_outdated_preview_is_refused(office: Office) -> None:
    """L04"""
    office.project("Harbour cinema", "Choose the films")
    twins = [office.project("Two of one name"), office.project("Two of one name")]
    office.refresh()
    before = {link.left_id for link in office.links()}

    outdated = office.open("linking:connect_all")
    assert "Created" in outdated.row("Harbour cinema")
    assert "You decide" in outdated.row("Website Relaunch"), "Hubstaff has two of this name"
    assert outdated.words.count("Two of one name") >= 2
    outdated.says("Linked already", "Nothing is written before you press Save")
    offered = number_in(r"Save: link (\d+) projects", outdated.words)
    office.connect_project("Harbour cinema")
    refused = outdated.press("Save: link")
    assert refused.status == 422
    refused.says("Something has changed since you looked.", "Nothing was done.", f"Save: link {offered - 1} projects")
    assert len(office.links()) == len(before) + 1

    refused.press("Save: link").says(f"{offered - 1} projects are linked")
    linked = {link.left_id for link in office.links()}
    assert len(linked - before) == offered > 10
    assert not linked & set(twins), "what is risky waits for a person"


def test_refreshing_the_list_brings_what_is_new_on_both_sides_and_names_it(office: Office) -> None:
    """L05"""
    office.project("Fog signal")
    office.world.do("/hubstaff/projects", organization=1, name="Rope and tackle")
    assert not office.open("linking:connect_all").has_row("Fog signal")
    office.refresh().says("timeghost: seen", "1 new (Fog signal)", "1 new (Rope and tackle)")
    assert "Created" in office.open("linking:connect_all").row("Fog signal")


def test_ticked_projects_are_disconnected_after_a_preview_and_undoing_it_brings_the_same_links_back(office: Office) -> None:
    """L09: projects"""
    names = ("Pier repair", "Buoy painting")
    lefts = [office.project(name, f"First of {name}") for name in names]
    office.refresh()
    for name in names:
        office.connect_project(name)
    office.bridge.wait_until_synced()
    before = {name: office.right_tasks(name) for name in names}
    links = {link.left_id: (link.pk, link.right_id, link.member_ids) for link in office.links() if link.left_id in lefts}

    preview = office.ticked("projects", *names)
    preview.says("Disconnect projects", "Nothing is deleted on either side", "1 task paired; all of it stays where it is.")
    page = preview.press("Disconnect 2 projects")
    page.says("2 projects are disconnected. You can undo it for 24 hours.")
    assert [name for name in names if page.has_row(name)] == []
    office.task(lefts[0], "While nobody listened")
    office.sync()
    assert {task["summary"] for task in office.world.hubstaff_tasks()} & {"While nobody listened"} == set()

    page.press("Undo", of="2 projects disconnected").says("2 projects are linked again, as before")
    assert {link.left_id: (link.pk, link.right_id, link.member_ids) for link in office.links() if link.left_id in lefts} == links
    office.bridge.wait_until_synced()
    after = {name: office.right_tasks(name) for name in names}
    assert set(after["Pier repair"]) == {"First of Pier repair", "While nobody listened"}
    assert after["Buoy painting"].keys() == before["Buoy painting"].keys()
    assert after["Buoy painting"]["First of Buoy painting"]["id"] == before["Buoy painting"]["First of Buoy painting"]["id"]
    history = office.open("linking:history", f"?link={links[lefts[0]][0]}")
    history.says("Restored", "Disconnected", "Alice Office")


def _client_of(office: Office, project: dict[str, object]) -> str:
    organization = office.world.company.organization_id
    clients = office.world.told(office.world.hubstaff.get(f"/organizations/{organization}/clients", params={"page_limit": 100}))["clients"]
    return next((str(each["name"]) for each in clients if each["id"] == project["client_id"]), "")
