"""The page on which a person says who they are, and lets an application in or not."""

from itertools import groupby
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.responses import Response

from integrations.sandbox.exchange import Call
from integrations.sandbox.html import Markup, elsewhere, fill, joined, page
from integrations.sandbox.sign_in.grants import issue_code, new_grant
from integrations.sandbox.sign_in.people import Person, people, person_of
from integrations.sandbox.sign_in.services import Service, is_here

CARRIED = ("client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method")
KEPT_WITH_CODE = ("redirect_uri", "nonce", "code_challenge")

SCOPES = {
    "openid": "Know who you are",
    "profile": "See your name",
    "email": "See your email address",
    "hubstaff:read": "Read your Hubstaff organizations: projects, to-dos, members, time",
    "hubstaff:write": "Change your Hubstaff organizations: projects, to-dos, members, time",
    "offline_access": "Keep the access you have given it",
}

FORM = """
<p><strong>$application</strong> wants to use your account.</p>
<form method="post" class="consent">
<fieldset><legend>It will be able to</legend><ul>$scopes</ul></fieldset>
<label>Sign in as <select name="person" autofocus>$people</select></label>
$hidden
<div class="actions">
<button name="decision" value="authorize" class="primary">Authorize</button>
<button name="decision" value="deny">Deny</button>
</div>
</form>
"""


def ask(call: Call, service: Service) -> Response:
    """Show the page, or say why not. A client or redirect address that is not known gets no redirect (RFC 6749)."""
    asked = dict(call.request.query_params)
    return _refused(service, asked) or _consent_page(call, service, asked)


def decide(call: Call, service: Service) -> Response:
    """Send the browser back to the application, with a code or with the person's refusal."""
    form = call.form()
    refused = _refused(service, {"response_type": "code", **form})
    if refused is not None:
        return refused
    person = person_of(call.store, service, form.get("person", ""))
    if person is None or form.get("decision") != "authorize":
        return _back(form, error="access_denied", error_description="The person denied the request")
    grant = new_grant(service.name, service.client_id, person.email, form["scope"])
    details = {name: form.get(name, "") for name in KEPT_WITH_CODE}
    return _back(form, code=issue_code(call.store, grant, details))


def _refused(service: Service, asked: dict[str, str]) -> Response | None:
    if not service.knows(asked.get("client_id")):
        return _dead_end(service, "No application is registered with this client_id.")
    if not is_here(asked.get("redirect_uri", "")):
        return _dead_end(service, "The redirect_uri is not registered for this application.")
    if asked.get("response_type") != "code":
        return _back(asked, error="unsupported_response_type", error_description="response_type must be code")
    missing = [name for name in service.required if not asked.get(name)]
    if missing:
        return _back(asked, error="invalid_request", error_description=f"Missing: {', '.join(missing)}")
    if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
        return _back(asked, error="invalid_request", error_description="code_challenge_method must be S256")
    return None


def _dead_end(service: Service, reason: str) -> Response:
    return page(service.title, fill("<p class=problem>$reason</p>", reason=reason), service.name, status=400)


def _back(asked: dict[str, str], **answer: str) -> Response:
    address = urlsplit(asked["redirect_uri"])
    state = {"state": asked["state"]} if asked.get("state") else {}
    query = urlencode([*parse_qsl(address.query), *answer.items(), *state.items()])
    return elsewhere(address._replace(query=query).geturl())


def _consent_page(call: Call, service: Service, asked: dict[str, str]) -> Response:
    hint = asked.get("login_hint", "")
    content = fill(
        FORM,
        application=service.client_name,
        scopes=joined([_scope_line(scope) for scope in asked["scope"].split()]),
        people=joined([_company(name, group, hint) for name, group in _by_company(call, service)]),
        hidden=joined([_hidden(name, asked[name]) for name in CARRIED if asked.get(name)]),
    )
    return page(f"Sign in at {service.title}", content, service.name)


def _scope_line(scope: str) -> Markup:
    return fill("<li>$meaning <code>$scope</code></li>", meaning=SCOPES.get(scope, ""), scope=scope)


def _by_company(call: Call, service: Service) -> list[tuple[str, list[Person]]]:
    return [(name, list(group)) for name, group in groupby(people(call.store, service), lambda person: person.company)]


def _company(name: str, group: list[Person], hint: str) -> Markup:
    options = joined([_option(person, hint) for person in group])
    return fill('<optgroup label="$name">$options</optgroup>', name=name, options=options)


def _option(person: Person, hint: str) -> Markup:
    label = f"{person.name}, {person.role}: {person.email}"
    chosen = Markup(" selected") if person.email == hint else Markup("")
    return fill('<option value="$email"$chosen>$label</option>', email=person.email, chosen=chosen, label=label)


def _hidden(name: str, value: str) -> Markup:
    return fill('<input type="hidden" name="$name" value="$value">', name=name, value=value)
