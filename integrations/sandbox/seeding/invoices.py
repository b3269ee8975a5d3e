"""Writes the invoices of a company into Hubstaff: one a month for every client and for everybody of the team, from the tracked time."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from integrations.sandbox import moments
from integrations.sandbox.kinds import (
    HUBSTAFF_CLIENT,
    HUBSTAFF_CLIENT_INVOICE,
    HUBSTAFF_MEMBER,
    HUBSTAFF_PROJECT,
    HUBSTAFF_TEAM_INVOICE,
    HUBSTAFF_TIME,
    Kind,
)
from integrations.sandbox.seeding.company import Company, World
from integrations.sandbox.seeding.hubstaff import organization_id
from integrations.sandbox.seeding.words import EXTRAS, INVOICE_NOTES
from integrations.sandbox.store import Body, Store

FIRST = {HUBSTAFF_TEAM_INVOICE: 301_001, HUBSTAFF_CLIENT_INVOICE: 401_001}
LINES_AN_INVOICE = 20
"""Ids of line items are the id of their invoice times this, plus their place in it."""

MONTHS = 5
STATUSES = {1: ("draft", "open"), 2: ("open", "closed")}
"""What an invoice of so many months ago can be; older ones are closed."""

VAT, DISCOUNT = 19.0, 5.0


@dataclass(frozen=True)
class Month:
    """A month to invoice, and how many months ago it was."""

    first: date
    ago: int

    @property
    def next(self) -> date:
        """The first day of the month after."""
        return (self.first + timedelta(days=31)).replace(day=1)

    @property
    def last(self) -> date:
        """The last day."""
        return self.next - timedelta(days=1)


def plant_invoices(store: Store, world: World, company: Company) -> None:
    """Write the invoices of the last full months, the oldest first."""
    organization = organization_id(company)
    ledger = Ledger(store, world, organization)
    for month in _months(world.today):
        for client in store.of_tenant(HUBSTAFF_CLIENT, organization):
            ledger.bill_client(client, month)
        for member in store.of_tenant(HUBSTAFF_MEMBER, organization):
            ledger.pay_member(member, month)


def _months(today: date) -> list[Month]:
    months, first = [], today.replace(day=1)
    for ago in range(1, MONTHS + 1):
        first = (first - timedelta(days=1)).replace(day=1)
        months.append(Month(first, ago))
    return months[::-1]


class Ledger:
    """What was tracked in an organization, and the invoices made of it."""

    def __init__(self, store: Store, world: World, organization: int) -> None:
        """Read the tracked time of an organization."""
        self._store, self._world, self._organization = store, world, organization
        self._projects = list(store.of_tenant(HUBSTAFF_PROJECT, organization))
        self._owner = next(store.of_tenant(HUBSTAFF_MEMBER, organization))["user_id"]
        self._worked: dict[str, list[Body]] = defaultdict(list)
        for stretch in store.of_tenant(HUBSTAFF_TIME, organization):
            self._worked[stretch["start"][:7]].append(stretch)

    def bill_client(self, client: Body, month: Month) -> None:
        """Invoice a client's projects, one line each, and now and then something else."""
        stretches = self._worked[month.first.isoformat()[:7]]
        price = float(self._world.chance.randrange(80, 130, 5))
        items = []
        for project in self._projects:
            own = [one for one in stretches if one["project_id"] == project["id"] and one["billable"]]
            if own and project["client_id"] == client["id"]:
                items.append(_generated(project["name"], own, price, month, "project"))
        if not items or self._world.chance.random() < 0.3:
            items.append(_by_hand(self._world.chance.choice(EXTRAS), float(self._world.chance.randrange(40, 400, 10))))
        self._write(HUBSTAFF_CLIENT_INVOICE, {"client_id": client["id"]}, items, month, tax=VAT)

    def pay_member(self, member: Body, month: Month) -> None:
        """Let somebody of the team invoice their hours."""
        own = [one for one in self._worked[month.first.isoformat()[:7]] if one["user_id"] == member["user_id"]]
        items = [_generated("Hours worked", own, float(member["pay_rate"]), month, "user")]
        self._write(HUBSTAFF_TEAM_INVOICE, {"user_id": member["user_id"]}, items, month, tax=None)

    def _write(self, kind: Kind, receiver: Body, items: list[Body], month: Month, tax: float | None) -> None:
        chance = self._world.chance
        identity = max(FIRST[kind], self._store.next_number(kind))
        issued = min(month.next + timedelta(days=chance.randint(0, 3)), self._world.today)
        status = chance.choice(STATUSES.get(month.ago, ("closed",)))
        discount = DISCOUNT if tax and chance.random() < 0.2 else None
        total = grand_total(items, discount, tax)
        written = moments.written(datetime.combine(issued, time(9, 30), UTC))
        lines = [{"id": identity * LINES_AN_INVOICE + place, **item} for place, item in enumerate(items)]
        invoice = {
            "id": identity,
            "organization_id": self._organization,
            **receiver,
            "status": status,
            "author_id": self._owner,
            "number": f"{issued.year}-{identity % 1000:03}",
            "po_number": f"PO {chance.randrange(1000, 9999)}" if tax else "",
            "notes": chance.choice(INVOICE_NOTES),
            "currency": "EUR",
            "grand_total": total,
            "paid_amount": total if status == "closed" else 0.0,
            "tax_1": tax,
            "tax_2": None,
            "discount": discount,
            "issue_date": issued.isoformat(),
            "due_date": None if status == "draft" else (issued + timedelta(days=14)).isoformat(),
            "created_at": written,
            "updated_at": written,
            "line_items": [{**line, "created_at": written, "updated_at": written} for line in lines],
            "viewer_url": f"https://app.hubstaff.example/invoices/{identity}",
        }
        self._store.put(kind, invoice)


def grand_total(items: list[Body], discount: float | None, tax: float | None) -> float:
    """Return what is to be paid: discounts come off before taxes are added."""
    total = 0.0
    for item in items:
        amount = item["quantity"] * item["unit_price"]
        amount *= 1 - (discount or 0) / 100 if item["discount"] else 1
        total += amount * (1 + (tax or 0) / 100 if item["tax_1"] else 1)
    return round(total, 2)


def _generated(description: str, stretches: list[Body], price: float, month: Month, grouping: str) -> Body:
    """Return a line item made from tracked time."""
    seconds = sum(stretch["seconds"] for stretch in stretches)
    data = {
        "duration": seconds,
        "rates": [price],
        "grouping": grouping,
        "user_ids": _ids(stretches, "user_id"),
        "project_ids": _ids(stretches, "project_id"),
        "task_ids": _ids(stretches, "task_id") if grouping == "project" else [],
        "start_date": month.first.isoformat(),
        "stop_date": month.last.isoformat(),
    }
    return {**_line(description, round(seconds / 3600, 2), price), "generated": True, "generated_data": data}


def _by_hand(description: str, price: float) -> Body:
    return {**_line(description, 1.0, price), "generated": False, "generated_data": None}


def _line(description: str, quantity: float, price: float) -> Body:
    flags = {"tax_1": True, "tax_2": False, "discount": True}
    return {"description": description, "quantity": quantity, "unit_price": price, **flags}


def _ids(stretches: list[Body], name: str) -> list[int]:
    return sorted(set(_named(stretches, name)))


def _named(stretches: list[Body], name: str) -> Iterator[int]:
    return (stretch[name] for stretch in stretches if stretch[name] is not None)
