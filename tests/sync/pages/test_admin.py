"""What sync and linking keep, in the admin site."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.linking.models import Disconnection, DismissedProject, Integration, LinkEvent
from integrations.sync.models import Obstacle
from portal.accounts.models import User
from portal.organizations.scope import scope
from tests.factories import make_approval, make_project_link
from tests.sync.pages.asking import sync

pytestmark = pytest.mark.django_db
LISTS = (
    "sync_pair",
    "sync_sync",
    "sync_steprecord",
    "sync_approval",
    "sync_obstacle",
    "linking_integration",
    "linking_projectlink",
    "linking_personlink",
    "linking_disconnection",
    "linking_linkevent",
    "linking_dismissedproject",
)


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root@example.com", "correct horse battery staple"))
    return client


@pytest.mark.parametrize("model", LISTS)
def test_the_admin_site_lists_what_sync_and_linking_keep(
    operator: Client, integration: Integration, model: str, django_assert_max_num_queries: Any
) -> None:
    now = timezone.now()
    with scope(integration.organization_id):
        for number in range(3):
            sync(integration, steps=30)
            make_approval(integration)
            link = make_project_link(integration)
            Obstacle.objects.create(integration=integration, key=str(number), problem="No.", at_fault="ours", last_at=now, next_try_at=now)
            LinkEvent.objects.create(integration=integration, link_id=link.pk, what="linked")
            Disconnection.objects.create(integration=integration, part="projects", link_ids=[str(link.pk)])
            DismissedProject.objects.create(integration=integration, left_id=str(number))
    with django_assert_max_num_queries(16):
        assert operator.get(reverse(f"admin:{model}_changelist")).status_code == 200


def test_nobody_changes_what_happened_to_a_link(operator: Client, integration: Integration) -> None:
    with scope(integration.organization_id):
        event = LinkEvent.objects.create(integration=integration, link_id=make_project_link(integration).pk, what="linked")
    page = operator.get(reverse("admin:linking_linkevent_change", args=[event.pk]))
    assert "Save" not in page.content.decode()
    assert operator.post(reverse("admin:linking_linkevent_delete", args=[event.pk]), {"post": "yes"}).status_code == 403
