"""Tags and groups."""

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_GROUP, TIMEGHOST_TAG
from integrations.sandbox.timeghost import shapes
from integrations.sandbox.timeghost.fields import a_flag, a_name, a_tag_type, a_text, body, ids, read
from integrations.sandbox.timeghost.filters import listed
from integrations.sandbox.timeghost.records import change, create
from integrations.sandbox.timeghost.visit import Visit

TAG_READERS = {"name": a_name, "tagType": a_tag_type, "externalId": a_text}
GROUP_READERS = {"name": a_name, "users": ids, "synchronizedGroup": a_flag, "synchronizedGroupType": a_text}


def list_tags(visit: Visit) -> Response:
    """GET /get/tags: of both types, unless `$filter` says which."""
    return listed(visit, TIMEGHOST_TAG, shapes.tag)


def add_tag(visit: Visit) -> Response:
    """POST /add/tags."""
    visit.require_admin()
    details = {"externalId": None, **read(body(visit), TAG_READERS, needed=("name", "tagType"))}
    return JsonAnswer(shapes.tag(visit, create(visit.store, TIMEGHOST_TAG, visit.workspace["id"], **details)))


def update_tag(visit: Visit) -> Response:
    """POST /update/tags/{id}."""
    visit.require_admin()
    tag = visit.found(TIMEGHOST_TAG, visit.segment("id"), "Tag")
    changed = change(visit.store, TIMEGHOST_TAG, tag, **read(body(visit), TAG_READERS))
    return JsonAnswer(shapes.tag(visit, changed))


def list_groups(visit: Visit) -> Response:
    """GET /get/groups."""
    return listed(visit, TIMEGHOST_GROUP, shapes.group)


def add_group(visit: Visit) -> Response:
    """POST /add/groups."""
    visit.require_admin()
    usual = {"synchronizedGroup": False, "synchronizedGroupType": None}
    details = {**usual, **read(body(visit), GROUP_READERS, needed=("name", "users"))}
    visit.check_members(details["users"])
    return JsonAnswer(shapes.group(visit, create(visit.store, TIMEGHOST_GROUP, visit.workspace["id"], **details)))


def update_group(visit: Visit) -> Response:
    """POST /update/groups/{id}."""
    visit.require_admin()
    group = visit.found(TIMEGHOST_GROUP, visit.segment("id"), "Group")
    changes = read(body(visit), GROUP_READERS)
    visit.check_members(changes.get("users", []))
    return JsonAnswer(shapes.group(visit, change(visit.store, TIMEGHOST_GROUP, group, **changes)))
