"""Hubstaff's invoices: filters, line items, and sums that are right."""

from collections.abc import Callable
from datetime import date

import httpx
import pytest

from tests.sandbox.conftest import Company, walked
from tests.sandbox.refusals import Row, assert_refused

Invoices = Callable[..., list[Row]]


@pytest.fixture
def client_invoices(hubstaff: httpx.Client, company: Company) -> Invoices:
    return lambda **query: walked(hubstaff, f"/organizations/{company.organization_id}/client_invoices", "client_invoices", **query)


@pytest.fixture
def team_invoices(hubstaff: httpx.Client, company: Company) -> Invoices:
    return lambda **query: walked(hubstaff, f"/organizations/{company.organization_id}/team_invoices", "team_invoices", **query)


def test_invoices_show_their_line_items_only_when_asked(client_invoices: Invoices, team_invoices: Invoices) -> None:
    for invoices in (client_invoices, team_invoices):
        assert all("line_items" not in invoice for invoice in invoices())
        assert all(invoice["line_items"] for invoice in invoices(include_line_items="true"))


def test_every_status_is_there_and_each_can_be_asked_for(client_invoices: Invoices, team_invoices: Invoices) -> None:
    for invoices in (client_invoices, team_invoices):
        by_status = {status: invoices(status=status) for status in ("draft", "open", "closed")}
        assert all(found and {one["status"] for one in found} == {status} for status, found in by_status.items())
        assert sum(map(len, by_status.values())) == len(invoices())


def test_invoices_are_filtered_by_receiver_and_date_of_issue(client_invoices: Invoices, team_invoices: Invoices) -> None:
    clients, users = ({one[name] for one in found} for name, found in (("client_id", client_invoices()), ("user_id", team_invoices())))
    two = sorted(clients)[:2]
    assert {one["client_id"] for one in client_invoices(client_ids=",".join(map(str, two)))} == set(two)
    assert {one["user_id"] for one in team_invoices(user_ids=min(users))} == {min(users)}
    days = sorted(one["issue_date"] for one in client_invoices())
    issued = {"issue_date[start]": days[3], "issue_date[stop]": days[-4]}
    assert sorted(one["issue_date"] for one in client_invoices(**issued)) == [day for day in days if days[3] <= day <= days[-4]]


def test_what_is_to_be_paid_is_the_sum_of_the_lines(client_invoices: Invoices, team_invoices: Invoices) -> None:
    for invoice in [*client_invoices(include_line_items="true"), *team_invoices(include_line_items="true")]:
        net = sum(line["quantity"] * line["unit_price"] for line in invoice["line_items"])
        due = net * (1 - (invoice["discount"] or 0) / 100) * (1 + (invoice["tax_1"] or 0) / 100)
        assert invoice["grand_total"] == pytest.approx(due, abs=0.01)
        assert invoice["paid_amount"] == (invoice["grand_total"] if invoice["status"] == "closed" else 0)


def test_lines_are_made_from_the_time_that_was_tracked(hubstaff: httpx.Client, client_invoices: Invoices) -> None:
    lines = [line for invoice in client_invoices(include_line_items="true") for line in invoice["line_items"] if line["generated"]]
    recent = max(lines, key=lambda line: str(line["generated_data"]["start_date"]))
    data = recent["generated_data"]
    days = {"date[start]": data["start_date"], "date[stop]": data["stop_date"]}
    path = f"/projects/{data['project_ids'][0]}/activities/daily"
    tracked = walked(hubstaff, path, "daily_activities", page_limit=500, **days)
    assert date.fromisoformat(data["start_date"]).day == 1
    assert data["duration"] == sum(day["tracked"] for day in tracked) > 0
    assert set(data["user_ids"]) == {day["user_id"] for day in tracked}


def test_a_member_sees_the_own_team_invoices_and_no_clients(colleague: httpx.Client, company: Company) -> None:
    me = colleague.get("/users/me").json()["user"]["id"]
    organization = f"/organizations/{company.organization_id}"
    assert {one["user_id"] for one in walked(colleague, f"{organization}/team_invoices", "team_invoices")} == {me}
    assert_refused(colleague.get(f"{organization}/client_invoices"), 403, range(10000, 11000))
