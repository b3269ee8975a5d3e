"""One office for all tests of the rows of linking: what each of them needs over there it makes for itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from portal.launch import services as commands
from tests.conftest import committing
from tests.live.office import Colleague, Office, opened
from tests.live.services import Process, Services


@pytest.fixture(scope="package")
def office(django_db_setup: None, django_db_blocker: Any, services: Services, beat: Process, sandbox: str) -> Iterator[Office]:
    services.forget_messages()
    worker = services.start("worker", commands.worker())
    with committing(django_db_blocker), opened(services, sandbox) as office:
        yield office
        services.kill(worker)


@pytest.fixture(scope="package")
def colleagues(office: Office) -> list[Colleague]:
    return office.colleagues()


@pytest.fixture(scope="package")
def mia(office: Office, colleagues: list[Colleague]) -> Colleague:
    """Somebody who is connected."""
    office.connect_person(colleagues[0])
    return colleagues[0]


@pytest.fixture(scope="package")
def noah(office: Office, colleagues: list[Colleague]) -> Colleague:
    """Somebody else who is connected."""
    office.connect_person(colleagues[1])
    return colleagues[1]
