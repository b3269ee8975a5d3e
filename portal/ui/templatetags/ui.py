"""The components that pages use: `{% load ui %}`. docs/design-system.md shows each with one line."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zlib import crc32

from django import template
from django.forms import BoundField
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from portal.ui.icons import icon_svg
from portal.ui.words import ago_words, clock_words, day_words, days_words, duration_words, moment_exactly, moment_words

STATES = {"ok": "check", "working": "sync", "attention": "warning", "failed": "cross", "neutral": "minus"}
TOAST_STATES = {"success": "ok", "error": "failed", "warning": "attention"}
BLANK = mark_safe('<span class="faint">—</span>')
AVATAR_TINTS = 6
ZONE = re.compile(r"(Z|UTC|[+-]\d\d:?\d\d)$")
SPARK_HEIGHT, SPARK_STEP, SPARK_BAR = 24, 6, 4

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """`{% icon "link" %}`, or `{% icon "link" "Linked" %}` where the icon stands alone."""
    return icon_svg(name, label)


@register.simple_tag
def badge(state: str, label: object) -> SafeString:
    """A status pill: `{% badge "ok" "Connected" %}`. States: ok, working, attention, failed, neutral."""
    return format_html('<span class="badge badge--{}">{}{}</span>', _state(state), icon_svg(STATES[_state(state)]), label)


@register.simple_tag
def health(state: str, label: object) -> SafeString:
    """A dot with its word: `{% health "ok" "Healthy" %}`."""
    return format_html('<span class="health health--{}">{}</span>', _state(state), label)


@register.simple_tag
def avatar(name: object, size: str = "") -> SafeString:
    """Initials in a circle; the name is read by whoever sees no picture. Sizes: `small`, `large`."""
    tint = crc32(str(name).encode()) % AVATAR_TINTS
    classes = f"avatar avatar--{tint}" + (f" avatar--{size}" if size else "")
    return format_html('<span class="{}" title="{}" aria-hidden="true">{}</span>', classes, name, initials(str(name)))


@register.simple_tag
def local_time(moment: datetime | None, sent: str = "") -> SafeString:
    """A moment in the reader's zone; its seconds and UTC in the tooltip, and how somebody else `sent` it, in their zone."""
    return _time(moment, moment_words(moment), sent) if moment else BLANK


@register.simple_tag
def clock(moment: datetime) -> SafeString:
    """A moment of late, short: the time of day, and the day if it was another one."""
    return _time(moment, clock_words(moment))


@register.simple_tag
def day(value: date | None) -> SafeString:
    """A whole day, which is the same in every zone."""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), day_words(value)) if value else BLANK


@register.simple_tag
def days(first: date, last: date) -> str:
    """A stretch of days: `{% days span.first span.last %}`."""
    return days_words(first, last)


@register.simple_tag
def number(value: float | None, places: int | None = None) -> SafeString:
    """A number with its thousands apart: as it is, or with so many decimal places."""
    if value is None:
        return BLANK
    told = f"{value:,.{places}f}" if places is not None else f"{value:,.10g}" if isinstance(value, float) else f"{value:,}"
    return format_html('<span class="number">{}</span>', told)


@register.simple_tag
def ago(moment: datetime | None, never: str = "never") -> SafeString:
    """How long ago; the moment itself in the tooltip."""
    return _time(moment, ago_words(moment)) if moment else format_html('<span class="faint">{}</span>', never)


@register.simple_tag
def duration(seconds: float | None) -> SafeString:
    """`{% duration 7500 %}`: 2 h 05 min."""
    return BLANK if seconds is None else format_html('<span class="number">{}</span>', duration_words(seconds))


@register.simple_tag
def field(bound_field: BoundField) -> SafeString:
    """One field with its label, help and errors."""
    return bound_field.as_field_group()


@register.simple_tag
def code(value: object) -> SafeString:
    """JSON, or any text, in a block that can be copied."""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return mark_safe(render_to_string("ui/code.html", {"text": text}))  # noqa: S308 - escaped in the template


@register.inclusion_tag("ui/empty.html")
def empty(title: str, text: str = "", icon: str = "bridge", action: str = "", url: str = "") -> dict[str, str]:
    """What stands where nothing is yet: `{% empty "No links yet" "Link a project." "link" "Link projects" url %}`."""
    return {"title": title, "text": text, "icon": icon, "action": action, "url": url}


@register.inclusion_tag("ui/stat.html")
def stat(label: str, value: object, note: object = "", url: str = "", state: str = "") -> dict[str, object]:
    """A number with its name: `{% stat "Linked projects" 24 "of 31" url %}`."""
    return {"label": label, "value": value, "note": note, "url": url, "state": state}


@register.inclusion_tag("ui/progress.html")
def progress(value: int | None, maximum: int | None = 100, label: str = "") -> dict[str, object]:
    """How far something is; `{% progress None %}` while that is unknown."""
    share = round(100 * value / maximum) if value is not None and maximum else None
    return {"value": value, "maximum": maximum, "label": label, "share": share}


