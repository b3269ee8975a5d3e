"""Hubstaff's own integrations and what they link. They can be read, never written."""

from collections.abc import Iterator

from starlette.responses import Response

from integrations.sandbox.hubstaff.lists import listing, page
from integrations.sandbox.hubstaff.visit import Visit
from integrations.sandbox.kinds import HUBSTAFF_INTEGRATION, HUBSTAFF_PROJECT_LINK, HUBSTAFF_USER_LINK, Kind
from integrations.sandbox.store import Body


def list_integrations(visit: Visit) -> Response:
    """GET /v2/organizations/{organization_id}/integrations."""
    organization = visit.led_organization()
    with listing(visit) as asked:
        integrations = visit.store.of_tenant(HUBSTAFF_INTEGRATION, organization["id"], asked.start)
    return page(visit, asked, "integrations", integrations)


def list_project_links(visit: Visit) -> Response:
    """GET /v2/integrations/{integration_id}/project_links."""
    return _links(visit, HUBSTAFF_PROJECT_LINK, "project")


def list_user_links(visit: Visit) -> Response:
    """GET /v2/integrations/{integration_id}/user_links."""
    return _links(visit, HUBSTAFF_USER_LINK, "user")


def list_integration_links(visit: Visit) -> Response:
    """GET /v2/projects/{project_id}/integration_links: the links of one project."""
    project = visit.led_project()
    with listing(visit) as asked:
        integrations = list(visit.store.of_tenant(HUBSTAFF_INTEGRATION, project["organization_id"]))
    links = (link for one in integrations for link in _shown(visit, HUBSTAFF_PROJECT_LINK, one) if link["project_id"] == project["id"])
    return page(visit, asked, "project_links", links, identity="project_id")


def _links(visit: Visit, kind: Kind, linked: str) -> Response:
    """Answer the links of an integration, which have no id of their own: they go by what they link."""
    integration = visit.integration()
    with listing(visit) as asked:
        links = _shown(visit, kind, integration)
    identity = f"{linked}_id"
    return page(visit, asked, f"{linked}_links", sorted(links, key=lambda link: int(link[identity])), identity=identity)


def _shown(visit: Visit, kind: Kind, integration: Body) -> Iterator[Body]:
    """Walk the links of an integration as Hubstaff shows them: each tells of its integration, too."""
    about = {
        "integration_id": integration["id"],
        "integration_type": integration["type"],
        "integration_name": integration["name"],
        "integration_status": integration["status"],
        "integration_disabled_reason": integration["disabled_reason"],
    }
    for link in visit.store.of_parent(kind, integration["id"]):
        yield {**{name: value for name, value in link.items() if name != "id"}, **about}
