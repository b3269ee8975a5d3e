"""Control over how the sandbox behaves: reset, switches, faults, the log, tokens."""

from dataclasses import asdict, fields
from datetime import timedelta

from starlette.responses import Response

from integrations.sandbox import moments
from integrations.sandbox.control.fields import Refused, body, done, need, whole
from integrations.sandbox.exchange import Call, JsonAnswer
from integrations.sandbox.faults import NAMES, Fault
from integrations.sandbox.kinds import ACCESS_TOKEN, COMPANY, REFRESH_TOKEN, TIMEGHOST_KEY, WORLD, Kind
from integrations.sandbox.seeding.companies import PERSONAL_SCOPE, begin_anew, personal_token
from integrations.sandbox.sign_in.grants import issue_refresh_token, kill, kill_grant, new_grant
from integrations.sandbox.sign_in.services import HUBSTAFF
from integrations.sandbox.store import Body
from integrations.sandbox.switches import WORDS, Switches, fits


def health(call: Call) -> Response:
    """GET /health."""
    return JsonAnswer({"status": "ok", **_world(call), "at": moments.written_now()})


def companies(call: Call) -> Response:
    """GET /control/companies: the ids and well-known credentials of the three companies."""
    return JsonAnswer({"companies": [_company(company) for company in call.store.every(COMPANY)]})


def reset(call: Call) -> Response:
    """POST /control/reset {"seed": 1}: the world as it was at the beginning, every switch back, no faults, no log."""
    seed = whole({**_world(call), **body(call)}["seed"], "seed")
    call.runtime.calm_down()
    begin_anew(call.store, seed)
    return done(**_world(call))


def show_switches(call: Call) -> Response:
    """GET /control/switches."""
    return JsonAnswer(asdict(call.runtime.switches))


def set_switches(call: Call) -> Response:
    """POST /control/switches: only the switches named change."""
    given = body(call)
    unknown = set(given) - {field.name for field in fields(Switches)}
    if unknown:
        raise Refused(f"There are no such switches: {', '.join(sorted(unknown))}")
    if not all(fits(name, value) for name, value in given.items()):
        words = "; ".join(f"{name}: {', '.join(choices)}" for name, choices in WORDS.items())
        raise Refused(f"Switches are numbers, or null for no limit; but {words}")
    call.runtime.switches = Switches(**{**asdict(call.runtime.switches), **given})
    call.runtime.limits.forget()
    if not call.runtime.switches.webhooks_held:
        call.runtime.post.let_go()
    return show_switches(call)


def show_faults(call: Call) -> Response:
    """GET /control/faults: those still waiting."""
    return JsonAnswer({"faults": [asdict(fault) for fault in call.runtime.faults.waiting]})


def queue_faults(call: Call) -> Response:
    """POST /control/faults {"match", "fault", "times", "skip", "after_commit"}, or {"faults": [...]}."""
    given = body(call)
    call.runtime.faults.queue([_fault(one) for one in given.get("faults", [given])])
    return show_faults(call)


def forget_faults(call: Call) -> Response:
    """DELETE /control/faults."""
    call.runtime.faults.forget()
    return done()


def show_requests(call: Call) -> Response:
    """GET /control/requests?since=NUMBER."""
    entries = call.runtime.journal.since(whole(call.query("since") or 0, "since"))
    return JsonAnswer({"requests": [asdict(entry) for entry in entries]})


def forget_requests(call: Call) -> Response:
    """DELETE /control/requests."""
    call.runtime.journal.forget()
    return done()


def personal_tokens(call: Call) -> Response:
    """POST /control/personal-token {"organization": 1}: a strict one, which dies when it is used."""
    number = need(body(call), "organization")
    company = next((one for one in call.store.every(COMPANY) if number in (one["id"], one["organization_id"])), None)
    if company is None:
        raise Refused("There is no such organization", status=404)
    grant = new_grant(HUBSTAFF.name, "", company["owner"], PERSONAL_SCOPE)
    expires_at = moments.written(moments.now() + timedelta(days=90))
    return done(refresh_token=issue_refresh_token(call.store, grant), expires_at=expires_at)


def expire_access_tokens(call: Call) -> Response:
    """POST /control/expire-access-tokens {"service", "email"}: both optional; refresh tokens stay good."""
    tokens = _tokens(call, ACCESS_TOKEN)
    call.store.put_all(ACCESS_TOKEN, [{**token, "expires_at": 0} for token in tokens])
    return done(expired=len(tokens))


def revoke_refresh_tokens(call: Call) -> Response:
    """POST /control/revoke-refresh-tokens {"refresh_token"} or {"service", "email"}: access tokens stay good."""
    return done(revoked=kill(call.store, REFRESH_TOKEN, _tokens(call, REFRESH_TOKEN)))


def revoke_consent(call: Call) -> Response:
    """POST /control/revoke-consent {"refresh_token"} or {"service", "email"}: every token of these grants dies."""
    grants = {token["grant"] for kind in (ACCESS_TOKEN, REFRESH_TOKEN) for token in _tokens(call, kind)}
    for grant in grants:
        kill_grant(call.store, grant)
    return done(revoked=len(grants))


def revoke_timeghost_key(call: Call) -> Response:
    """POST /control/revoke-timeghost-key {"key"}."""
    call.store.remove(TIMEGHOST_KEY, need(body(call), "key"))
    return done()


def _world(call: Call) -> Body:
    world = call.store.get(WORLD, 1) or {}
    return {"seed": world.get("seed"), "day": world.get("day")}


def _company(company: Body) -> Body:
    number = company["id"]
    return {
        **company,
        "personal_token": personal_token(number),
        "timeghost_key": f"timeghost-key-{number}",
        "timeghost_member_key": f"timeghost-key-member-{number}",
    }


def _fault(given: Body) -> Fault:
    unknown = set(given) - {field.name for field in fields(Fault)}
    if unknown or need(given, "fault") not in NAMES:
        names = ", ".join(sorted(NAMES))
        raise Refused(f"A fault has match, fault, times, skip, after_commit; fault is one of {names}")
    need(given, "match")
    return Fault(**given)


def _tokens(call: Call, kind: Kind) -> list[Body]:
    """Return the tokens that the body means: those of one refresh token's grant, or of a service and a person."""
    given = body(call)
    if "refresh_token" in given:
        named = call.store.get(REFRESH_TOKEN, given["refresh_token"])
        return list(call.store.of_parent(kind, named["grant"])) if named else []
    service, email = given.get("service"), given.get("email")
    tokens = call.store.every(kind)
    return [token for token in tokens if service in (None, token["service"]) and email in (None, token["email"])]
