"""An organization whose people link two trackers through the portal's own pages, with a real worker, mails and sandbox behind them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from email.message import Message
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from integrations.demonstration.company import found
from integrations.linking.models import Integration, PersonLink, ProjectLink
from integrations.sync.models import Obstacle, Sync
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from portal.work.tasks import sweep
from tests.linking.mailbox import mails_in, path_in, text_of
from tests.live.bridge import Bridge, lists_are_read
from tests.live.reader import Page, Reader
from tests.live.services import Services, addresses
from tests.live.visitor import PASSWORD
from tests.live.world import World, seconds_of

ZONE = ZoneInfo("Europe/Berlin")  # of the organization
KEY = "timeghost-key-1"  # what the owner of the sandbox's first company copies from timeghost's settings


@dataclass(frozen=True)
class Colleague:
    """Somebody who works on both sides, with the id that each knows them by."""

    name: str
    email: str
    left_id: str
    right_id: int


@dataclass(frozen=True)
class Office:
    """The organization, its manager at the browser, and what stands over there."""

    bridge: Bridge
    world: World
    manager: Reader
    browsers: dict[str, Reader] = field(default_factory=dict)  # of people who have connected themselves, by name

    @property
    def services(self) -> Services:
        return self.bridge.services

    # --- Pages ------------------------------------------------------------------------------------------------------------

    def open(self, name: str, query: str = "", **more: object) -> Page:
        """Opens a page of the integration, such as `linking:projects`; it has to be there."""
        where = {"organization": self.bridge.organization.slug, "integration": self.bridge.integration.pk}
        page = self.manager.open(reverse(name, kwargs={**where, **more}) + query)
        assert page.status == 200, f"{page.address} answers {page.status}: {page.words}"
        return page

    def sync(self) -> None:
        """Presses *Sync now* and waits for the end."""
        asked_at = timezone.now()
        self.open("sync:list").press("Sync now")
        self.bridge.wait_until_synced(asked_at)

    def newest_sync(self) -> Page:
        """The page of the newest sync."""
        with scope(self.bridge.organization.pk):
            newest = Sync.objects.filter(integration=self.bridge.integration).latest("created_at")
        return self.open("sync:detail", sync=newest.pk)

    def refresh(self, part: str = "projects") -> Page:
        """Presses *Refresh the list* and waits until the page knows both lists anew."""
        page = self.open(f"linking:{part}").press("Refresh the list")
        shown = [page]
        self.services.until("both lists are read", lambda: "being refreshed" not in self._again(shown).words)
        return shown[0]

    def _again(self, shown: list[Page]) -> Page:
        shown[0] = self.manager.open(shown[0].address)
        return shown[0]

    # --- Linking ----------------------------------------------------------------------------------------------------------

    def connect_project(self, name: str, partner: str = "") -> Page:
        """Connects a project by hand, as somebody without a script does: searches, chooses and saves. Gives the page of projects."""
        page = self.open("linking:connect_project")
        page = page.type(find_left=name, find_right=partner).press("Search and suggest").tick(name, among="left")
        page = (page.tick(partner, among="right") if partner else page).press("Save")
        assert page.address.endswith("/projects/"), page.words
        return page

    def linked(self, name: str) -> ProjectLink:
        with scope(self.bridge.organization.pk):
            return ProjectLink.live.get(integration=self.bridge.integration, name=name)

    def links(self) -> list[ProjectLink]:
        with scope(self.bridge.organization.pk):
            return list(ProjectLink.live.filter(integration=self.bridge.integration))

    def ticked(self, part: str, *names: str) -> Page:
        """Ticks rows and chooses *Disconnect* among the batch actions. Gives the preview."""
        page = self.open(f"linking:{part}").tick(*(f"Tick {name}" for name in names))
        return page.press("Disconnect", of=f"Linked {part}")

    def disconnect(self, part: str, *names: str) -> Page:
        """The same, and confirms what is shown. Gives the list."""
        return self.ticked(part, *names).press(f"Disconnect {len(names)}")

    # --- Settings ---------------------------------------------------------------------------------------------------------

    def change_settings(self, *chosen: str, **typed: str) -> None:
        """Chooses and types on the integration's page of settings, and saves."""
        self.open("linking:settings").tick(*chosen).type(**typed).press("Save settings").says("The settings are saved.")

    def change_organization(self, *, adds_members: bool) -> None:
        page = self.manager.open(f"/o/{self.bridge.organization.slug}/settings/")
        page = (page.tick if adds_members else page.untick)("Add connected people to every linked project")
        assert page.press("Save").status == 200

    # --- People -----------------------------------------------------------------------------------------------------------

    def notify(self, *people: Colleague) -> Page:
        """*Add users*: picks them and presses *Notify*."""
        page = self.open("linking:add_people").tick(*(f"Select {each.name}" for each in people))
        return page.press("Notify", of="People of timeghost")

    def mail_to(self, person: Colleague, count: int = 1) -> Message:
        """The newest mail in somebody's mailbox, as soon as there are so many."""
        self.services.until(f"{person.email} has {count} mails", lambda: len(self.mails(person)) >= count)
        return self.mails(person)[-1]

    def mails(self, person: Colleague) -> list[Message]:
        """Somebody's mails from this organization, oldest first."""
        files = sorted((self.services.folder / "mail").glob("*"), key=lambda file: file.stat().st_mtime_ns)
        found = [each for file in files for each in mails_in(file)]
        ours = self.bridge.organization.name
        return [each for each in found if each["To"] == person.email and ours in str(each["Subject"])]

    def personal_link(self, person: Colleague, count: int = 1) -> str:
        return path_in(text_of(self.mail_to(person, count)))

    def ask(self, person: Colleague) -> None:
        """Notifies one person by the button of their row, or by *Add users* where they have none yet; a moment ago counts as long ago."""
        with scope(self.bridge.organization.pk):
            known = PersonLink.live.filter(integration=self.bridge.integration, left_id=person.left_id)
            was_asked = known.update(invited_at=timezone.now() - timedelta(hours=1))
        page = self.open("linking:people").press(f"Notify {person.name}") if was_asked else self.notify(person)
        page.says("1 person notified")

    def person(self, person: Colleague) -> PersonLink:
        with scope(self.bridge.organization.pk):
            return PersonLink.objects.get(integration=self.bridge.integration, left_id=person.left_id)

    def state_of(self, person: Colleague) -> PersonLink.State:
        return self.person(person).state

    def connect_person(self, person: Colleague) -> None:
        """From *Notify* to *Connect*, with an account of their own and their own sign-in at Hubstaff."""
        count = len(self.mails(person))
        self.ask(person)
        browser = self.browsers[person.name] = Reader(settings.BASE_URL)
        page = self.sign_up(browser, person, self.personal_link(person, count + 1))
        page = self.prove(browser, page, person)
        page.press("Connect").says("You are connected")

    def sign_up(self, browser: Reader, person: Colleague, link: str) -> Page:
        """Creates an account from the page of a personal link, which then comes back."""
        page = browser.open(link).follow("Create an account")
        page = page.type(name=person.name, email=person.email, password1=PASSWORD, password2=PASSWORD).press("Create account")
        assert page.address.endswith(link), page.words
        return page

    def prove(self, browser: Reader, page: Page, person: Colleague) -> Page:
        """Signs in at Hubstaff as a person, and waits until the portal has asked there who that was."""
        back = browser.open(consent(page.press("Sign in at Hubstaff").address, person.email))
        shown = [back]

        def has_come_back() -> bool:
            shown[0] = browser.open(shown[0].address)
            return "authorise" not in shown[0].address

        self.services.until("Hubstaff has said who signed in", has_come_back)
        return shown[0]

    def colleagues(self) -> list[Colleague]:
        """Everybody with the same address on both sides, but for the owner, by name."""
        organization = self.world.company.organization_id
        answer = self.world.told(
            self.world.hubstaff.get(f"/organizations/{organization}/members", params={"include": "users", "page_limit": 100})
        )
        active = {each["user_id"] for each in answer["members"] if each["membership_status"] == "active"}
        right = {each["email"]: each["id"] for each in answer["users"] if each["id"] in active}
        left = self.world.told(self.world.timeghost.get(f"/get/workspaces/{self.world.company.workspace_id}"))["users"]
        both = [Colleague(each["name"], each["email"], each["id"], right[each["email"]]) for each in left if each["email"] in right]
        return sorted((each for each in both if each.email != self.world.company.owner), key=lambda each: each.name)

    # --- Over there -------------------------------------------------------------------------------------------------------

    def project(self, name: str, *tasks: str, people: tuple[Colleague, ...] = (), **more: Any) -> str:
        """Makes a project with tasks in timeghost, each assigned to all of these people; gives its id."""
        members = [each.email for each in people]
        made = str(self.world.do("/timeghost/projects", organization=1, name=name, members=members, **more)["id"])
        for task in tasks:
            self.task(made, task, *people)
        return made

    def task(self, project: str, name: str, *people: Colleague) -> str:
        return str(self.world.do("/timeghost/tasks", project=project, name=name, assignees=[each.email for each in people])["id"])

    def right_tasks(self, name: str) -> dict[str, dict[str, Any]]:
        """The tasks of a linked project in Hubstaff, by name."""
        right_id = self.linked(name).right_id
        return {task["summary"]: task for task in self.world.hubstaff_tasks() if str(task["project_id"]) == right_id}

    def left_tasks(self, project: str) -> dict[str, dict[str, Any]]:
        return {task["name"]: task for task in self.world.timeghost_tasks(project)}

    def right_project(self, name: str) -> dict[str, Any]:
        """The one project of this name in Hubstaff."""
        [project] = [each for each in self.world.hubstaff_projects() if each["name"] == name]
        return project

    def add_member(self, project: str, person: Colleague) -> None:
        """Somebody adds a person to a project in Hubstaff by hand."""
        members = [{"user_id": person.right_id, "role": "user"}]
        self.world.told(self.world.hubstaff.put(f"/projects/{self.linked(project).right_id}/update_members", json={"members": members}))

    def members_of(self, project: str) -> set[int]:
        """Who works on a linked project in Hubstaff."""
        answer = self.world.hubstaff.get(f"/projects/{self.linked(project).right_id}/members", params={"page_limit": 100})
        return {int(each["user_id"]) for each in self.world.told(answer)["members"]}

    def track(self, person: Colleague, minutes: int, at: int, *, task: dict[str, Any] | None = None, project: int = 0) -> int:
        """A person works in Hubstaff, yesterday from so many o'clock on in the organization's zone; on a task, or on a project alone."""
        start = datetime.combine(datetime.now(ZONE).date() - timedelta(days=1), time(at), ZONE)
        where = {"project": task["project_id"], "task": task["id"]} if task else {"project": project}
        return int(self.world.do("/hubstaff/times", user=person.right_id, seconds=minutes * 60, start=start.isoformat(), **where)["id"])

    def written(self, project: str) -> list[tuple[str, str, int]]:
        """The times of a project in timeghost: whose, on which task (none: on the project alone), and how many minutes."""
        found = self.world.timeghost_times(project)
        return sorted((each["user"]["name"], (each["task"] or {}).get("name", ""), seconds_of(each) // 60) for each in found)

    # --- Time -------------------------------------------------------------------------------------------------------------

    def let_the_interval_pass(self) -> None:
        """It is as late as the next sync was announced for."""
        with scope(self.bridge.organization.pk):
            Integration.objects.filter(pk=self.bridge.integration.pk).update(due_at=timezone.now())

    def let_links_expire(self, person: Colleague) -> None:
        """A week has passed since somebody was asked."""
        with scope(self.bridge.organization.pk):
            PersonLink.live.filter(integration=self.bridge.integration, left_id=person.left_id).update(expires_at=timezone.now())

    def let_it_rest_out(self, link: ProjectLink) -> None:
        """It is as late as the next try of a link that rests was announced for."""
        with scope(self.bridge.organization.pk):
            ProjectLink.objects.filter(pk=link.pk).update(next_try_at=timezone.now())
            Obstacle.objects.filter(link_id=link.pk).update(next_try_at=timezone.now())


def consent(address: str, person: str) -> str:
    """Lets the portal in on a provider's own page, as a person; gives where the browser is sent back to."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    answer = httpx.post(address.split("?")[0], data={**asked, "person": person, "decision": "authorize"})
    assert answer.status_code in {302, 303}, answer.text
    return str(answer.headers["location"])


@contextmanager
def opened(services: Services, sandbox: str) -> Iterator[Office]:
    """An office whose manager has connected both services and joined them. Needs real commits and a worker that runs."""
    with pytest.MonkeyPatch.context() as patch, httpx.Client(base_url=f"{sandbox}/control", timeout=20) as control:
        for name, value in addresses(sandbox).items():
            patch.setenv(name, value)
        patch.setattr(settings, "BASE_URL", services.environment["BASE_URL"])
        patch.setattr("portal.work.claims.wake", partial(sweep.apply_async, queue=services.environment["TASK_QUEUE"], expires=30))
        World.told(control.post("/reset"))
        world = World(sandbox, control)
        yield _open(services, world)
        world.close()


def _open(services: Services, world: World) -> Office:
    suffix = uuid4().hex[:8]
    owner = User.objects.create_user(f"office-{suffix}@example.com", name="Alice Office")
    organization = Organization(name=f"Office {suffix}", slug=f"office-{suffix}", time_zone=ZONE.key)
    found(organization, owner)
    manager = Reader(settings.BASE_URL)
    manager.client.force_login(owner)
    add = f"/o/{organization.slug}/connections/add"
    _wait_for(services, manager.open(f"{add}/timeghost/").type(secret=KEY).press("Connect"))
    leaving = manager.open(f"{add}/hubstaff/").press("Sign in with Hubstaff")
    _wait_for(services, manager.open(consent(_leaves(services, leaving).address, world.company.owner)))
    services.until("projects and people of both are read", lambda: lists_are_read(organization))
    page = manager.open(f"/o/{organization.slug}/integrations/new/").press("Join them")
    integration = UUID(urlsplit(page.address).path.rstrip("/").rsplit("/", 1)[1])
    with scope(organization.pk):
        joined = Integration.objects.select_related("left", "right").get(pk=integration)
    return Office(Bridge(services, organization, joined, owner), world, manager)


def _leaves(services: Services, page: Page) -> Page:
    """Where the portal has to ask first where to sign in, the person waits on a page that leads on by itself."""
    shown = [page]

    def is_elsewhere() -> bool:
        if "/progress/" in shown[0].address:
            shown[0] = page.reader.open(shown[0].address)
        return "/progress/" not in shown[0].address

    services.until("the portal knows where to sign in", is_elsewhere)
    return shown[0]


def _wait_for(services: Services, page: Page) -> None:
    """Waits with the person on the page of a new connection until it leads on."""
    _leaves(services, page).says("Connected")
