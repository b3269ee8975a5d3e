"""What the pages of both services share."""

from collections.abc import Iterable

from starlette.responses import Response

from integrations.sandbox.html import Markup, fill, page, table

LATEST = 25

ADD_TASK = """
<form method="post" action="$action" class="line">
<label>New task <input name="name" required size="40"></label> <button>Add task</button>
</form>
"""


def missing(theme: str) -> Response:
    """Answer that there is no such thing."""
    return page("Not found", fill("<p class=problem>There is no such thing here.</p>"), theme, status=404)


def hours(seconds: int) -> str:
    """Write seconds as hours and minutes."""
    return f"{seconds // 3600}:{seconds % 3600 // 60:02d}"


def time_table(rows: Iterable[list[object]]) -> Markup:
    """Return the latest of many times, whose first cell is the start."""
    latest = sorted(rows, key=lambda row: str(row[0]), reverse=True)[:LATEST]
    return table(["Start", "Person", "Task", "Hours"], latest)
