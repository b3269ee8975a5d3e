"""Groups of people."""

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_GROUP
from integrations.sandbox.timeghost import shapes
from integrations.sandbox.timeghost.fields import Readers, a_flag, a_name, a_text, additions, changes
from integrations.sandbox.timeghost.filters import listed
from integrations.sandbox.timeghost.records import change, create
from integrations.sandbox.timeghost.references import people
from integrations.sandbox.timeghost.visit import Visit

GROUP: Readers = {"name": a_name, "users": people, "synchronizedGroup": a_flag, "synchronizedGroupType": a_text}


def list_groups(visit: Visit) -> Response:
    """GET /get/groups."""
    return listed(visit, TIMEGHOST_GROUP, shapes.group)


def add_group(visit: Visit) -> Response:
    """POST /add/groups."""
    visit.require_admin()
    usual = {"synchronizedGroup": False, "synchronizedGroupType": None}
    details = {**usual, **additions(visit, GROUP, ("name", "users")).finished()}
    return JsonAnswer(shapes.group(visit, create(visit.store, TIMEGHOST_GROUP, visit.workspace["id"], **details)))


def update_group(visit: Visit) -> Response:
    """POST /update/groups/{GroupId}. The people in the body are all that the group has afterwards."""
    visit.require_admin()
    group = visit.found(TIMEGHOST_GROUP, visit.segment("GroupId"), "Group")
    given = changes(visit, GROUP, group).finished()
    return JsonAnswer(shapes.group(visit, change(visit.store, TIMEGHOST_GROUP, group, **given)))
