"""HTML by plain functions: every text is escaped unless it is already markup."""

from collections.abc import Sequence
from html import escape
from string import Template

from starlette.responses import HTMLResponse, RedirectResponse


class Markup(str):
    """Text that is HTML already and is not escaped again."""


PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="stylesheet" href="/style.css">
</head>
<body class="$theme">
<header><a href="/">Sandbox</a> <a href="/hubstaff/">Hubstaff</a> <a href="/timeghost/">timeghost</a></header>
<main>
<h1>$title</h1>
$content
</main>
</body>
</html>
""")


def text(value: object) -> Markup:
    """Return a value as HTML, escaped unless it is markup."""
    return value if isinstance(value, Markup) else Markup(escape(str(value)))


def fill(pattern: str, **values: object) -> Markup:
    """Fill $names in a pattern with values, escaping those that are not markup."""
    return Markup(Template(pattern).substitute({name: text(value) for name, value in values.items()}))


def joined(parts: list[Markup]) -> Markup:
    """Return pieces of HTML one after the other."""
    return Markup("\n".join(parts))


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> Markup:
    """Return rows as a table."""
    head = joined([fill("<th scope=col>$heading</th>", heading=heading) for heading in headings])
    lines = [joined([fill("<td>$cell</td>", cell=cell) for cell in row]) for row in rows]
    body = joined([fill("<tr>$line</tr>", line=line) for line in lines])
    return fill("<table><thead><tr>$head</tr></thead><tbody>$body</tbody></table>", head=head, body=body)


def link(address: str, label: object) -> Markup:
    """Return a link."""
    return fill('<a href="$address">$label</a>', address=address, label=label)


def button(address: str, label: str) -> Markup:
    """Return a button that posts to an address."""
    return fill('<form method="post" action="$address"><button>$label</button></form>', address=address, label=label)


def page(title: str, content: Markup, theme: str = "plain", status: int = 200) -> HTMLResponse:
    """Return a whole page."""
    return HTMLResponse(PAGE.substitute(title=text(title), theme=theme, content=content), status_code=status)


def elsewhere(address: str) -> RedirectResponse:
    """Send the browser on after a form was done."""
    return RedirectResponse(address, status_code=303)
