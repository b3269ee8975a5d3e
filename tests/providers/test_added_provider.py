"""A provider that was added as docs/adding-a-provider.md says is found, connected, collected, browsed, watched and written to.

Nothing outside of its folder knows of it: no list, no migration, no template.
"""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.connections.models import Call, Connection, State
from integrations.connections.services import Urgency, connect_with_secret, offered_sign_ins, open_client
from integrations.connections.tasks import verify
from integrations.operations.models import Run
from integrations.operations.running import ask, perform
from integrations.providers import all_providers, get_provider
from integrations.records.collecting import prepare_lists
from integrations.records.models import Change, Record, RecordList
from integrations.records.tasks import refresh
from integrations.triggers.hooks.tasks import subscribe
from integrations.triggers.models import Event, Subscription
from integrations.triggers.services import poll, watch
from portal.accounts.models import User
from portal.organizations.models import Organization
from portal.organizations.scope import bind, scope
from portal.work.models import DueModel
from tests.providers.office import KEY, Office

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "tests.providers.folder"

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """Paperclock at work, and a portal that was told of the folder it is declared in."""
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)
    with Office() as office:
        monkeypatch.setenv("PAPERCLOCK_API_URL", office.url)
        monkeypatch.setenv("PROVIDER_FOLDERS", FOLDER)
        all_providers.cache_clear()
        yield office
    monkeypatch.delenv("PROVIDER_FOLDERS")
    all_providers.cache_clear()


@pytest.fixture
def bound(organization: Organization) -> Iterator[Organization]:
    with bind(organization.id):
        yield organization


@pytest.fixture
def connection(office: Office, bound: Organization, alice: User) -> Connection:
    """Connected by its key, with every list walked once."""
    return _connected(bound, alice)


def test_it_is_found_beside_the_others_and_only_where_its_folder_is_named(office: Office) -> None:
    assert "paperclock" in all_providers()
    assert [sign_in.name for sign_in in offered_sign_ins(get_provider("paperclock"))] == ["api_key"]
    code = "from integrations.providers import all_providers; print(*all_providers())"
    without = {name: value for name, value in os.environ.items() if name != "PROVIDER_FOLDERS"}
    alone = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=without, capture_output=True, text=True, check=True)
    assert set(alone.stdout.split()) == set(all_providers()) - {"paperclock"}


def test_it_needs_no_migration(office: Office) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_it_is_connected_by_its_key(connection: Connection) -> None:
    assert (connection.state, connection.problem) == (State.CONNECTED, "")
    assert (connection.workspace_id, connection.workspace_name, connection.account_name) == ("of-1", "Main street", "Ada Park")
    with scope():
        assert {call.path.partition("?")[0] for call in Call.objects.all()} >= {"/me", "/offices", "/offices/of-1/tasks"}


def test_a_wrong_key_is_told_and_nothing_is_mirrored(office: Office, bound: Organization, alice: User) -> None:
    connection = _connected(bound, alice, key="somebody-else's")
    assert connection.state == State.ATTENTION
    assert "Paperclock" in connection.problem
    with scope():
        assert not RecordList.objects.exists()


def test_its_records_are_collected_page_by_page(office: Office, connection: Connection) -> None:
    with scope():
        found = {entity: set(_records(entity)) for entity in ("office", "person", "project", "task", "time")}
        task = Record.objects.get(entity="task", remote_id="ta-3")
    assert found == {
        "office": {"of-1"},
        "person": {"pe-1", "pe-2"},
        "project": {"pr-1", "pr-2", "pr-3"},
        "task": {f"ta-{number}" for number in range(1, 8)},
        "time": set(),
    }
    assert (task.title, task.status, task.parent, task.person) == ("Sheet 3", "open", "pr-1", "pe-1")
    assert sum("/tasks?" in asked for asked in office.asked) == 3
    with scope():
        assert not Change.objects.exists()


def test_what_changes_over_there_is_seen_by_the_next_look(office: Office, connection: Connection) -> None:
    office.projects[0]["name"] = "Poster 1, second print"
    office.tasks[1]["torn_up"] = True
    del office.tasks[4]
    office.track("ta-1", "pe-2", datetime.now(UTC) - timedelta(hours=3), 5400)
    _collect(connection)
    with scope():
        seen = {(change.entity, change.remote_id, change.kind) for change in Change.objects.all()}
        assert Record.objects.get(entity="time").amount == 5400
    assert seen == {
        ("project", "pr-1", "changed"),
        ("task", "ta-2", "removed"),
        ("task", "ta-5", "removed"),
        ("time", "ti-1", "created"),
    }


