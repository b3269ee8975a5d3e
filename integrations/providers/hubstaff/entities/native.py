"""Hubstaff's own integrations with other tools, and what they link."""

from __future__ import annotations

from collections.abc import Callable

from integrations.catalogue import Collect, Column, Entity
from integrations.catalogue.reading import Data


def _linked_by(other: str) -> Callable[[Data], str]:
    """A link has no id of its own: an integration links a project or a member once."""
    return lambda link: f"{link['integration_id']}/{link[other]}"


def _link_title(link: Data) -> str:
    return f"{link['integration_name']}: {link['remote_id']}"


ENTITIES = (
    Entity(
        name="integration",
        label="Native integration",
        plural="Native integrations",
        icon="plug",
        status="status",
        parent="type",
        moment="last_sync_at",
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="Tool", promoted="parent"),
            Column(label="Status", promoted="status"),
            Column(label="Last sync", promoted="moment"),
        ),
        collect=Collect(operation="list_integrations"),
    ),
    Entity(
        name="project_link",
        label="Native project link",
        plural="Native project links",
        icon="link",
        identity=_linked_by("project_id"),
        title=_link_title,
        status="status",
        parent="project_id",
        parent_entity="project",
        moment="updated_at",
        columns=(
            Column(label="Over there", promoted="title"),
            Column(label="Project", promoted="parent"),
            Column(label="Status", promoted="status"),
            Column(label="Changed", promoted="moment"),
        ),
        collect=Collect(operation="list_project_links", each="integration", each_as="integration_id"),
    ),
    Entity(
        name="user_link",
        label="Native user link",
        plural="Native user links",
        icon="user",
        identity=_linked_by("user_id"),
        title=_link_title,
        status="status",
        person="user_id",
        person_entity="member",
        moment="updated_at",
        columns=(
            Column(label="Over there", promoted="title"),
            Column(label="Member", promoted="person"),
            Column(label="Status", promoted="status"),
            Column(label="Changed", promoted="moment"),
        ),
        collect=Collect(operation="list_user_links", each="integration", each_as="integration_id"),
    ),
)
