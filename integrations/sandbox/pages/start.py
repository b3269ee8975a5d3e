"""The first page, and how pages look."""

from pathlib import Path

from starlette.responses import Response

from integrations.sandbox.exchange import Call
from integrations.sandbox.html import fill, link, page, table
from integrations.sandbox.kinds import COMPANY
from integrations.sandbox.seeding.companies import personal_token
from integrations.sandbox.sign_in.services import ENTRA, HUBSTAFF
from integrations.sandbox.store import Body

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")

INDEX = """
<p>This server plays Hubstaff, timeghost and the two places where one signs in for them. Everything on it is made up.
What you do here, the portal finds as if a person had done it over there.</p>
<h2>Three companies, on both sides</h2>
$companies
<h2>Addresses</h2>
$addresses
<h2>Applications to sign in with</h2>
$applications
<p>Switches, faults and the log of requests are at <code>/control/…</code>; README.md in
<code>integrations/sandbox</code> lists them. Look at the $switches, the $faults and the $requests.</p>
"""


def index(call: Call) -> Response:
    """GET /."""
    addresses = [
        ["Hubstaff API", f"{call.origin}/hubstaff"],
        ["Hubstaff Account", f"{call.origin}/hubstaff-account"],
        ["timeghost API", f"{call.origin}/timeghost/api"],
        ["Microsoft Entra ID", f"{call.origin}/entra/common/v2.0"],
    ]
    applications = [[service.title, service.client_id, service.client_secret] for service in (HUBSTAFF, ENTRA)]
    companies = [_company(company) for company in call.store.every(COMPANY)]
    headings = ["Company", "In Hubstaff", "In timeghost", "Personal access token", "API token"]
    content = fill(
        INDEX,
        companies=table(headings, companies),
        addresses=table(["Stands in for", "Base address"], addresses),
        applications=table(["Service", "Client id", "Secret"], applications),
        switches=link("/control/switches", "switches"),
        faults=link("/control/faults", "faults in waiting"),
        requests=link("/control/requests", "requests received"),
    )
    return page("Sandbox", content)


def style(call: Call) -> Response:
    """GET /style.css."""
    return Response(STYLE, media_type="text/css")


def _company(company: Body) -> list[object]:
    return [
        company["name"],
        link(f"/hubstaff/organizations/{company['organization_id']}", company["organization_id"]),
        link(f"/timeghost/workspaces/{company['workspace_id']}", company["workspace_id"]),
        personal_token(company["id"]),
        f"timeghost-key-{company['id']}",
    ]
