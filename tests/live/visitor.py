"""Somebody who uses the portal and the sandbox in a real Chromium, by what stands on the pages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, ViewportSize, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
MISSING = f"there is no {CHROMIUM} on this machine: apt-get install chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PASSWORD = "correct horse battery staple"
NARROW: ViewportSize = {"width": 390, "height": 844}
CLICK, WAIT = 20_000, 60_000  # milliseconds: for a page, and for what workers do


class Visitor:
    """One person with one browser tab. `portal` and `sandbox` are addresses; pictures are taken where there is an album for them."""

    def __init__(self, page: Page, portal: str, sandbox: str, album: Path | None = None) -> None:
        self.page, self.portal, self.sandbox, self.album = page, portal, sandbox, album

    # --- Anywhere ---------------------------------------------------------------------------------------------------------

    def press(self, name: str, within: Page | Locator | None = None) -> None:
        """Presses the button of this name."""
        (within or self.page).get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str, within: Page | Locator | None = None) -> None:
        """Follows the link of this name."""
        (within or self.page).get_by_role("link", name=name, exact=True).click()

    def go_to(self, name: str) -> None:
        """Goes to a page of the organization by the sidebar."""
        self.follow(name, self.page.locator("#sidebar"))

    def photograph(self, name: str) -> None:
        if self.album:
            self.page.screenshot(path=self.album / f"{name}.png", full_page=True, animations="disabled")

    def portray(self, name: str) -> None:
        """The page in light, in dark and on a narrow screen."""
        if not self.album:
            return
        self.photograph(name)
        wide = self.page.viewport_size
        self.page.emulate_media(color_scheme="dark")
        self.photograph(f"{name}-dark")
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size(NARROW)
        self.photograph(f"{name}-narrow")
        if wide:
            self.page.set_viewport_size(wide)

    def sight(self) -> str:
        """What the page says, for the report of a failed test."""
        self.photograph("failed")
        return f"{self.page.url}\n{self.page.locator('body').inner_text()[:3000]}"

    def row(self, text: str, table: Locator | None = None) -> Locator:
        """The one row whose first cell is this text."""
        cell = self.page.locator("td, th").filter(has_text=re.compile(f"^\\s*{re.escape(text)}\\s*$"))
        return (table or self.page.locator("body")).locator("tr").filter(has=cell)

    def expect_words(self, words: str | re.Pattern[str], patience: int = CLICK) -> None:
        expect(self.page.locator("body")).to_contain_text(words, timeout=patience)

    # --- Coming in --------------------------------------------------------------------------------------------------------

    def sign_up(self, name: str, email: str) -> None:
        self.page.goto(self.portal)
        self.photograph("landing")
        self.follow("Create an account")
        self.page.get_by_label("Your name").fill(name)
        self.page.locator("input[name=email]").fill(email)
        self.page.locator("input[name=password1]").fill(PASSWORD)
        self.page.locator("input[name=password2]").fill(PASSWORD)
        self.press("Create account")

    def sign_in(self, email: str, password: str) -> None:
        self.page.goto(f"{self.portal}/accounts/login/")
        self.page.locator("input[name=login]").fill(email)
        self.page.locator("input[name=password]").fill(password)
        self.press("Sign in")

    def create_organization(self, name: str) -> None:
        self.page.locator("input[name=name]").fill(name)
        self.page.locator("select[name=time_zone]").select_option("Europe/Berlin")
        self.press("Create organization")

    def connect(self, provider: str, way: str, person: str) -> None:
        """From the wizard to the provider's own page, where the person lets us in, and back."""
        self.follow(f"Connect {provider}")
        self.press(way)
        choice = self.page.locator("select[name=person]")
        choice.wait_for(timeout=WAIT)
        assert self.page.url.startswith(self.sandbox), self.page.url
        choice.select_option(person)
        self.photograph(f"consent-{provider}")
        self.press("Authorize")
        card = self.page.locator("section", has=self.page.get_by_role("heading", name=provider, exact=True))
        expect(card).to_contain_text("Connected", timeout=WAIT)

    # --- An integration ---------------------------------------------------------------------------------------------------

    def link_everything(self) -> int:
        """From the page of linked projects: everything is linked as proposed. Gives how many projects."""
        self.follow("Connect all projects")
        save = self.page.get_by_role("button", name=re.compile("^Save: link"))
        found = re.search(r"\d+", save.inner_text())
        self.photograph("connect-all")
        save.click()
        expect(self.page.get_by_role("heading", name="Linked projects")).to_be_visible(timeout=CLICK)
        return int(found.group()) if found else 0

    def disconnect_everything(self) -> None:
        """From the page of linked projects: ticks all, sees what that means, and disconnects them."""
        self.page.get_by_label("Tick all").check()
        self.press("Disconnect", self.page.locator("#links"))
        self.photograph("disconnect")
        self.page.get_by_role("button", name=re.compile("^Disconnect [0-9]+ project")).click()
        self.expect_words("No project is linked yet")

    def open_tab(self, name: str) -> None:
        self.follow(name, self.page.locator("main"))

    def leave_a_sync_and_find_it_again(self, home: str) -> None:
        """Sees on the page of syncs how far it is, goes elsewhere and comes back by another way."""
        self.open_tab("Sync")
        now = self.page.locator("section[aria-label=Now]")
        expect(now).to_contain_text(re.compile("[0-9]+ of [0-9]+"), timeout=WAIT)
        self.portray("progress")
        self.go_to("Dashboard")
        self.page.goto(home)
        self.open_tab("Sync")
        expect(now).to_contain_text("You may leave this page; it goes on.")

    def wait_until_synced(self, patience: int = WAIT) -> None:
        """Watches the page of syncs until nothing is under way any more."""
        self.open_tab("Sync")
        state = self.page.locator("section[aria-label=Now]")
        expect(state).to_contain_text("Last sync", timeout=patience)
        expect(self.page.locator("#syncs tbody tr").first).to_contain_text("Done", timeout=CLICK)

    # --- Over there -------------------------------------------------------------------------------------------------------

    def open_project_over_there(self, side: str, workspace: str, project: str) -> None:
        """Walks to a project on the pages of one of the sandbox's services."""
        self.page.goto(f"{self.sandbox}/{side}/")
        self.follow(workspace)
        self.page.locator("table").first.get_by_role("link", name=project, exact=True).first.click()

    def tasks_over_there(self, which: str) -> Locator:
        """The table of `Open tasks` or `Completed tasks`."""
        return self.page.locator(f"h2:text-is('{which}') ~ table").first


@contextmanager
def chromium(width: int = 1280, height: int = 900) -> Iterator[Page]:
    """A tab of a fresh browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="light", locale="en-GB")
        context.set_default_timeout(CLICK)
        yield context.new_page()
        context.close()
        browser.close()


def album() -> Path | None:
    """Where pictures go: what SCREENSHOTS says."""
    named = os.environ.get("SCREENSHOTS")
    if not named:
        return None
    folder = Path(named)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
