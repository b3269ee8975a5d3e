"""Budgets of projects and clients: given whole, or refused."""

from integrations.sandbox.hubstaff.fields import Fields
from integrations.sandbox.hubstaff.refusals import Problem, Refused
from integrations.sandbox.store import Body

AMOUNTS = {"cost": "cost", "hours": "hours"}
"""The field that each type of budget cannot be without."""


def read_budget(fields: Fields) -> Body | None:
    """Return the budget of a body, or None. Raises Refused when a part is missing: a partial budget is refused."""
    given = fields.group("budget")
    if given is None:
        return None
    kind = given.choice("type", AMOUNTS)
    if kind is None:
        raise Refused(Problem.INVALID_BUDGET, "budget[type] is missing")
    amount = given.amount(AMOUNTS[kind])
    if amount is None:
        raise Refused(Problem.INVALID_BUDGET, f"budget[{AMOUNTS[kind]}] is missing: a budget must be complete")
    if amount <= 0:
        raise Refused(Problem.INVALID_BUDGET, f"budget[{AMOUNTS[kind]}] must be greater than 0")
    return _budget(given, kind, amount)


def _budget(given: Fields, kind: str, amount: float) -> Body:
    alerts = given.group("alerts")
    near_limit = alerts.number("near_limit") if alerts else None
    billable_too = given.flag("include_non_billable")
    return {
        "type": kind,
        "rate": given.choice("rate", ("bill_rate", "pay_rate")) or "bill_rate",
        AMOUNTS[kind]: amount,
        "start_date": given.text("start_date"),
        "alerts": {"near_limit": 80 if near_limit is None else near_limit},
        "recurrence": given.choice("recurrence", ("monthly",)),
        "include_non_billable": True if billable_too is None else billable_too,
    }
