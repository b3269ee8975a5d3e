"""`manage.py call` and `manage.py connect`: the same runs without a browser or a worker."""

from __future__ import annotations

import io
import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from integrations.catalogue import Workspace
from integrations.connections import verification
from integrations.connections.models import Connection, State
from integrations.operations.models import Run
from portal.accounts.models import User
from portal.organizations.models import AuditEntry, Organization
from portal.organizations.scope import bind, scope
from tests.operations.office import Office, at_the_sandbox, sandbox_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with sandbox_of(tmp_path_factory.mktemp("sandbox")) as client:
        yield client


@pytest.fixture
def office(sandbox: httpx.Client, monkeypatch: pytest.MonkeyPatch, organization: Organization, bob: User, client: Client) -> Office:
    at_the_sandbox(sandbox, monkeypatch)
    return Office(organization, bob, client, sandbox)


@pytest.fixture
def hubstaff(office: Office) -> Connection:
    with bind(office.organization.id):
        return office.connect("hubstaff")


@pytest.fixture
def timeghost(office: Office) -> Connection:
    with bind(office.organization.id):
        return office.connect("timeghost")


def call(connection: Connection | str, operation: str, **options: Any) -> Any:
    said = io.StringIO()
    name = connection if isinstance(connection, str) else f"northwind/{connection.name}"
    call_command("call", name, operation, stdout=said, **options)
    return json.loads(said.getvalue())


def given(folder: Path, **inputs: Any) -> str:
    file = folder / "input.json"
    file.write_text(json.dumps(inputs))
    return str(file)


def runs(organization: Organization) -> list[Run]:
    with scope(organization.id):
        return list(Run.objects.order_by("created_at"))


# --- call --------------------------------------------------------------------------------------------------------------


def test_an_operation_is_run_and_its_result_printed(office: Office, hubstaff: Connection, tmp_path: Path) -> None:
    made = call(hubstaff, "create_project", input=given(tmp_path, name="Harbour 🎡"))
    assert made["name"] == "Harbour 🎡"
    (run,) = runs(office.organization)
    assert (run.origin, run.state, run.output, run.due_at, run.claim) == ("command", Run.State.DONE, made, None, None)
    assert len(call(str(hubstaff.pk), "list_projects", input=given(tmp_path, limit=2))) == 2


def test_the_input_may_come_from_the_standard_input(hubstaff: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"limit": 1}'))
    assert len(call(hubstaff, "list_projects", input="-")) == 1


def test_a_file_is_written_or_printed(timeghost: Connection, tmp_path: Path) -> None:
    printed = call(timeghost, "create_excel_report", input=given(tmp_path, date_range="this_week"))
    assert b64decode(printed["content"]).startswith(b"PK") and printed["name"] == "times.xlsx"
    written = call(timeghost, "create_excel_report", input=given(tmp_path, date_range="this_week"), output=str(tmp_path / "times.xlsx"))
    assert (tmp_path / "times.xlsx").read_bytes().startswith(b"PK") and "content" not in written


def test_a_file_that_cannot_be_written_ends_with_an_error(timeghost: Connection, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        call(timeghost, "create_excel_report", output=str(tmp_path / "no" / "folder.xlsx"))


def test_input_that_does_not_fit_is_told_by_its_fields_and_nothing_is_put_down(
    office: Office, hubstaff: Connection, tmp_path: Path
) -> None:
    with pytest.raises(CommandError) as told:
        call(hubstaff, "create_project", input=given(tmp_path, members=[{"role": "boss"}], odd=1))
    for line in ("name: This is needed.", "members.0.user_id: This is needed.", "odd: There is no such field."):
        assert line in str(told.value)
    assert runs(office.organization) == []


def test_what_the_provider_refuses_ends_with_an_error_and_stays_in_the_history(
    office: Office, hubstaff: Connection, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="Refused: It was not found over there"):
        call(hubstaff, "get_task", input=given(tmp_path, task_id=987654321))
    assert runs(office.organization)[0].state == Run.State.REFUSED


def test_a_raw_call_that_is_refused_prints_its_answer_and_ends_with_an_error(hubstaff: Connection, tmp_path: Path) -> None:
    said = io.StringIO()
    with pytest.raises(CommandError, match="Refused: It was answered with 404"):
        call_command("call", str(hubstaff.pk), "make_api_call", input=given(tmp_path, path="/v2/projects/987654321"), stdout=said)
    assert json.loads(said.getvalue())["status"] == 404


def test_what_may_pass_by_itself_is_not_tried_again_behind_the_operator_s_back(office: Office, hubstaff: Connection) -> None:
    office.fault("GET */organizations/*/projects*", "502", times=9)
    with pytest.raises(CommandError, match="Failed: The provider does not work at the moment"):
        call(hubstaff, "list_projects")
    (run,) = runs(office.organization)
    assert (run.state, run.due_at) == (Run.State.FAILED, None)


def test_a_call_that_the_budget_holds_back_ends_and_says_when_it_goes_on(
    office: Office, hubstaff: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.connections.buckets.take", lambda *_: 900.0)
    with pytest.raises(CommandError, match="is used up for the moment; it goes on at"):
        call(hubstaff, "list_projects")
    (run,) = runs(office.organization)
    assert (run.state, run.due_at) == (Run.State.FAILED, None)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize(
    ("place", "state", "words"),
    [
        ("integrations.operations.tasks.open_client", Run.State.FAILED, "It was given up before it was done."),
        ("integrations.connections.clients.OpenConnection.call", Run.State.UNKNOWN, "It was stopped in the middle."),
    ],
)
def test_what_the_operator_stops_is_given_up_and_nobody_does_it_later(
    office: Office,
    hubstaff: Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stop: type[BaseException],
    place: str,
    state: str,
    words: str,
) -> None:
    def stopped(*_: Any) -> None:
        raise stop

    monkeypatch.setattr(place, stopped)
    with pytest.raises(stop):
        call(hubstaff, "create_project", input=given(tmp_path, name="Harbour"))
    (run,) = runs(office.organization)
    assert (run.state, run.due_at, run.claim, run.claimed_until) == (state, None, None, None)
    assert words in run.message and run.ended_at is not None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("{", "not JSON"), ("[]", "must be a JSON object"), ('"x"', "must be a JSON object"), ('{"name": "\\ud800"}', "not JSON")],
)
def test_an_input_that_is_no_object_is_told(hubstaff: Connection, tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "input.json").write_text(content)
    with pytest.raises(CommandError, match=sentence):
        call(hubstaff, "list_projects", input=str(tmp_path / "input.json"))


