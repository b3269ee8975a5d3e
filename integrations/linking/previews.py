"""Previews: what is about to be done, row by row, before anything is. The same machinery for linking, disconnecting and rules.

A preview carries a seal, a hash of what would be done. Executing needs that seal: where the world has changed meanwhile, nothing is done
and the new preview is shown. Rows can be left out one by one, also over several pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.http import HttpResponse, QueryDict

from integrations.linking.models import Integration
from integrations.linking.queries import labels_of
from portal.organizations.access import OrganizationRequest
from portal.ui.pages import page
from portal.ui.slices import slice_of

PAGE_SIZE = 100
TURNS = ("before", "after")


@dataclass(frozen=True)
class Row:
    """What becomes of one thing. `key` names it in forms, `effect` is what would be done with it, `state` and `word` say so on the page;
    a row without an effect is only told.
    """

    key: str
    name: str
    note: str = ""
    partner: str = ""
    effect: str = ""
    state: str = "neutral"
    word: str = ""
    why: str = ""
    choose_url: str = ""  # where a person decides what the preview cannot


@dataclass(frozen=True)
class Tile:
    """A number above the rows."""

    label: str
    count: object
    note: str = ""


@dataclass(frozen=True)
class Preview:
    """`button` says what executing is called for so many rows; `hidden` goes with the form. What `is_whole` leaves no row out, and may be
    executed also where there is none. With a `refusal` nothing is executed, which says why.
    """

    title: str
    lead: str
    button: Callable[[int], str]
    rows: Sequence[Row]
    tiles: Sequence[Tile]
    back: str
    here: str  # where the form is sent
    nothing: str  # what is said where there are no rows
    note_label: str = "Client"
    is_dangerous: bool = False
    is_whole: bool = False
    refusal: str = ""
    hidden: Sequence[tuple[str, str]] = field(default_factory=list)

    @property
    def seal(self) -> str:
        """The same effects on the same things, sent with the same form, give the same seal."""
        return seal_of([(row.key, row.effect) for row in self.rows], self.hidden)


@dataclass(frozen=True)
class Decision:
    """What a person decided on a preview."""

    seal: str
    left_out: frozenset[str]
    turns: bool  # to another page of it, and does not execute yet

    @classmethod
    def read(cls, given: QueryDict) -> Decision:
        return cls(
            seal=given.get("seal", ""),
            left_out=frozenset(given.getlist("leave")) | _elsewhere(given.get("elsewhere", "")),
            turns=any(turn in given for turn in TURNS),
        )

    def accepts(self, preview: Preview) -> bool:
        """Whether exactly this preview is to be executed."""
        return not self.turns and not preview.refusal and self.seal == preview.seal

    def keeps(self, key: str) -> bool:
        return key not in self.left_out


def seal_of(effects: Iterable[tuple[str, str]], hidden: Sequence[tuple[str, str]] = ()) -> str:
    """A hash of what would be done with which things, by their keys; what has no effect does not count."""
    told = [[key, effect] for key, effect in effects if effect]
    return hashlib.sha256(orjson.dumps([told, list(hidden)])).hexdigest()


def preview_page(request: OrganizationRequest, integration: Integration, preview: Preview, **more: Any) -> HttpResponse:
    """Shows a preview. After a refused attempt to execute it that is said, with the status 422."""
    decision = Decision.read(request.POST)
    shown = slice_of(preview.rows, request.POST.get("before", ""), request.POST.get("after", ""), PAGE_SIZE)
    here = {row.key for row in shown.rows}
    is_outdated = bool(decision.seal) and decision.seal != preview.seal
    is_refused = is_outdated or (request.method == "POST" and not decision.turns and bool(preview.refusal))
    count = sum(bool(row.effect) and decision.keeps(row.key) for row in preview.rows)
    context = {
        "integration": integration,
        "labels": labels_of(integration),
        "preview": preview,
        "shown": shown,
        "left_out": decision.left_out,
        "elsewhere": _packed(decision.left_out - here),
        "count": count,
        "button": preview.button(count),
        "is_outdated": is_outdated,
        **more,
    }
    return page(request, "linking/preview.html", context, status=422 if is_refused else 200)


def tiles_of(rows: Iterable[Row], words: Sequence[tuple[str, str]]) -> list[Tile]:
    """A tile for each of these words that rows have, with its note; none for what does not occur."""
    found = [row.word for row in rows]
    return [Tile(word, count, note) for word, note in words if (count := found.count(word))]


def _packed(keys: Iterable[str]) -> str:
    """Rows that were left out on other pages, in one field: a form may have only so many."""
    return orjson.dumps(sorted(keys)).decode()


def _elsewhere(text: str) -> frozenset[str]:
    try:
        found = orjson.loads(text)
    except ValueError:
        return frozenset()
    return frozenset(each for each in found if isinstance(each, str)) if isinstance(found, list) else frozenset()
