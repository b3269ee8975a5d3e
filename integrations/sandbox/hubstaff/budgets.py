"""Budgets of projects and clients: given whole, or refused."""

from integrations.sandbox.hubstaff.fields import Fields
from integrations.sandbox.hubstaff.values import between, flag, limit, one_of, written_day
from integrations.sandbox.store import Body

TYPES = ("cost", "hours")
"""Also the field that holds the limit of each."""


def read_budget(fields: Fields) -> Body | None:
    """Return the budget of a body, or None. Without `recurrence` it never begins anew."""
    given = fields.group("budget")
    if given is None:
        return None
    kind = given.need("type", one_of(TYPES))
    limits = {name: given.read(name, limit) for name in TYPES}
    if given.fits("type"):
        given.need(kind, limit)
    alerts = given.group("alerts")
    near_limit = alerts.read("near_limit", between(1, 100)) if alerts else None
    included = given.read("include_non_billable", flag)
    return {
        "type": kind,
        "rate": given.read("rate", one_of(("bill_rate", "pay_rate"))) or "bill_rate",
        **dict.fromkeys(TYPES),
        kind: limits.get(kind),
        "start_date": given.read("start_date", written_day),
        "alerts": {"near_limit": near_limit or 80},
        "recurrence": given.read("recurrence", one_of(("monthly",))),
        "include_non_billable": included is not False,
    }
