"""Tags: of projects or of times. The later document has one set of addresses for both, the older one a second set for projects."""

from starlette.responses import Response

from integrations.sandbox.exchange import JsonAnswer
from integrations.sandbox.kinds import TIMEGHOST_TAG
from integrations.sandbox.store import Body
from integrations.sandbox.timeghost import shapes
from integrations.sandbox.timeghost.fields import Reader, Readers, a_name, a_text, additions, changes, numbered
from integrations.sandbox.timeghost.filters import listed
from integrations.sandbox.timeghost.records import change, create
from integrations.sandbox.timeghost.references import PROJECT_TAG, TIME_TAG
from integrations.sandbox.timeghost.refusals import not_found
from integrations.sandbox.timeghost.visit import Visit

EITHER = numbered(project=PROJECT_TAG, time=TIME_TAG)
OF_PROJECTS = numbered(project=PROJECT_TAG)
NEEDED = ("name", "tagType")


def list_tags(visit: Visit) -> Response:
    """GET /get/tags: of both types, unless `$filter` says which."""
    return listed(visit, TIMEGHOST_TAG, shapes.tag)


def list_project_tags(visit: Visit) -> Response:
    """GET /get/projecttags."""
    return listed(visit, TIMEGHOST_TAG, shapes.tag, _is_of_projects)


def add_tag(visit: Visit) -> Response:
    """POST /add/tags. The answer is one tag, as in the later document."""
    return JsonAnswer(_added(visit, EITHER))


def add_project_tag(visit: Visit) -> Response:
    """POST /add/projecttags. The answer is an array, as in the older document."""
    return JsonAnswer([_added(visit, OF_PROJECTS)])


def update_tag(visit: Visit) -> Response:
    """POST /update/tags/{TagId}. The answer is one tag, as in the later document."""
    return JsonAnswer(_updated(visit, EITHER))


def update_project_tag(visit: Visit) -> Response:
    """POST /update/projecttags/{TagId}. The answer is an array, as in the older document."""
    return JsonAnswer([_updated(visit, OF_PROJECTS)])


def _added(visit: Visit, types: Reader) -> Body:
    visit.require_admin()
    details = {"externalId": None, **additions(visit, _readers(types), NEEDED).finished()}
    return shapes.tag(visit, create(visit.store, TIMEGHOST_TAG, visit.workspace["id"], **details))


def _updated(visit: Visit, types: Reader) -> Body:
    visit.require_admin()
    tag = visit.found(TIMEGHOST_TAG, visit.segment("TagId"), "Tag")
    if types is OF_PROJECTS and not _is_of_projects(tag):
        raise not_found("Project tag")
    given = changes(visit, _readers(types), tag, ("tagType",)).finished()
    return shapes.tag(visit, change(visit.store, TIMEGHOST_TAG, tag, **given))


def _readers(types: Reader) -> Readers:
    return {"name": a_name, "tagType": types, "externalId": a_text}


def _is_of_projects(tag: Body) -> bool:
    return bool(tag["tagType"] == PROJECT_TAG)
