"""What can be watched, and how Paperclock tells of it by itself: with bells, which are signed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from integrations.catalogue import Hook, HookDraft, Hooks, Kind, Operation, Pick, Place, SignedDeliveries, Text, Told, Watch
from integrations.catalogue.reading import at, moment, word
from tests.providers.folder.paperclock.operations import OFFICE

IN_PROJECT = Pick(name="project", label="Project", entity="project", asked_only=True, help="Without one, all projects are watched.")

WATCHES = (
    Watch(
        name="tasks_created",
        label="Watch Tasks Created",
        entity="task",
        changes=("created",),
        moment="changed",
        inputs=(replace(OFFICE, place=Place.BODY, required=False, asked_only=True), IN_PROJECT),
        hook=Hook("task", {"created": "task.added"}, one="get_task", one_as="task"),
    ),
)

BELL = Text(name="bell", label="Bell", place=Place.PATH, required=True)
BELLS = (
    Operation(
        name="hang_bell",
        label="Hang a Bell",
        entity="office",
        kind=Kind.CREATE,
        method="POST",
        path="/offices/{office}/bells",
        inputs=(
            OFFICE,
            Text(name="url", label="Address", required=True),
            Text(name="rings_for", label="Rings for", many=True, required=True),
        ),
    ),
    Operation(
        name="wake_bell",
        label="Wake a Bell",
        entity="office",
        kind=Kind.UPDATE,
        method="POST",
        path="/offices/{office}/bells/{bell}/wake",
        inputs=(OFFICE, BELL, Text(name="secret", label="Secret", place=Place.HEADER, sent_as="x-paper-secret", required=True)),
    ),
    Operation(
        name="look_at_bell",
        label="Look at a Bell",
        entity="office",
        kind=Kind.GET,
        method="GET",
        path="/offices/{office}/bells/{bell}",
        inputs=(OFFICE, BELL),
    ),
    Operation(
        name="take_bell_down",
        label="Take a Bell Down",
        entity="office",
        kind=Kind.DELETE,
        method="DELETE",
        path="/offices/{office}/bells/{bell}",
        inputs=(OFFICE, BELL),
    ),
)


def registration(draft: HookDraft) -> dict[str, Any]:
    return {"url": draft.url, "rings_for": list(draft.events)}


def activation(bell: str, secret: str) -> dict[str, Any]:
    return {"bell": bell, "secret": secret}


def read_delivery(body: Any) -> Told:
    """`{"ring": id, "at": moment, "what": event, "task": the task}`."""
    return Told(
        event=word(at(body, "what"), 64),
        id=word(at(body, "ring")),
        at=moment(at(body, "at")),
        record_id=word(at(body, "task.id")),
        parent_id=word(at(body, "task.project")),
    )


HOOKS = Hooks(
    operations=BELLS,
    deliveries=SignedDeliveries(secret_header="x-paper-secret", signature_header="x-paper-seal"),
    register="hang_bell",
    registration=registration,
    registered=lambda answer: word(at(answer, "id")),
    read=read_delivery,
    activate="wake_bell",
    activation=activation,
    get="look_at_bell",
    get_as="bell",
    is_alive=lambda answer: at(answer, "state") == "awake",
    remove="take_bell_down",
    remove_as="bell",
)