def test_its_records_are_browsed(client: Client, connection: Connection, alice: User) -> None:
    client.force_login(alice)
    address = {"organization": "northwind", "connection": connection.pk}
    overview = client.get(reverse("records:entities", kwargs={"organization": "northwind"}))
    assert (overview.status_code, "Projects" in overview.text) == (200, True)
    projects = client.get(reverse("records:list", kwargs={**address, "entity": "project"}))
    assert projects.status_code == 200
    assert all(f"Poster {number} 🖼" in projects.text for number in (1, 2, 3))
    tasks = client.get(reverse("records:list", kwargs={**address, "entity": "task"}), {"parent": "pr-1"})
    assert ("Sheet 3" in tasks.text, "Sheet 4" in tasks.text) == (True, False)
    task = client.get(reverse("records:detail", kwargs={**address, "entity": "task", "record": "ta-3"}))
    assert task.status_code == 200
    assert all(words in task.text for words in ("Sheet 3", "Poster 1 🖼", "Ada Park"))


def test_it_is_offered_where_connections_are_added(client: Client, office: Office, organization: Organization, alice: User) -> None:
    client.force_login(alice)
    page = client.get(reverse("connections:add", kwargs={"organization": organization.slug}))
    assert (page.status_code, "Paperclock" in page.text) == (200, True)


def test_its_tasks_are_watched(office: Office, connection: Connection, alice: User) -> None:
    with scope():
        trigger = watch(connection, "tasks_created", alice)
        RecordList.objects.filter(entity="task").update(whole_at=timezone.now() - timedelta(hours=1))
    office.answer("POST", "/v1/offices/of-1/tasks", KEY, {"project": "pr-1", "text": "Fold the crane"})
    assert poll(trigger, progress=lambda: None) == 1
    with scope():
        assert [event.title for event in trigger.events.all()] == ["Fold the crane"]


def test_it_tells_of_new_tasks_by_a_signed_hook(
    client: Client, office: Office, connection: Connection, alice: User, settings: LazySettings
) -> None:
    settings.WEBHOOKS_REACH_US = True
    with scope():
        trigger = watch(connection, "tasks_created", alice)
        subscription = Subscription.objects.get(trigger=trigger)
    _work(subscribe, subscription)
    assert _bring(client, office) == (200, office.bells.hung[0].secret)
    _work(subscribe, subscription)
    assert office.bells.hung[0].is_awake
    office.answer("POST", "/v1/offices/of-1/tasks", KEY, {"project": "pr-1", "text": "Fold the crane"})
    assert _bring(client, office) == (200, "")
    assert poll(trigger, progress=lambda: None) == 1
    with scope():
        assert [(event.title, event.via) for event in trigger.events.all()] == [("Fold the crane", Event.Via.WEBHOOK)]
    assert "GET /v1/offices/of-1/tasks/ta-8" in office.asked


def test_it_is_written_to_and_the_mirror_shows_it_at_once(office: Office, connection: Connection) -> None:
    with scope():
        run = ask(Run(connection=connection, operation="create_task", inputs={"project": "pr-1", "text": "Fold 🦢"}))
    with open_client(connection.pk, "test", Urgency.POLL) as opened:
        perform(run, opened)
    assert (run.state, run.message, run.output) == (Run.State.DONE, "", office.tasks[-1])
    with scope():
        assert Record.objects.get(entity="task", remote_id="ta-8").title == "Fold 🦢"


def test_what_it_refuses_is_told_in_its_own_words(office: Office, connection: Connection) -> None:
    with scope():
        run = ask(Run(connection=connection, operation="change_task", inputs={"task": "ta-99", "done": True}))
    with open_client(connection.pk, "test", Urgency.POLL) as opened:
        perform(run, opened)
    assert run.state == Run.State.REFUSED
    assert "This task was torn up." in run.message


# --- What the tests above stand on -------------------------------------------------------------------------------------


def _connected(organization: Organization, person: User, key: str = KEY) -> Connection:
    provider = get_provider("paperclock")
    with scope():
        connection = connect_with_secret(provider, provider.sign_in("api_key"), "Our paper", key, person)
    _work(verify, connection)
    with scope():
        connection = Connection.objects.get(pk=connection.pk)
    if connection.is_connected:
        _collect(connection)
    return connection


def _collect(connection: Connection) -> None:
    """Has every list walked, as sweep and worker do."""
    with scope():
        prepare_lists(connection)
        lists = list(RecordList.objects.filter(connection=connection))
    for record_list in lists:
        _work(refresh, record_list)


def _work(task: object, row: DueModel) -> None:
    claim = uuid.uuid4()
    with scope():
        type(row).objects.filter(pk=row.pk).update(claim=claim, claimed_until=timezone.now() + timedelta(minutes=1))
    assert callable(task)
    task(str(row.organization_id), str(row.pk), str(claim))


def _bring(client: Client, office: Office) -> tuple[int, str]:
    """Brings the oldest letter of the office to the portal: the status of the answer, and the secret that it echoes."""
    letter = office.bells.letters.pop(0)
    path = urlsplit(letter.url).path
    answer = client.post(path, data=letter.content, content_type="application/json", headers=letter.headers)
    return answer.status_code, answer.headers.get("x-paper-secret", "")


def _records(entity: str) -> list[str]:
    return list(Record.objects.filter(entity=entity, removed_at=None).values_list("remote_id", flat=True))