@register.inclusion_tag("ui/meter.html")
def meter(label: str, limit: int, own: int, others: int = 0) -> dict[str, object]:
    """How much of something limited is used, by us and by others: `{% meter "Calls in an hour" 980 120 240 %}`."""
    used = own + others
    return {"label": label, "limit": limit, "own": own, "others": others, "used": used, "left": max(0, limit - used)}


@register.inclusion_tag("ui/steps.html")
def steps(labels: Sequence[str], current: int) -> dict[str, object]:
    """The steps of a wizard, the current one counted from 1."""
    return {"steps": [(number, label, _phase(number, current)) for number, label in enumerate(labels, start=1)]}


@register.inclusion_tag("ui/tabs.html", takes_context=True)
def tabs(context: Mapping[str, Any], *pairs: str) -> dict[str, object]:
    """`{% tabs "Overview" url "History" other_url %}`: links to pages; the one that is open is marked."""
    path = context["request"].path
    return {"tabs": [(label, url, url == path) for label, url in zip(pairs[::2], pairs[1::2], strict=True)]}


@register.inclusion_tag("ui/crumbs.html")
def crumbs(*parts: str) -> dict[str, object]:
    """`{% crumbs "Connections" url "Hubstaff" %}`: pairs of label and address, then the page itself."""
    links = list(zip(parts[: len(parts) // 2 * 2 : 2], parts[1::2], strict=True))
    return {"links": links, "here": parts[-1] if len(parts) % 2 else ""}


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context: Mapping[str, Any], previous: str | None = None, following: str | None = None, target: str = "") -> dict[str, object]:
    """Keyset paging: `{% pager previous=before following=after %}` keeps the filters and sets `before` or `after`."""
    request = context["request"]
    return {
        "previous": previous and query(request, before=previous, after=None),
        "following": following and query(request, after=following, before=None),
        "target": target,
    }


@register.inclusion_tag("ui/sort_header.html", takes_context=True)
def sort_header(context: Mapping[str, Any], name: str, label: str, target: str = "", is_number: bool = False) -> dict[str, object]:
    """A column head that sorts: `{% sort_header "title" "Title" %}` sets `?sort=title`, then `?sort=-title`."""
    request = context["request"]
    now = request.GET.get("sort", "")
    direction = {name: "ascending", f"-{name}": "descending"}.get(now, "none")
    follows = f"-{name}" if now == name else name
    url = query(request, sort=follows, after=None, before=None)
    return {"label": label, "direction": direction, "url": url, "target": target, "is_number": is_number}


@register.inclusion_tag("ui/link_row.html")
def link_row(left: object, right: object, left_note: object = "", right_note: object = "", state: str = "ok") -> dict[str, object]:
    """Two sides and what joins them: `{% link_row "Website" "Website" "timeghost" "Hubstaff" "ok" %}`."""
    return {"left": left, "right": right, "left_note": left_note, "right_note": right_note, "state": _state(state)}


@register.inclusion_tag("ui/toast.html")
def toast(message: Any) -> dict[str, object]:
    """One of Django's messages."""
    state = TOAST_STATES.get(getattr(message, "level_tag", ""), "working")
    return {"text": message, "state": state, "icon": "info" if state == "working" else STATES[state]}


@register.simple_tag
def sparkline(values: Sequence[float], label: str) -> SafeString:
    """Small bars, one a value; the label says in words what they show."""
    top = max(values, default=0) or 1
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="{}" height="{}" rx="1"/>',
        ((at * SPARK_STEP, SPARK_HEIGHT - height, SPARK_BAR, height) for at, height in enumerate(_heights(values, top))),
    )
    width = max(len(values) * SPARK_STEP - (SPARK_STEP - SPARK_BAR), SPARK_BAR)
    return format_html(
        '<svg class="sparkline" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg>',
        *(label, width, SPARK_HEIGHT, width, SPARK_HEIGHT, bars),
    )


@register.filter
def initials(name: str) -> str:
    """`Ada Lovelace` → AL, `ada@example.org` → A."""
    words = name.split("@")[0].replace(".", " ").split() or ["?"]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def query(request: HttpRequest, **changes: str | None) -> str:
    """The address of this page with some of its query changed; None takes a name away."""
    parameters = request.GET.copy()
    for name, value in changes.items():
        parameters.pop(name, None)
        if value is not None:
            parameters[name] = value
    return f"?{parameters.urlencode()}"


def _state(state: str) -> str:
    return state if state in STATES else "neutral"


def _phase(number: int, current: int) -> str:
    return "done" if number < current else "current" if number == current else "coming"


def _heights(values: Sequence[float], top: float) -> list[int]:
    return [max(1, math.ceil(SPARK_HEIGHT * value / top)) for value in values]


def _time(moment: datetime, words: str, sent: str = "") -> SafeString:
    exactly = f"{moment_exactly(moment)}\nSent as {sent}{_zone_of(sent)}" if sent else moment_exactly(moment)
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exactly, words)


def _zone_of(sent: str) -> str:
    """Says so where a moment came without a zone."""
    return "" if ZONE.search(sent) else ", read as UTC"
