"""What several web processes and workers have in common: sessions, the limits of sign-ins, and the queues."""

from __future__ import annotations

import os

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.db import connection
from django.test import Client

from portal.accounts.models import User
from portal.celery import app
from portal.organizations.models import Organization
from portal.settings import forget_empty_values
from portal.work.models import due_models
from tests.portal.conftest import SignIn

SETTINGS = "/o/northwind/settings/"


@pytest.mark.django_db
def test_who_was_signed_out_by_another_process_is_signed_out_here(organization: Organization, alice: User, signed_in: SignIn) -> None:
    browser = signed_in(alice)
    assert browser.get(SETTINGS).status_code == 200
    Session.objects.all().delete()
    assert browser.get(SETTINGS).status_code == 302


@pytest.mark.django_db
def test_what_one_process_caches_another_one_finds() -> None:
    one, another = caches.create_connection("default"), caches.create_connection("default")
    one.set("tries", [1.5], 60)
    assert another.get("tries") == [1.5]
    assert not another.add("tries", [])
    one.delete("tries")
    assert another.get("tries") is None


@pytest.mark.django_db
def test_guessing_a_password_is_stopped_however_many_processes_are_asked(alice: User, client: Client) -> None:
    guess = {"login": alice.email, "password": "a guess"}
    answers = [client.post("/accounts/login/", guess).content.decode() for _ in range(6)]
    assert "Too many failed" not in answers[0]
    assert "Too many failed" in answers[-1]
    assert caches.create_connection("default").get(_limit_of(alice))


def _limit_of(person: User) -> str:
    """The name under which allauth keeps the failed sign-ins of a person."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM cache_entries WHERE cache_key LIKE '%%login_failed%%/key:%%'")
        [(name,)] = cursor.fetchall()
    return str(name).split(":", 2)[2]  # after the prefix and the version


def test_what_takes_long_has_a_queue_of_its_own() -> None:
    names = {"portal.work.sweep", *(model.task_name for model in due_models())}
    ways = {name: app.amqp.router.route({}, name)["queue"] for name in names}
    default = app.conf.task_default_queue
    assert {name for name, queue in ways.items() if queue.name == f"{default}-long"} == {
        "integrations.sync.synchronize",
        "integrations.records.refresh",
        "integrations.records.export",
    }
    assert {queue.name for queue in ways.values()} == {default, f"{default}-long"}
    assert all(queue.exchange.name == queue.routing_key == queue.name for queue in ways.values()), "or each message would reach both"


def test_a_worker_without_a_choice_serves_both_queues() -> None:
    assert set(app.amqp.queues.consume_from) == {app.conf.task_default_queue, f"{app.conf.task_default_queue}-long"}


def test_an_empty_value_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWEEP_SECONDS", "")
    monkeypatch.setenv("LEASE_SECONDS", "90")
    forget_empty_values()
    assert "SWEEP_SECONDS" not in os.environ
    assert os.environ["LEASE_SECONDS"] == "90"
