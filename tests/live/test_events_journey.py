"""Triggers, deliveries and automations in a browser: what happens in one tracker is told, delivered, and done in the other one."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.live.bridge import build
from tests.live.services import Services
from tests.live.visitor import CHROMIUM, MISSING, PASSWORD, WAIT, Visitor
from tests.live.world import World

pytestmark = [pytest.mark.worker, pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason=MISSING)]

TRIGGER, DESTINATION, AUTOMATION = "New projects", "Our own system", "Projects for timeghost"
NEWS, COPY = "Harbour Festival 2027", "From Hubstaff: Harbour Festival 2027"


@pytest.fixture
def email(portal: str, services: Services) -> str:
    """Of an owner whose organization has both trackers connected."""
    owner = build(services).owner
    owner.set_password(PASSWORD)
    owner.save()
    return owner.email


def test_an_owner_sets_all_up_and_a_new_project_is_told_delivered_and_made_in_the_other_tracker(
    email: str, visitor: Visitor, world: World
) -> None:
    visitor.sign_in(email, PASSWORD)

    _make_trigger(visitor)
    _make_destination(visitor)
    _make_automation(visitor)
    _add_step(visitor)
    _try_and_switch_on(visitor)

    visitor.go_to("Events")
    world.do("/hubstaff/projects", organization=1, name=NEWS)
    _see_it_in_the_feed(visitor)
    _see_its_delivery(visitor)
    _see_the_run_of_the_automation(visitor)
    assert [project["name"] for project in world.timeghost_projects() if NEWS in project["name"]] == [COPY]


# --- Setting up -------------------------------------------------------------------------------------------------------


def _make_trigger(visitor: Visitor) -> None:
    """It begins with everything there is, so that there is something to try an automation with."""
    visitor.go_to("Triggers")
    _begin(visitor, "New trigger")
    visitor.portray("trigger-choice")
    visitor.page.get_by_role("link", name=re.compile("^Watch Projects Created")).click()
    visitor.page.locator("select[name=start]").select_option("everything")
    outlook = visitor.page.locator("#outlook")
    expect(outlook).to_contain_text(re.compile("At the start it tells [0-9]+ events"))
    expect(outlook).to_contain_text(re.compile("[0-9]+ calls? an hour"))
    visitor.page.get_by_label("Name", exact=True).fill(TRIGGER)
    visitor.portray("trigger-new")
    visitor.press("Watch")
    expect(visitor.page.locator("#trigger .timeline .event").nth(5)).to_be_visible(timeout=WAIT)
    expect(visitor.page.locator("#trigger")).to_contain_text("Active", timeout=WAIT)
    visitor.portray("trigger")


def _begin(visitor: Visitor, name: str) -> None:
    """Where there is nothing yet, it is offered twice."""
    visitor.page.get_by_role("link", name=name, exact=True).first.click()


def _make_destination(visitor: Visitor) -> None:
    """Its secret is shown once."""
    visitor.go_to("Deliveries")
    _begin(visitor, "Destinations")
    _begin(visitor, "New webhook")
    visitor.page.get_by_label("Name", exact=True).fill(DESTINATION)
    visitor.page.get_by_label("Address", exact=True).fill(f"{visitor.sandbox}/control/echo")
    visitor.portray("destination-new")
    visitor.press("Make it")
    visitor.expect_words("It is shown this once and never again.")
    visitor.expect_words("whsec_")
    visitor.portray("secret")
    visitor.page.reload()
    visitor.expect_words("It was shown once")
    expect(visitor.page.locator("body")).not_to_contain_text("whsec_")
    visitor.follow(f"Back to {DESTINATION}")
    visitor.portray("destination")


def _make_automation(visitor: Visitor) -> None:
    visitor.go_to("Automations")
    _begin(visitor, "New automation")
    visitor.page.locator("select[name=trigger]").select_option(index=0)
    visitor.page.get_by_label("Name", exact=True).fill(AUTOMATION)
    visitor.press("Go on")


def _add_step(visitor: Visitor) -> None:
    """A project in timeghost, whose name comes from the event: words, and a click on a field."""
    visitor.follow("Add a step")
    timeghost = visitor.page.locator("section", has=visitor.page.get_by_role("heading", name=re.compile("^timeghost")))
    timeghost.get_by_role("link", name=re.compile("^Add Project")).first.click()
    visitor.page.get_by_label("Name", exact=True).press_sequentially("From Hubstaff: ")
    visitor.page.locator(".tree button[title='event.after.name']").click()
    expect(visitor.page.get_by_label("Name", exact=True)).to_have_value("From Hubstaff: {{ event.after.name }}")
    _pick_the_first(visitor, "Client")
    visitor.portray("automation-step")
    visitor.press("Save the step")
    visitor.expect_words("The step is saved.")


def _pick_the_first(visitor: Visitor, label: str) -> None:
    visitor.page.get_by_role("button", name=re.compile(f"^{label}")).first.click()
    visitor.page.get_by_role("group", name=label, exact=True).locator(
        ".picker__option", has=visitor.page.locator("[data-title]")
    ).first.click()


def _try_and_switch_on(visitor: Visitor) -> None:
    visitor.follow("Try it")
    visitor.press("Dry run")
    visitor.expect_words("Every step can be filled in.")
    expect(visitor.page.locator("#dry-run")).to_contain_text("From Hubstaff: ")
    visitor.portray("automation-dry-run")
    visitor.follow(AUTOMATION)
    visitor.press("Switch on")
    visitor.expect_words("it runs by itself now")
    visitor.portray("automation")


# --- What came of it --------------------------------------------------------------------------------------------------


def _see_it_in_the_feed(visitor: Visitor) -> None:
    """Without another look at the page: it renews itself."""
    event = visitor.page.locator("#feed .event", has_text=NEWS)
    expect(event).to_contain_text("Delivered", timeout=WAIT)
    expect(event).to_contain_text("Done", timeout=WAIT)
    visitor.portray("events")
    visitor.follow(NEWS, event)
    expect(_deed(visitor, DESTINATION)).to_contain_text("Delivered")
    expect(_deed(visitor, AUTOMATION)).to_contain_text("Done")
    visitor.portray("event")


def _see_its_delivery(visitor: Visitor) -> None:
    visitor.follow(DESTINATION, _deed(visitor, DESTINATION))
    visitor.expect_words("1. Answered 200")
    visitor.page.get_by_text("Request and response").click()
    visitor.expect_words("webhook-signature")
    visitor.expect_words("hubstaff.project.created")
    visitor.portray("delivery")
    visitor.page.go_back()


def _see_the_run_of_the_automation(visitor: Visitor) -> None:
    _deed(visitor, AUTOMATION).get_by_role("link").first.click()
    steps = visitor.page.locator("section[aria-labelledby=steps]")
    expect(steps.locator(".badge", has_text="Done")).to_have_count(2)
    visitor.portray("automation-run")
    steps.get_by_role("link").first.click()
    visitor.expect_words(AUTOMATION)
    visitor.expect_words(COPY)
    visitor.portray("run")


def _deed(visitor: Visitor, title: str) -> Locator:
    return visitor.page.locator("#deeds .event", has_text=title)
