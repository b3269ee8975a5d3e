"""Text with placeholders: what it gives, and everything that it must not do."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from integrations.automations.mapping import (
    LONGEST_TEXT,
    MappingError,
    check,
    look_up,
    path_of,
    placeholder,
    render,
    steps_in,
    written,
)

BERLIN = ZoneInfo("Europe/Berlin")
AFTER = {
    "name": "Ada",
    "keys": "of the piano",
    "items": [{"n": "a"}, {"n": "b"}],
    "ids": [4, 5],
    "at": "2026-11-21T23:30:00Z",
    "day": "2026-03-29",
    "x y": 5,
    'quo"te\\': 6,
    "hours": 2.0,
    "rate": "3.14159",
    "billable": True,
    "none": None,
    "huge": "1e9999999",
    "tiny": "-1e-9999999",
    "nothing": "0E+9999999",
    "long": "x" * (LONGEST_TEXT // 2),
    "braces": "{{ event.title }}",
}
VALUES: dict[str, Any] = {"event": {"title": "Tour", "before": None, "after": AFTER}, "steps": {1: {"id": 7}, 2: [{"id": 8}]}}

GIVES = {
    "no placeholder": "no placeholder",
    "{{ event.title }} of {{ event.after.name }}": "Tour of Ada",
    "{{ steps.1.id }}/{{ steps.2.0.id }}": "7/8",
    "{{ event.after['x y'] }}": "5",
    '{{ event.after["quo\\"te\\\\"] }}': "6",
    "{{ event.after.keys }}": "of the piano",
    "{{ event.after.items.1.n }}": "b",
    "{{ event.after.hours }}": "2",
    "{{ event.after.billable }}": "true",
    "{{ event.after.none }}": "",
    "{{ event.after.name | upper | lower }}": "ada",
    "{{ event.after.ids | join }}": "4, 5",
    "{{ event.after.items | join('/', 'n') }}": "a/b",
    "{{ event.after.at | date }}": "2026-11-22",
    "{{ event.after.at | date('%d.%m.%Y %H:%M') }}": "22.11.2026 00:30",
    "{{ event.after.day | date('%d.%m.') }}": "29.03.",
    "{{ event.after.rate | number(2) }}": "3.14",
    "{{ event.after.hours | number }}": "2",
    "{{ event.after.tiny | number }}": "0",
    "{{ event.after.nothing | number(1) }}": "0.0",
    "{{ event.before.name | default('nobody') }}": "nobody",
    "{{ event.after.nope.deeper.still | default }}": "",
    "{{ event.after.none | default(3) }}": "3",
    "{{ 'as it is' }}{{ 5 }}": "as it is5",
    "{# plain #}\n": "{# plain #}\n",
    "{{ event.after.braces }}": "{{ event.title }}",
}

CANNOT_BE_FILLED_IN = {
    "{{ event.after.nope }}": "“nope” is not there",
    "{{ event.before.name }}": "“name” is not there",
    "{{ event.after }}": "whole object",
    "{{ event.after.ids }}": "list",
    "{{ event.after.name | number }}": "no number",
    "{{ event.after.huge | number }}": "too large",
    "{{ event.after.huge | number(2) }}": "too large",
    "{{ event.after.name | date }}": "no date",
    "{{ event.after.nope | upper }}": "“nope” is not there",
    "{{ event.after.rate | number(99) }}": "0 to 10 digits",
    "{{ 1e999 }}": "Only fields",
    "{{ event.after.at | date('%99999999d') }}": "Say a date",
    "{{ event.after.at | date('%-d') }}": "Say a date",
    "{{ event.after.long }}{{ event.after.long }}{{ event.title }}": "longer than",
}

HOSTILE = [
    "{{ ''.__class__.__mro__ }}",
    "{{ event.items() }}",
    "{{ event.get('after') }}",
    "{% for each in event %}{{ each }}{% endfor %}",
    "{% if event %}x{% endif %}",
    "{% set x = 1 %}{{ x }}",
    "{% include 'x' %}",
    "{% macro m() %}{% endmacro %}{{ m() }}",
    "{{ 9**9**9 }}",
    "{{ 'a' * 1000000000 }}",
    "{{ 'a' ~ 'b' }}",
    "{{ '%s' | format(1) }}",
    "{{ '{0.__class__}'.format(event) }}",
    "{{ event | attr('__class__') }}",
    "{{ event | map(attribute='x') | list }}",
    "{{ event.title | default(event.title) }}",
    "{{ event.title | default(**event) }}",
    "{{ event.title | default(*event) }}",
    "{{ event.title | upper('x') }}",
    "{{ range(9) }}",
    "{{ self }}",
    "{{ cycler }}",
    "{{ loop }}",
    "{{ [1, 2] }}",
    "{{ {'a': 1} }}",
    "{{ event[0:1] }}",
    "{{ event[event.title] }}",
    "{{ event.title if event else 1 }}",
    "{{ event is defined }}",
    "{{ not event }}",
    "{{ steps }}",
    "{{ steps.name }}",
    "{{ steps.3.id }}",
    "{{ steps.0 }}",
    "{{ steps[true].id }}",
    "{{",
    "{{ }}",
    "{{ event. }}",
    "{{ | upper }}",
    "{{" + "(" * 3000 + "1" + ")" * 3000 + "}}",
    "{{ " + "9" * 5000 + " }}",
    "{{ event" + ".a" * 4000 + " }}",
    "{{ event.title" + "|upper" * 1000 + " }}",
    "x" * 20_000 + "{{ event.title }}",
]


@pytest.mark.parametrize(("text", "gives"), GIVES.items())
def test_placeholders_are_filled_in(text: str, gives: str) -> None:
    assert render(text, VALUES, BERLIN) == gives


@pytest.mark.parametrize(("text", "said"), CANNOT_BE_FILLED_IN.items())
def test_what_cannot_be_filled_in_says_why(text: str, said: str) -> None:
    with pytest.raises(MappingError, match=said):
        render(text, VALUES, BERLIN)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:40])
def test_anything_but_text_and_placeholders_is_refused_before_it_runs(text: str) -> None:
    with pytest.raises(MappingError) as refused:
        check(text, 3)
    assert str(refused.value).endswith((".", "}}."))


@pytest.mark.parametrize("name", ["__class__", "__init__", "__globals__", "mro", "items", "pop", "upper", "format_map"])
def test_nothing_of_python_is_below_a_value(name: str) -> None:
    values = {"event": {"title": "Tour", "after": {"list": [1]}}, "steps": {}}
    for path in (f"event.{name}", f"event.title.{name}", f"event.after.list.{name}", f"event.after['{name}']"):
        with pytest.raises(MappingError, match="is not there"):
            render(f"{{{{ {path} }}}}", values, BERLIN)


def test_a_step_takes_nothing_from_itself_or_later_ones() -> None:
    check("{{ steps.1.id }}", 2)
    with pytest.raises(MappingError, match="step 2 has not run before it"):
        check("{{ steps.2.id }}", 2)


def test_the_earlier_steps_that_a_text_needs_are_known() -> None:
    assert steps_in("{{ steps.1.id }} {{ steps.3.name | upper }} {{ event.title }}") == {1, 3}


@pytest.mark.parametrize("text", ["", "event.after.name | upper", "event.a }}{{ event.b", "'event'", "name", "event.a()"])
def test_a_field_is_only_its_path(text: str) -> None:
    with pytest.raises(MappingError):
        path_of(text)


names = some.text(min_size=1, max_size=12).filter(lambda name: "\0" not in name)
plain = some.one_of(some.text(max_size=30), some.integers(min_value=-(10**12), max_value=10**12), some.booleans())
records = some.recursive(plain, lambda inner: some.dictionaries(names, inner, max_size=4), max_leaves=10)


@given(some.dictionaries(names, records, min_size=1, max_size=4), some.data())
def test_every_field_of_any_record_is_found_again_by_its_placeholder(record: dict[str, Any], data: some.DataObject) -> None:
    path: list[str | int] = ["event"]
    found: Any = {**record}
    while isinstance(found, dict) and found:
        path.append(data.draw(some.sampled_from(sorted(found))))
        found = found[path[-1]]
    if isinstance(found, dict):
        return
    values = {"event": record, "steps": {}}
    assert path_of(written(path)) == tuple(path)
    assert look_up(values, path) == found
    said = {True: "true", False: "false"}[found] if isinstance(found, bool) else str(found)
    assert render(placeholder(path), values, BERLIN) == said


@given(some.text(alphabet="{}%#|.'\"()[]aesvnt 1_", max_size=60))
def test_no_text_does_anything_but_give_text_or_say_what_is_wrong(text: str) -> None:
    try:
        assert isinstance(render(text, VALUES, BERLIN), str)
    except MappingError as error:
        assert str(error)
