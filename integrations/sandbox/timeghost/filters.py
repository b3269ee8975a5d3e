"""What every list can be narrowed by: `$filter`, and for what people track `$filter-user`."""

from collections.abc import Callable, Iterable

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import Kind
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost.odata import Unreadable, parsed
from integrations.sandbox.timeghost.refusals import Refused, invalid
from integrations.sandbox.timeghost.visit import Visit, member_of

Show = Callable[[Visit, Body], Body]


def filtered(visit: Visit, rows: Iterable[Body]) -> list[Body]:
    """Return the shown rows that `$filter` lets pass. Raises Refused when it cannot be read or does not fit them."""
    text = visit.query("$filter")
    if text is None:
        return list(rows)
    try:
        test = parsed(text)
        return [row for row in rows if test(row)]
    except Unreadable as error:
        raise invalid(f"$filter {error}") from None


def listed(visit: Visit, kind: Kind, show: Show, fits: Callable[[Body], bool] = bool) -> Response:
    """Answer the living records of a kind in the workspace that fit, as `$filter` asks."""
    records = visit.store.of_tenant(kind, visit.workspace["id"])
    living = (record for record in records if not record["deleted"] and fits(record))
    return JsonAnswer(filtered(visit, (show(visit, record) for record in living)))


def asked_people(visit: Visit) -> set[str] | None:
    """Return whose records `$filter-user` asks for, None for everybody's; who may not see the team gets their own."""
    identity = visit.query("$filter-user")
    if identity is None:
        return None if visit.sees_team else {visit.user["id"]}
    if member_of(visit.workspace, identity) is None:
        raise invalid("$filter-user must be the id of a person of this workspace")
    require_sight(visit, {identity})
    return {identity}


def require_sight(visit: Visit, user_ids: set[str]) -> None:
    """Raise Refused when the person may not see what these people track."""
    if not visit.sees_team and user_ids - {visit.user["id"]}:
        raise Refused(403, "You are not allowed to see what other people track: only an admin of the workspace is")
