"""Invoices: those of the team, for their pay, and those for clients."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from integrations.sandbox.hubstaff import shapes
from integrations.sandbox.hubstaff.lists import Listing, listing, page
from integrations.sandbox.hubstaff.ranges import Window, read_window
from integrations.sandbox.hubstaff.values import one_of, written_day
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_CLIENT_INVOICE, HUBSTAFF_TEAM_INVOICE
from integrations.sandbox.store import Body

STATUSES = ("draft", "open", "closed")


def list_team_invoices(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/team_invoices. Those who do not lead see their own only."""
    organization = visit.organization()
    with listing(visit, "users", "projects") as asked:
        wanted = _read_wanted(asked, "user")
    invoices = visit.store.of_tenant(HUBSTAFF_TEAM_INVOICE, organization["id"], asked.start)
    leads = visit.leads(organization["id"])
    seen = (invoice for invoice in invoices if leads or invoice["user_id"] == visit.user_id)
    return page(visit, asked, "team_invoices", wanted.shown(seen))


def list_client_invoices(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/client_invoices."""
    organization = visit.led_organization()
    with listing(visit, "users", "clients", "projects", "tasks") as asked:
        wanted = _read_wanted(asked, "client")
    invoices = visit.store.of_tenant(HUBSTAFF_CLIENT_INVOICE, organization["id"], asked.start)
    return page(visit, asked, "client_invoices", wanted.shown(invoices))


@dataclass(frozen=True)
class Wanted:
    """Which invoices a list asks for. They are for a user or for a client."""

    receiver: str
    receiver_ids: set[int] | None
    issued: Window
    status: str | None
    with_line_items: bool

    def shown(self, invoices: Iterator[Body]) -> Iterator[Body]:
        """Walk the invoices asked for, as they are shown."""
        return (shapes.invoice(invoice, self.with_line_items) for invoice in invoices if self._lets_pass(invoice))

    def _lets_pass(self, invoice: Body) -> bool:
        first, last = self.issued
        return (
            (self.receiver_ids is None or invoice[f"{self.receiver}_id"] in self.receiver_ids)
            and (first is None or first <= invoice["issue_date"])
            and (last is None or invoice["issue_date"] <= last)
            and self.status in (None, invoice["status"])
        )


def _read_wanted(asked: Listing, receiver: str) -> Wanted:
    return Wanted(
        receiver=receiver,
        receiver_ids=asked.numbers(f"{receiver}_ids"),
        issued=read_window(asked, "issue_date", written_day),
        status=asked.read("status", one_of(STATUSES)),
        with_line_items=asked.flag("include_line_items"),
    )
