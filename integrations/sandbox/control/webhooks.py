"""What can be done to webhooks from outside: see what was sent, send it again, forge a delivery, switch a webhook off."""

from types import ModuleType

import orjson
from starlette.responses import Response

from integrations.sandbox.control.fields import Refused, body, done, need, whole
from integrations.sandbox.exchange import Call, JsonAnswer
from integrations.sandbox.kinds import HUBSTAFF_WEBHOOK, Kind
from integrations.sandbox.store import Body
from integrations.sandbox.webhooks import hubstaff, timeghost
from integrations.sandbox.webhooks.post import Delivery
from integrations.sandbox.webhooks.subscriptions import every

WRONG = "not the secret"


def show_webhooks(call: Call) -> Response:
    """GET /control/webhooks: as they are kept, secrets and all."""
    return JsonAnswer({"webhooks": [{"service": _service(kind), **webhook} for kind, webhook in every(call.store)]})


def show_deliveries(call: Call) -> Response:
    """GET /control/deliveries?since=NUMBER: what was sent, and what was answered each time."""
    since = whole(call.query("since") or 0, "since")
    return JsonAnswer({"deliveries": [delivery.shown() for delivery in call.runtime.post.log if delivery.number > since]})


def redeliver(call: Call) -> Response:
    """POST /control/webhooks/redeliver {"number"}: the very same delivery once more; the latest one when none is named."""
    number = body(call).get("number")
    sent = [one for one in call.runtime.post.log if one.kind != "handshake" and number in (None, one.number)]
    if not sent:
        raise Refused("There is no such delivery", status=404)
    call.runtime.post.send(sent[-1])
    return JsonAnswer(sent[-1].shown())


def forge(call: Call) -> Response:
    """POST /control/webhooks/forge {"webhook", "event", "payload", "created_at", "id", "content", "signed"}: a delivery that never
    happened, with a wrong signature or password unless `signed` says otherwise; `content` is sent as it stands. It is tried once.
    """
    given = body(call)
    kind, webhook = _found(call, need(given, "webhook"))
    service = SERVICES[_service(kind)]
    forged: Delivery = service.delivery(webhook, str(given.get("event", "")), _content(kind, given), "" if given.get("signed") else WRONG)
    forged.kind, forged.pauses = "forged", ()
    call.runtime.post.take_at_once(forged)
    return JsonAnswer(forged.shown())


def kill(call: Call) -> Response:
    """POST /control/webhooks/kill {"webhook"}: the service switches a webhook off, or all of them, and sends nothing more."""
    given = body(call)
    killed = [_found(call, given["webhook"])] if "webhook" in given else every(call.store)
    for kind, webhook in killed:
        call.store.put(kind, {**webhook, **OFF[_service(kind)]})
    return done(killed=len(killed))


def echo(call: Call) -> Response:
    """POST /control/echo: an address that takes every delivery and echoes every secret."""
    secret = call.header("x-hook-secret")
    return JsonAnswer({"ok": True}, headers={"X-Hook-Secret": secret} if secret else None)


SERVICES: dict[str, ModuleType] = {"hubstaff": hubstaff, "timeghost": timeghost}
OFF: dict[str, Body] = {"hubstaff": {"status": "inactive"}, "timeghost": {"active": False}}


def _service(kind: Kind) -> str:
    return kind.name.partition(".")[0]


def _found(call: Call, identity: object) -> tuple[Kind, Body]:
    found = next((one for one in every(call.store) if one[1]["id"] == identity), None)
    if found is None:
        raise Refused("There is no such webhook", status=404)
    return found


def _content(kind: Kind, given: Body) -> bytes:
    if "content" in given:
        return str(given["content"]).encode()
    payload = given.get("payload", {})
    if kind is not HUBSTAFF_WEBHOOK:
        return orjson.dumps(payload)
    return hubstaff.content(str(given.get("event", "")), payload, str(given.get("created_at", "")), str(given.get("id", "")))
