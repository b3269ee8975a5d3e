"""A colleague is asked by e-mail and connects: the mail's link, sign-up, the own sign-in at Hubstaff, *Connect*, the confirmation."""

from __future__ import annotations

from email.message import Message
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.linking.mailbox import mails_in, path_in, text_of
from tests.live.services import Services
from tests.live.visitor import CHROMIUM, MISSING, PASSWORD, WAIT, Visitor
from tests.live.world import World

pytestmark = [pytest.mark.worker, pytest.mark.browser, pytest.mark.skipif(not CHROMIUM.exists(), reason=MISSING)]


def test_a_colleague_confirms_by_the_mails_link_and_is_connected(visitor: Visitor, world: World, services: Services) -> None:
    bob = _colleague(world)
    _connect_both(visitor, world)
    _notify(visitor, bob)
    users = visitor.page.url
    link = _link_in_the_mail(services, bob)

    colleague = _in_another_browser(visitor)
    colleague.page.goto(f"{colleague.portal}{link}")
    colleague.expect_words("Alice Dahl of Northlight Studio asks you")
    colleague.photograph("personal-before")
    _sign_up(colleague)
    colleague.expect_words("What you allow")
    colleague.photograph("personal-opened")
    _sign_in_over_there(colleague, bob)
    colleague.expect_words("You signed in at Hubstaff as", WAIT)
    colleague.photograph("personal-authorised")
    colleague.press("Connect")
    colleague.expect_words("You are connected")
    colleague.photograph("personal-connected")

    visitor.page.goto(users)
    expect(_row(visitor.page, bob)).to_contain_text("Connected")
    visitor.photograph("users")


def _colleague(world: World) -> str:
    """The address of somebody who works on both sides."""
    members = world.told(world.hubstaff.get(f"/organizations/{world.company.organization_id}/members", params={"include": "users"}))
    return next(str(user["email"]) for user in members["users"] if user["email"] != world.company.owner)


def _connect_both(visitor: Visitor, world: World) -> None:
    """Alice founds an organization, and connects both services with the accounts of the sandbox's owner."""
    visitor.sign_up("Alice Dahl", "alice@northlight.example")
    visitor.create_organization("Northlight Studio")
    visitor.press("Continue")
    visitor.connect("timeghost", "Sign in with Microsoft", world.company.owner)
    visitor.connect("Hubstaff", "Sign in with Hubstaff", world.company.owner)
    visitor.press("Continue")
    expect(visitor.page.locator("#step")).to_contain_text("Each person confirms by e-mail", timeout=WAIT)
    visitor.photograph("wizard-people")


def _notify(visitor: Visitor, address: str) -> None:
    visitor.page.goto(visitor.portal)
    visitor.go_to("Integrations")
    visitor.page.locator("main h2 a").first.click()
    visitor.open_tab("Users")
    visitor.photograph("users-empty")
    visitor.follow("Add users", visitor.page.locator(".page__actions"))
    visitor.page.get_by_placeholder("Search people").fill(address)
    expect(visitor.page.locator("#candidates tbody tr")).to_have_count(1)
    _row(visitor.page, address).get_by_role("checkbox").check()
    visitor.photograph("add-users")
    visitor.press("Notify", visitor.page.locator("#candidates"))
    visitor.expect_words("1 person notified.")
    expect(_row(visitor.page, address)).to_contain_text("Invited")


def _link_in_the_mail(services: Services, address: str) -> str:
    """The path of the personal link, read in the mailbox."""
    services.until("the mail is there", lambda: _mails(services, address))
    return path_in(text_of(_mails(services, address)[-1]))


def _mails(services: Services, address: str) -> list[Message]:
    """What lies in the folder of the mail backend for an address; a mail that is just being written has no text yet."""
    folder = Path(services.folder) / "mail"
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    messages = [each for file in files for each in mails_in(file)]
    return [message for message in messages if message["To"] == address and message.is_multipart()]


def _in_another_browser(visitor: Visitor) -> Visitor:
    browser = visitor.page.context.browser
    assert browser
    page = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light", locale="en-GB").new_page()
    page.set_default_timeout(WAIT)
    return Visitor(page, visitor.portal, visitor.sandbox, visitor.album)


def _sign_up(colleague: Visitor) -> None:
    """The address stands there already: whoever holds the link has read the mail."""
    colleague.follow("Create an account")
    page = colleague.page
    page.get_by_label("Your name").fill("Bob")
    expect(page.locator("input[name=email]")).not_to_have_value("")
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("input[name=password2]").fill(PASSWORD)
    colleague.press("Create account")


def _sign_in_over_there(colleague: Visitor, address: str) -> None:
    colleague.press("Sign in at Hubstaff")
    choice = colleague.page.locator("select[name=person]")
    choice.wait_for(timeout=WAIT)
    assert colleague.page.url.startswith(colleague.sandbox)
    choice.select_option(address)
    colleague.press("Authorize")


def _row(page: Page, address: str) -> Locator:
    return page.locator("tbody tr", has_text=address).first
