"""Organizations and their people."""

from __future__ import annotations

from integrations.catalogue import Collect, Column, Entity
from integrations.catalogue.reading import Data


def _member_name(member: Data) -> str:
    user = member.get("user") or {}
    return user.get("name") or f"Member {member['user_id']}"


ENTITIES = (
    Entity(
        name="organization",
        label="Organization",
        plural="Organizations",
        icon="building",
        status="status",
        moment="created_at",
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="Status", promoted="status"),
            Column(label="Created", promoted="moment"),
        ),
        collect=Collect(operation="list_organizations"),
    ),
    Entity(
        name="member",
        label="Member",
        plural="Members",
        icon="users",
        identity="user_id",
        title=_member_name,
        status="membership_status",
        parent="membership_role",
        moment="created_at",
        columns=(
            Column(label="Name", promoted="title"),
            Column(label="Role", promoted="parent"),
            Column(label="Status", promoted="status"),
            Column(label="Joined", promoted="moment"),
        ),
        collect=Collect(operation="list_members", inputs={"include": ["users"]}),
        is_gone=lambda member: bool(member.get("removed_at")),
    ),
    Entity(
        name="invite",
        label="Invite",
        plural="Invites",
        icon="mail",
        title="email",
        status="status",
        parent="role",
        person="invited_by_id",
        person_entity="member",
        moment="created_at",
        columns=(
            Column(label="E-mail", promoted="title"),
            Column(label="Status", promoted="status"),
            Column(label="Role", promoted="parent"),
            Column(label="Invited by", promoted="person"),
            Column(label="Invited", promoted="moment"),
        ),
        collect=Collect(operation="list_invites", inputs={"status": "all"}),
    ),
)
