"""Forms as a browser without a script fills them in: what stands on the page is what is sent."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from django.test import Client


class Page(HTMLParser):
    """The controls of the form with this class on a page, and what they would send."""

    def __init__(self, html: str, form: str = "action") -> None:
        super().__init__()
        self.html, self.form = html, form
        self.values: dict[str, list[str]] = {}
        self.buttons: list[str] = []
        self.kinds: dict[str, str] = {}
        self._inside = False
        self._text: str | None = None
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, found: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in found}
        if tag == "form":
            self._inside = self.form in given.get("class", "").split()
        if not self._inside:
            return
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "button" and name:
            self.buttons.append(f"{name}={value}")
        if tag == "input" and name:
            self.kinds.setdefault(name, given.get("type", "text"))
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self._add(name, value)
        if tag == "textarea":
            self._select, self._text = name, ""
        if tag == "select":
            self._select = name
            self.kinds[name] = "select"
        if tag == "option" and "selected" in given:
            self._add(self._select, value)
        elif tag == "option" and self._select not in self.values:
            self.kinds.setdefault(f"first {self._select}", value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "textarea" and self._inside and self._text is not None:
            self._add(self._select, self._text.removeprefix("\n").replace("\n", "\r\n"))
            self._text = None
        if tag == "select" and self._inside and self._select not in self.values:
            self._add(self._select, self.kinds.get(f"first {self._select}", ""))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text += data

    def _add(self, name: str, value: str) -> None:
        self.values.setdefault(name, []).append(value)

    def filled(self, **given: Any) -> dict[str, list[str]]:
        """What is sent with these typed or chosen; dots in a name are written as two underscores."""
        typed = {name.replace("__", "."): value for name, value in given.items()}
        unknown = [name for name in typed if name not in self.values and name not in self.kinds]
        assert not unknown, f"the page has no {unknown}, but {sorted(self.values)}"
        return self.values | {name: value if isinstance(value, list) else [str(value)] for name, value in typed.items()}


def fill(client: Client, address: str, press: str = "", page: Page | None = None, /, **given: Any) -> Any:
    """Opens a form, fills it in and presses its button, or another one such as `change=update`."""
    page = page or Page(client.get(address).content.decode())
    name, _, value = press.partition("=")
    return client.post(address.partition("?")[0], page.filled(**given) | ({name: [value]} if press else {}))
