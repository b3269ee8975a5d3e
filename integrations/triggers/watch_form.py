"""The form of a trigger: the inputs that its watch declares, and what is asked of every trigger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import timezone

from integrations.catalogue import Field, Flag, InvalidInput, Number, Text, Watch
from integrations.catalogue.fields import read_inputs
from integrations.connections.models import Connection
from integrations.operations.building.declared import DeclaredForm
from integrations.operations.building.given import Given, Reader, given_in, given_of, is_blank, shown_fields
from integrations.triggers.models import Trigger
from integrations.triggers.replaying import NOT_YET

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
TOO_LONG_AGO = "Choose a moment after the year 2000."
AT_THE_START = frozenset({"start", "since"})  # asked once, when it is set up
LONGEST_NAME = 120
ALL = "All"
OURS: tuple[Field, ...] = (
    Number(name="minutes", label="Look every … minutes", required=True, default=5, least=1, most=1440),
    Flag(
        name="holds_bursts",
        label="Hold bursts",
        required=True,
        default=True,
        help="When more than 100 events come at once, nothing is told until you let them pass.",
    ),
    Text(name="title", label="Name", required=True, max_length=LONGEST_NAME, help="How it is called here."),
)
"""What the portal asks of every trigger, beside what the catalogue does."""


@dataclass(frozen=True)
class Wish:
    """A trigger as a person wants it; `own` holds the inputs of its watch."""

    own: dict[str, Any]
    title: str
    minutes: int
    limit: int
    holds_bursts: bool
    start: str = Trigger.Start.NOW
    since: datetime | None = None


@dataclass
class WatchForm(DeclaredForm):
    """What a person fills in. Of a `trigger` that is there already, its start is not asked again."""

    organization: str  # the slug
    connection: Connection
    watch: Watch
    zone: ZoneInfo
    trigger: Trigger | None = None
    given: Given = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[Field, ...]:
        asked = (*self.watch.asked, *OURS)
        return asked if self.trigger is None else tuple(each for each in asked if each.name not in AT_THE_START)

    @property
    def workspaces(self) -> list[tuple[str, str]]:
        """The connection's own: the mirror holds no other."""
        return super().workspaces[:1]

    @property
    def left_open(self) -> str:
        """A pick narrows down what is watched."""
        return ALL

    def before(self) -> Given:
        return {**super().before(), **given_of(self.fields, self._standing, self.zone), **self.own_workspaces()}

    def open(self) -> WatchForm:
        self.given = self.before()
        return self

    def send(self, data: QueryDict) -> WatchForm:
        """As a browser sent it."""
        self.given = given_in(self.fields, data, self.before())
        self.words = {name: words for name, words in data.items() if name.startswith("find_") and isinstance(words, str)}
        return self

    def change(self) -> None:
        """Draws it anew after something was chosen that decides about other fields."""
        self.given = self.without_strangers(self.fields, self.given)

    def check(self) -> Wish | None:
        """What is wanted; None where something is wrong, which `errors` then says by the names of the fields."""
        wish, self.errors = self.read()
        return wish

    def read(self) -> tuple[Wish | None, dict[str, str]]:
        """What is wanted, or what is wrong."""
        reader = Reader(self.zone)
        inputs = reader.everything(self.fields, self.given)
        try:
            wish = self._wish(read_inputs(self.fields, inputs))
        except InvalidInput as invalid:
            return None, {**self._emptied(), **invalid.errors, **reader.errors, **self.out_of_place()}
        errors = {**self._emptied(), **_wrong_start(wish.since), **reader.errors, **self.out_of_place()}
        return (None if errors else wish), errors

    def _emptied(self) -> dict[str, str]:
        """What is needed and was emptied: its default would not be what the person wants."""
        asked = shown_fields(self.fields, self.given)
        return {each.name: "This is needed." for each in asked if each.required and is_blank(each, self.given[each.name])}

    @property
    def _standing(self) -> dict[str, Any]:
        """As the trigger is; a new one is called by what it watches, and where."""
        if self.trigger is None:
            title = f"{self.watch.label} ({self.connection.name})"
            return {each.name: each.default for each in self.fields} | {"title": title[:LONGEST_NAME]}
        columns = {name: getattr(self.trigger, name) for name in ("minutes", "limit", "holds_bursts")}
        return {**self.trigger.inputs, **columns, "title": self.trigger.name}

    def _wish(self, read: Mapping[str, Any]) -> Wish:
        common = {name: read[name] for name in ("title", "minutes", "limit", "holds_bursts", "start") if name in read}
        since = datetime.fromisoformat(read["since"]) if read.get("since") else None
        return Wish(own={each.name: read[each.name] for each in self.watch.inputs if each.name in read}, since=since, **common)

    def _unreached(self) -> Iterator[tuple[str, str]]:
        for name, _ in super()._unreached():
            yield name, f"Only the {self.connection.declaration.workspace_word} of this connection is watched."


def what_is_wrong_with(moment: datetime) -> str:
    """Why nothing can be told from a moment on; empty where it can."""
    if moment > timezone.now():
        return NOT_YET
    return TOO_LONG_AGO if moment < EARLIEST else ""


def _wrong_start(since: datetime | None) -> dict[str, str]:
    wrong = what_is_wrong_with(since) if since else ""
    return {"since": wrong} if wrong else {}
