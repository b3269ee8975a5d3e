"""Asking for the pages of automations as a browser does."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from integrations.automations.models import Automation, AutomationRun
from portal.organizations.scope import scope

ALL = "/o/northwind/automations/"
SAVEPOINTS = 2
HTMX = {"HX-Request": "true"}


def address(automation: Automation, name: str = "automation", **parts: Any) -> str:
    return reverse(f"automations:{name}", kwargs={"organization": "northwind", "automation": automation.pk, **parts})


def run_address(run: AutomationRun, name: str = "automation_run") -> str:
    return reverse(f"automations:{name}", kwargs={"organization": "northwind", "automation_run": run.pk})


def new_step(automation: Automation, operation: str = "create_project") -> str:
    return address(automation, "step_new", connection=automation.trigger.connection_id, operation=operation)


def shown(client: Client, path: str, query: dict[str, str] | None = None, **headers: Any) -> str:
    answer = client.get(path, query or {}, **headers)
    assert answer.status_code == 200
    return answer.content.decode()


def now(automation: Automation) -> Automation:
    with scope():
        return Automation.objects.get(pk=automation.pk)


def said(client: Client, answer: Any) -> str:
    """The toast on the page that an answer leads to."""
    assert answer.status_code == 303
    return shown(client, answer["Location"])
