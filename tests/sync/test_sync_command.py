"""`manage.py sync`: what a sync would do, and doing it, without a browser."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integrations.connections.models import Connection
from integrations.linking.models import Integration
from integrations.sync.models import Sync
from portal.organizations.models import Organization
from portal.organizations.scope import scope
from tests.sync.syncing import Office


def run(*words: str) -> tuple[int, str]:
    """The exit status, and all that was said."""
    out = StringIO()
    try:
        call_command("sync", *words, stdout=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def told(*words: str) -> dict[str, Any]:
    _, text = run(*words, "--json")
    [found] = json.JSONDecoder().raw_decode(text)[0]["integrations"]
    return dict(found)


def test_it_prints_what_a_sync_would_do_and_asks_nobody(office: Office) -> None:
    project = office.project("Lighthouse", tasks=1)
    office.link(project)
    office.sync()
    office.task(project, "Paint the door")
    with office.counted() as requests:
        status, text = run("northwind")
    assert (status, requests.total()) == (0, 0)
    assert "0 steps" in text, "nobody has looked since the task was made"
    with scope():
        assert Sync.objects.filter(state=Sync.State.DONE).count() == 2


def test_it_syncs_and_prints_each_step_with_its_outcome(office: Office) -> None:
    project = office.project("Lighthouse", tasks=1)
    office.link(project)
    status, text = run(str(office.organization.pk), "--apply")
    assert status == 0, text
    assert "done: Create the project “Lighthouse”" in text
    assert sorted(office.partners(project).values()) == [1]
    assert office.now().claimed_until is None
    found = told("northwind", "--apply")
    assert (found["state"], found["steps"], found["problem"]) == ("done", [], "")


def test_the_plan_as_json_holds_steps_and_what_waits_and_is_left_out(office: Office) -> None:
    office.link(office.project("Lighthouse", tasks=1))
    found = told("northwind", "--plan")
    assert "create_project" in {step["kind"] for step in found["steps"]}
    assert (found["held"], found["writes"]) == ([], sum(1 for _ in found["steps"]))
    assert isinstance(found["left_out"], list)


def test_what_is_refused_ends_it_with_one(office: Office) -> None:
    project = office.linked()
    office.task(project, "x" * 300)
    status, text = run("northwind", "--apply")
    assert status == 1
    assert "refused: Create the task" in text
    assert "1 of 1 steps went wrong." in text


def test_a_service_that_does_not_work_ends_it_with_one(office: Office) -> None:
    office.linked()
    office.fault("GET /hubstaff/v2/organizations/*/tasks*", "500", times=5)
    status, text = run("northwind", "--apply")
    assert (status, "does not work" in text) == (1, True)


def test_a_connection_that_is_signed_out_ends_it_with_one_and_its_words(office: Office) -> None:
    office.linked()
    with scope():
        Connection.objects.filter(pk=office.integration.right_id).update(state="attention", problem="Sign in to Hubstaff again.")
    status, text = run("northwind", "--apply")
    assert (status, "Sign in to Hubstaff again." in text, "done, 0 steps" in text) == (1, True, False)
    assert "steps" not in told("northwind", "--apply"), "those of an older sync are not shown"


def test_while_a_sync_runs_it_says_so_kindly(office: Office) -> None:
    office.claimed()
    before = office.newest().pk
    status, text = run("northwind", "--apply")
    assert (status, "runs already" in text, office.newest().pk) == (1, True, before)


def test_a_paused_integration_is_not_synced(office: Office) -> None:
    with scope():
        Integration.objects.update(is_paused=True)
    status, text = run("northwind", "--apply")
    assert (status, "paused" in text) == (1, True)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["southwind", "6b0f6c9e-2f0e-4a53-9a53-0c6a54b0a1c7", ""])
def test_an_organization_that_nobody_knows_ends_it_with_two(organization: Organization, name: str) -> None:
    status, text = run(name)
    assert status == 2
    assert "northwind" in text


@pytest.mark.django_db
def test_an_organization_without_an_integration_has_nothing_to_sync(organization: Organization) -> None:
    status, text = run("northwind", "--apply")
    assert (status, "nothing to sync" in text) == (2, True)