def test_what_is_not_there_is_told_with_what_there_is(hubstaff: Connection) -> None:
    with pytest.raises(CommandError, match=r"no operation fly\. There are:\n  create_client"):
        call(hubstaff, "fly")
    with pytest.raises(CommandError, match=r"There is no connection northwind/Theirs\. There are:\n  northwind/Our Hubstaff"):
        call("northwind/Theirs", "list_projects")
    with pytest.raises(CommandError, match="The input cannot be read"):
        call(hubstaff, "list_projects", input="/no/such/file")


def test_two_connections_of_one_name_are_told_apart_by_their_ids(office: Office, hubstaff: Connection) -> None:
    with scope(office.organization.id):
        other = Connection.objects.create(provider="hubstaff", name=hubstaff.name, sign_in="personal_token", state=State.CONNECTED)
    with pytest.raises(CommandError, match="Give its id") as told:
        call(hubstaff, "list_projects")
    assert str(other.pk) in str(told.value) and str(hubstaff.pk) in str(told.value)


# --- connect -----------------------------------------------------------------------------------------------------------


def connected(folder: Path, provider: str, sign_in: str, secret: str, **options: Any) -> str:
    (folder / "secret").write_text(f"{secret}\n")
    said = io.StringIO()
    call_command("connect", "northwind", provider, sign_in, name="By hand", secret=str(folder / "secret"), stdout=said, **options)
    return said.getvalue().strip()


def test_a_connection_is_made_and_verified(office: Office, tmp_path: Path) -> None:
    made = connected(tmp_path, "timeghost", "api_key", "timeghost-key-1")
    with scope(office.organization.id):
        connection = Connection.objects.get()
        assert AuditEntry.objects.get(action="connection.added").actor is None
    assert (str(connection.pk), connection.state, connection.name) == (made, State.CONNECTED, "By hand")
    assert len(call(made, "list_projects")) > 0


def test_the_secret_may_come_from_the_standard_input(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("hubstaff-pat-1"))
    said = io.StringIO()
    call_command("connect", "northwind", "hubstaff", "personal_token", name="By hand", secret="-", stdout=said)
    with scope(office.organization.id):
        assert str(Connection.objects.get().pk) == said.getvalue().strip()


def test_a_secret_that_is_not_accepted_ends_with_the_reason(office: Office, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="did not accept this sign-in"):
        connected(tmp_path, "timeghost", "api_key", "wrong")


def test_a_sign_in_that_reaches_several_workspaces_asks_which(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two = [Workspace("w1", "First"), Workspace("w2", "Second")]
    looked = verification.look
    monkeypatch.setattr(verification, "look", lambda opened: verification.Found(looked(opened).account, two))
    with pytest.raises(CommandError, match="Choose one with --workspace") as told:
        connected(tmp_path, "timeghost", "api_key", "timeghost-key-1")
    assert "w2  Second" in str(told.value)
    made = connected(tmp_path, "timeghost", "api_key", "timeghost-key-1", workspace="w2")
    with scope(office.organization.id):
        connection = Connection.objects.get(pk=made)
    assert (connection.state, connection.workspace_id) == (State.CONNECTED, "w2")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere", "hubstaff", "personal_token"), "There is no organization nowhere. There are:\n  northwind"),
        (("northwind", "nobody", "x"), "There is no provider nobody. There are:"),
        (("northwind", "hubstaff", "oauth"), "no sign-in oauth that takes a secret. There are: personal_token"),
    ],
)
def test_what_is_not_there_is_told(office: Office, tmp_path: Path, words: tuple[str, str, str], sentence: str) -> None:
    (tmp_path / "secret").write_text("x")
    with pytest.raises(CommandError, match=sentence):
        call_command("connect", *words, name="X", secret=str(tmp_path / "secret"))


@pytest.mark.parametrize("content", ["", " \n"])
def test_an_empty_secret_is_told(office: Office, tmp_path: Path, content: str) -> None:
    with pytest.raises(CommandError, match="The secret is empty"):
        connected(tmp_path, "timeghost", "api_key", content)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("connect", "northwind", "timeghost", "api_key", name="X", secret=str(tmp_path / "nothing"))
