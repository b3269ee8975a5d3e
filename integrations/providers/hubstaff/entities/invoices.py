"""Invoices. They are listed whole, without days: an old one may still be paid or closed."""

from __future__ import annotations

from integrations.catalogue import Collect, Column, Entity

WITH_LINE_ITEMS = {"include_line_items": True}
TOTAL_AND_DAY = (
    Column(label="Total", promoted="amount", unit="money"),
    Column(label="Issued", promoted="moment", unit="day"),
)

ENTITIES = (
    Entity(
        name="team_invoice",
        label="Team invoice",
        plural="Team invoices",
        icon="list",
        title="number",
        status="status",
        person="user_id",
        person_entity="member",
        moment="issue_date",
        amount="grand_total",
        address="viewer_url",
        columns=(
            Column(label="Number", promoted="title"),
            Column(label="Member", promoted="person"),
            Column(label="Status", promoted="status"),
            *TOTAL_AND_DAY,
        ),
        collect=Collect(operation="list_team_invoices", inputs=WITH_LINE_ITEMS),
    ),
    Entity(
        name="client_invoice",
        label="Client invoice",
        plural="Client invoices",
        icon="copy",
        title="number",
        status="status",
        parent="client_id",
        parent_entity="client",
        moment="issue_date",
        amount="grand_total",
        address="viewer_url",
        columns=(
            Column(label="Number", promoted="title"),
            Column(label="Client", promoted="parent"),
            Column(label="Status", promoted="status"),
            *TOTAL_AND_DAY,
        ),
        collect=Collect(operation="list_client_invoices", inputs=WITH_LINE_ITEMS),
    ),
)
