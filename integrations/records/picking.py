"""Picking records of the mirror: a list of options that is searched over there where it is shown, for filters and for forms.

A `Picker` is drawn by `ui/picker.html`; what somebody types in its search box goes to the address `records:choices`, which answers with
`ui/picker.html#options` alone. The query of that address says

- `q`: the words looked for,
- `parent`, `person`: ids that narrow the options to what belongs to them,
- `name`: what the inputs are called, and `many` where more than one may be ticked,
- the values under that `name`: what is chosen, which stays on offer whatever is looked for,
- `typed`: where it is there, what was typed is offered as an id too.

`q_in` names another part of the query to read the words from: a search box has a name of its own, so that several may stand in one form.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from integrations.connections.models import Connection
from integrations.records.models import Record
from integrations.records.queries import Name, Row, choice_rows, name_rows, read_together
from integrations.records.search import clean

MOST_OPTIONS = 20
NARROWING = ("parent", "person")


@dataclass(frozen=True)
class Option:
    """A record that can be chosen; `note` is what tells it apart from others of the same title."""

    id: str
    title: str
    is_chosen: bool = False
    note: str = ""


@dataclass(frozen=True)
class Options:
    """What a picker offers."""

    name: str
    found: list[Option]
    words: str = ""
    many: bool = False
    blank: str = ""  # what choosing nothing is called; no such option where it is empty
    typed: str = ""  # what was typed, offered as an id
    is_cut: bool = False

    @property
    def has_choice(self) -> bool:
        return any(option.is_chosen for option in self.found)

    @property
    def chosen(self) -> str:
        """What is chosen, in words."""
        return ", ".join(option.title for option in self.found if option.is_chosen)


@dataclass(frozen=True)
class Asked:
    """What is asked of a picker."""

    name: str
    chosen: Sequence[str] = ()
    words: str = ""
    narrowed: Mapping[str, str] = field(default_factory=dict)
    many: bool = False
    blank: str = ""
    typed: bool = False

    @classmethod
    def read(cls, query: QueryDict) -> Asked:
        name = query.get("name", "")
        return cls(
            name=name,
            chosen=list(dict.fromkeys(value for given in query.getlist(name) if (value := clean(given)))) if name else [],
            words=clean(query.get(query.get("q_in", "") or "q", "")),
            narrowed={column: value for column in NARROWING if (value := clean(query.get(column, "")))},
            many="many" in query,
            blank=query.get("blank", ""),
            typed="typed" in query,
        )


@dataclass(frozen=True)
class Picker:
    """A search box over options."""

    label: str
    url: str
    options: Options
    find: str  # the name of the search box

    @property
    def id(self) -> str:
        return f"pick-{self.options.name}"

    @property
    def beside(self) -> str:
        """Selects the inputs whose values go with a search: what is chosen."""
        return f"[name='{self.options.name}']"


def picker(
    organization: str,
    connection: Connection,
    entity: str,
    asked: Asked,
    label: str,
    found: Iterable[Row] | None = None,
    titles: Mapping[Name, str] | None = None,
) -> Picker:
    """A picker over the records of an entity, for the pages of the organization with this slug. Needs a scope.

    Who draws several reads their `option_rows` and the titles of what is chosen together, and gives them here.
    """
    find = f"find_{asked.name}"
    facts = {"name": asked.name, "q_in": find, **({"blank": asked.blank} if asked.blank else {})}
    facts |= {word: "1" for word in ("many", "typed") if getattr(asked, word)}
    url = reverse("records:choices", kwargs={"organization": organization, "connection": connection.pk, "entity": entity})
    options = options_of(connection, entity, asked) if found is None else _options(entity, asked, list(found), titles or {})
    return Picker(label, f"{url}?{urlencode(facts)}", options, find)


def options_of(connection: Connection, entity: str, asked: Asked) -> Options:
    """What is chosen, then what was found, in one query. Needs a scope."""
    found = read_together(
        {
            "found": option_rows(connection, entity, asked),
            "chosen": name_rows(connection, {(entity, value) for value in asked.chosen}),
        }
    )
    return _options(entity, asked, found["found"], {(known, remote_id): title for known, remote_id, title in found["chosen"]})


def option_rows(connection: Connection, entity: str, asked: Asked) -> QuerySet[Record]:
    """What is to be read for a picker: one more than is offered, to see whether there are more."""
    return choice_rows(connection, entity, asked.words, asked.narrowed)[: MOST_OPTIONS + 1]


def _options(entity: str, asked: Asked, found: Sequence[Row], titles: Mapping[Name, str]) -> Options:
    offered = [Option(remote_id, title or remote_id) for _, remote_id, title in found[:MOST_OPTIONS] if remote_id not in asked.chosen]
    known = {remote_id for _, remote_id, _ in found} | set(asked.chosen)
    return Options(
        name=asked.name,
        found=[*(Option(value, titles.get((entity, value)) or value, True) for value in asked.chosen), *offered],
        words=asked.words,
        many=asked.many,
        blank=asked.blank,
        typed=asked.words if asked.typed and asked.words not in known else "",
        is_cut=len(found) > MOST_OPTIONS,
    )
