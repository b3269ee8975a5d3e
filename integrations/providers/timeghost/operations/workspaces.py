"""The person who signed in, workspaces and the people in them."""

from __future__ import annotations

from integrations.catalogue import Kind, Operation, Pick, Place, WholeList
from integrations.providers.timeghost.operations.fields import WORKSPACE

IN_PATH = Pick(name="workspace_id", label="Workspace", place=Place.PATH, entity="workspace", required=True, workspace=True)

WORKSPACES = (
    Operation(
        name="get_current_user",
        label="Get Current User",
        entity="user",
        kind=Kind.GET,
        method="GET",
        path="/get/currentuser",
        row="T14",
        description="Whom the connection stands for, with their workspaces and settings. API tokens are taken out of the answer.",
    ),
    Operation(
        name="list_workspaces",
        label="List Workspaces",
        entity="workspace",
        kind=Kind.LIST,
        method="GET",
        path="/get/currentuser",
        result="workspaces",
        paging=WholeList(),
        description="The workspaces that the connection reaches.",
    ),
    Operation(
        name="get_workspace",
        label="Get Workspace by ID",
        entity="workspace",
        kind=Kind.GET,
        method="GET",
        path="/get/workspaces/{workspace_id}",
        row="T21",
        description="A workspace with its settings, subscription, people, groups, permissions and webhooks.",
        inputs=(WORKSPACE, IN_PATH),
    ),
    Operation(
        name="list_users",
        label="List Users",
        entity="user",
        kind=Kind.LIST,
        method="GET",
        path="/get/workspaces/{workspace_id}",
        result="users",
        paging=WholeList(),
        description="The people of a workspace.",
        inputs=(WORKSPACE, IN_PATH),
    ),
)
