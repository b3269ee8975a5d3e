"""Somebody who uses the portal without a script: reads pages, follows links, fills in what stands there and presses buttons."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from django.test import Client

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
TICKS = frozenset({"checkbox", "radio"})
MOST_TURNS = 10  # redirects, one after another
Sent = dict[str, list[str]]


@dataclass(eq=False)
class Element:
    """One element of a page."""

    tag: str
    given: dict[str, str]
    parent: Element | None = None
    inside: list[Element | str] = field(default_factory=list)

    def all(self, *tags: str) -> Iterator[Element]:
        """This one and all below it that have one of these tags."""
        if self.tag in tags:
            yield self
        for each in self.inside:
            if isinstance(each, Element):
                yield from each.all(*tags)

    def above(self, tag: str) -> Element | None:
        found: Element | None = self
        while found and found.tag != tag:
            found = found.parent
        return found

    @property
    def words(self) -> str:
        said = (each if isinstance(each, str) else each.words for each in self.inside if not _is_hidden(each))
        return " ".join(" ".join(said).split())

    @property
    def name(self) -> str:
        """What it is called for whoever listens to the page."""
        return self.given.get("aria-label") or self.words


def _is_hidden(each: Element | str) -> bool:
    return isinstance(each, Element) and each.tag in {"script", "style", "svg"}


class _Tree(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = self.here = Element("", {})
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.inside.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.here.inside.append(Element(tag, {name: value or "" for name, value in attrs}, self.here))

    def handle_endtag(self, tag: str) -> None:
        begun = self.here.above(tag)
        if begun and begun.parent:
            self.here = begun.parent

    def handle_data(self, data: str) -> None:
        self.here.inside.append(data)


class Page:
    """A page as it was answered, with what its reader ticked and typed. Whoever presses or follows something gets the next page."""

    def __init__(self, reader: Reader, address: str, status: int, html: str) -> None:
        self.reader, self.address, self.status = reader, address, status
        self.root = _Tree(html).root
        self._typed: dict[str, str] = {}

    @property
    def words(self) -> str:
        """What the page says; an address elsewhere says nothing."""
        return next(self.root.all("body"), self.root).words

    def says(self, *told: str) -> None:
        assert [each for each in told if each not in self.words] == [], f"{self.address} ({self.status}) says: {self.words}"

    def row(self, name: str) -> str:
        """What the row says whose head is this name, or begins with it."""
        found = self._rows(name)
        assert len(found) == 1, f"{len(found)} rows of {name!r} at {self.address}: {self.words}"
        return found[0]

    def has_row(self, name: str) -> bool:
        return bool(self._rows(name))

    def _rows(self, name: str) -> list[str]:
        heads = (each for each in self.root.all("th") if each.given.get("scope") == "row")
        found = [each for each in heads if each.words == name or each.words.startswith(f"{name} ")]
        return [row.words for each in found if (row := each.above("tr"))]

    def named(self, name: str) -> str:
        """What stands in the section, form or box with this label or heading."""
        for each in self.root.all("section", "form", "nav", "div", "fieldset"):
            heading = next(each.all("h2", "h3", "legend"), None) if each.tag in {"section", "form", "fieldset"} else None
            if each.given.get("aria-label") == name or (heading and heading.words == name):
                return each.words
        raise AssertionError(f"nothing is called {name!r} at {self.address}: {self.words}")

    # --- Doing ------------------------------------------------------------------------------------------------------------

    def follow(self, name: str) -> Page:
        """Follows the link of this name, wherever it stands."""
        found = next((each for each in self.root.all("a") if each.name == name and "href" in each.given), None)
        assert found, f"no link {name!r} at {self.address}: {self.words}"
        return self.reader.open(urljoin(self.address, found.given["href"]))

    def tick(self, *names: str, among: str = "") -> Page:
        """Ticks boxes, or chooses options, by what they are called; those `among` the options of one field."""
        for name in names:
            box = self._box(name, among)
            if box.given.get("type") == "radio":
                self._untick(box)
            box.given["checked"] = ""
        return self

    def untick(self, *names: str) -> Page:
        for name in names:
            self._box(name).given.pop("checked", None)
        return self

    def type(self, **typed: str) -> Page:
        """Types into fields, by their names."""
        known = {each.given.get("name") for each in self.root.all("input", "textarea", "select")}
        assert set(typed) <= known, f"no field {set(typed) - known} at {self.address}: {self.words}"
        self._typed |= typed
        return self

    def press(self, name: str, of: str = "") -> Page:
        """Presses the button whose name begins so; `of` names the row, form or section that it stands in."""
        button = self._button(name, of)
        form = self._form_of(button)
        sent = self._sent(form)
        if "name" in button.given:
            sent.setdefault(button.given["name"], []).append(button.given.get("value", ""))
        address = urljoin(self.address, button.given.get("formaction") or form.given.get("action") or self.address)
        if form.given.get("method", "get").lower() == "get":
            return self.reader.open(f"{address.partition('?')[0]}?{urlencode(sent, doseq=True)}")
        return self.reader.send(address, sent)

    @property
    def ticks(self) -> list[str]:
        """What the boxes to tick are called."""
        return [self._label(each) for each in self.root.all("input") if each.given.get("type") in TICKS]

    # --- What a browser knows ---------------------------------------------------------------------------------------------

    def _box(self, name: str, among: str = "") -> Element:
        boxes = [each for each in self.root.all("input") if each.given.get("type") in TICKS and "disabled" not in each.given]
        boxes = [each for each in boxes if among in ("", each.given.get("name"))]
        found = [each for each in boxes if self._label(each) == name] or [each for each in boxes if self._label(each).startswith(name)]
        assert found, f"nothing to tick is called {name!r} at {self.address}; only {[self._label(each) for each in boxes]}"
        return found[0]

    def _label(self, box: Element) -> str:
        if "aria-label" in box.given:
            return box.given["aria-label"]
        around = box.above("label")
        beside = (each for each in self.root.all("label") if each.given.get("for") == box.given.get("id", "nothing"))
        label = around or next(beside, None)
        return label.words if label else ""

    def _untick(self, radio: Element) -> None:
        for each in self.root.all("input"):
            if each.given.get("name") == radio.given.get("name") and each.above("form") is radio.above("form"):
                each.given.pop("checked", None)

    def _button(self, name: str, of: str) -> Element:
        buttons = [each for each in self.root.all("button") if each.given.get("type") != "button" and "disabled" not in each.given]
        found = [each for each in buttons if name in (each.words, each.name)] or [each for each in buttons if each.words.startswith(name)]
        if of:
            found = [each for each in found if self._is_of(each, of)]
        assert found, f"no button {name!r} {of and f'of {of!r} '}at {self.address} ({self.status}): {self.words}"
        return found[0]

    def _is_of(self, button: Element, of: str) -> bool:
        around = (button.above(tag) for tag in ("tr", "li", "form", "section"))
        return any(each is not None and (each.words.startswith(of) or each.given.get("aria-label") == of) for each in around)

    def _form_of(self, control: Element) -> Element:
        named = control.given.get("form")
        form = next((each for each in self.root.all("form") if each.given.get("id") == named), None) if named else control.above("form")
        assert form, f"the button {control.words!r} at {self.address} belongs to no form"
        return form

    def _sent(self, form: Element) -> Sent:
        """What the form sends as it stands."""
        sent: defaultdict[str, list[str]] = defaultdict(list)
        for each in self.root.all("input", "select", "textarea"):
            name = each.given.get("name")
            is_inside = each.given["form"] == form.given.get("id") if "form" in each.given else each.above("form") is form
            if name and is_inside and "disabled" not in each.given:
                sent[name] += [self._typed[name]] if name in self._typed else _values(each)
        return {name: values for name, values in sent.items() if values}


def _values(control: Element) -> list[str]:
    kind = control.given.get("type")
    if control.tag == "select":
        options = list(control.all("option"))
        chosen = [each for each in options if "selected" in each.given] or options[:1]
        return [each.given.get("value", each.words) for each in chosen]
    if control.tag == "textarea":
        return [control.words]
    if kind in TICKS:
        return [control.given.get("value", "on")] if "checked" in control.given else []
    return [control.given.get("value", "")]


class Reader:
    """One person's browser. Follows redirects within the portal; one that leads elsewhere ends there, and its address is the page's."""

    def __init__(self, home: str) -> None:
        self.home, self.client = home, Client()

    def open(self, address: str) -> Page:
        return self._arrive(address, self.client.get(self._path(address)))

    def send(self, address: str, sent: Sent) -> Page:
        return self._arrive(address, self.client.post(self._path(address), sent))

    def _arrive(self, address: str, answer: Any) -> Page:
        for _ in range(MOST_TURNS):
            if answer.status_code not in {301, 302, 303}:
                return Page(self, address, answer.status_code, answer.content.decode())
            address = urljoin(address, answer["Location"])
            if not self._is_here(address):
                return Page(self, address, answer.status_code, "")
            answer = self.client.get(self._path(address))
        raise AssertionError(f"{address} leads on and on")

    def _is_here(self, address: str) -> bool:
        return urlsplit(address).netloc in {"", urlsplit(self.home).netloc}

    def _path(self, address: str) -> str:
        parts = urlsplit(address)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


def number_in(pattern: str, words: str) -> int:
    """The number that a page tells at this place."""
    found = re.search(pattern, words)
    assert found, f"no {pattern!r} in: {words}"
    return int(found.group(1).replace(",", ""))
