"""Exports: what a browse page shows, narrowed as it is there, as a file. Written in the background, kept for a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils import timezone

from integrations.connections.models import Connection
from integrations.records.browsing import cells_of, kind_of, rows_of, titles_for
from integrations.records.filters import Filters
from integrations.records.models import Export, ExportPart, Record
from integrations.records.places import Place
from integrations.records.queries import Name, entities_of, titles_of
from integrations.records.sheets import CsvSheet, Sheet, TooManyRows, Value, XlsxSheet
from portal.accounts.models import User
from portal.organizations.audit import audit
from portal.organizations.scope import scope
from portal.ui.keyset import Order, page_of
from portal.work.claims import Hold, make_due

KEPT_FOR = timedelta(days=1)
CHUNK = 1000  # rows that are read in one go
MOST_TRIES = 3
MOST_UNFINISHED = 3  # of one person
UNFINISHED = (Export.State.WAITING, Export.State.WRITING)
HOUR = 3600
GONE = "This list is not part of the portal any more."
OUR_FAULT = "The file could not be written, and trying again did not help."
TOO_MANY = f"{MOST_UNFINISHED} files are being written for you already. Ask for this one when one of them is ready."


class TooManyExports(ValueError):
    """Somebody asks for more files at once than one person may."""


def ask_for_export(place: Place, filters: Filters, order: Order, file_format: Export.Format, person: User) -> Export:
    """Begins an export of what the filters show. Needs a scope, and the reader's zone to be the current one.

    Raises `TooManyExports` with a sentence.
    """
    _check_unfinished(person)
    export = Export(
        connection=place.connection,
        entity=place.entity.name,
        query={**filters.as_query(), "sort": str(order)},
        about=", ".join(_about(place, filters)),
        time_zone=timezone.get_current_timezone_name(),
        format=file_format,
        asked_by=person,
    )
    export.save()
    make_due(export)
    audit(person, "export.asked", f"{place.entity.plural} of {place.connection}", format=file_format.label)
    return export


def _check_unfinished(person: User) -> None:
    """One after the other for a person, so that many requests at once do not pass together."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if Export.objects.filter(asked_by=person, state__in=UNFINISHED).count() >= MOST_UNFINISHED:
        raise TooManyExports(TOO_MANY)


def work_on(hold: Hold[Export]) -> None:
    """Writes an export, or throws it away when its day is over. Outside of any transaction."""
    export = hold.read()
    if export.has_ended:
        with scope():
            export.delete()
    elif export.tries >= MOST_TRIES:
        _end(hold, Export.State.FAILED, OUR_FAULT)
    else:
        _begin(hold)
        _write(export, hold)


def _begin(hold: Hold[Export]) -> None:
    """What somebody wrote before us, who did not come to the end, goes. The try counts from here: whoever is killed raises nothing."""
    with scope():
        hold.renew(state=Export.State.WRITING, rows=0, size=0, tries=F("tries") + 1)
        ExportPart.objects.filter(export=hold.id).delete()


def _write(export: Export, hold: Hold[Export]) -> None:
    place = _place_of(export)
    if place is None:
        _end(hold, Export.State.FAILED, GONE)
        return
    try:
        with timezone.override(export.time_zone):
            _fill(export, place, hold)
    except TooManyRows as error:
        _end(hold, Export.State.FAILED, str(error))
    else:
        _end(hold, Export.State.DONE)


def _fill(export: Export, place: Place, hold: Hold[Export]) -> None:
    written, sheet = 0, _sheet(export, place)
    for rows in _chunks(export, place):
        written += len(rows)
        _keep(hold, sheet.write(rows), written)
    _keep(hold, sheet.finish(), written)


def _keep(hold: Hold[Export], pieces: Iterator[bytes], written: int) -> None:
    """Adds pieces to the file. In one transaction with a look at our claim: whoever took the export over begins it anew."""
    hold.renew(rows=written)
    for piece in filter(None, pieces):
        with scope():
            hold.renew(size=F("size") + len(piece))
            ExportPart.objects.create(export_id=hold.id, content=piece)


def _end(hold: Hold[Export], state: Export.State, problem: str = "") -> None:
    now = timezone.now()
    if state == Export.State.FAILED:
        with scope():
            ExportPart.objects.filter(export=hold.id).delete()
    hold.finish(now + KEPT_FOR, state=state, problem=problem, ended_at=now)


def _chunks(export: Export, place: Place) -> Iterator[list[list[Value]]]:
    """All rows in their order, some at a time, each time in a short transaction."""
    filters = Filters.read(export.query, place)
    order = Order.read(export.query.get("sort", ""), place.sortable, place.order)
    after: str | None = ""
    while after is not None:
        with scope():
            found = page_of(rows_of(place, filters), order, after=after, size=CHUNK)
            titles = titles_for(place, found.rows)
        if after and found.before is None:  # what was behind the last row is gone meanwhile, so the first page has opened
            return
        yield [_values(place, record, titles) for record in found.rows]
        after = found.after


def _sheet(export: Export, place: Place) -> Sheet:
    if export.format == Export.Format.XLSX:
        return XlsxSheet(place.entity.plural, _heads(place, export.time_zone), ZoneInfo(export.time_zone))
    return CsvSheet(_heads(place, "UTC"))


def _heads(place: Place, zone: str) -> list[str]:
    """What stands above each column, with the zone or unit that its values are told in."""
    heads = ["Id"]
    for column in place.columns:
        kind = kind_of(place, column)
        told_in = {"moment": zone, "duration": "hours"}.get(kind)
        heads.append(f"{column.label} ({told_in})" if told_in else column.label)
        if kind == "record":
            heads.append(f"{column.label} id")
    return heads


def _values(place: Place, record: Record, titles: dict[Name, str]) -> list[Value]:
    """The values of a row, as many as there are heads."""
    values: list[Value] = [record.remote_id]
    for column, cell in zip(place.columns, cells_of(place, record, titles), strict=True):
        values.append(round(cell.value / HOUR, 4) if cell.kind == "duration" and cell.value is not None else cell.value)
        if cell.kind == "record":
            values.append(getattr(record, column.promoted))
    return values


def _about(place: Place, filters: Filters) -> Iterator[str]:
    """What the rows are narrowed to, in words."""
    if filters.search:
        yield f"“{filters.search}”"
    titles = titles_of(
        place.connection, ((place.related[column], value) for column, value in filters.chosen.items() if column in place.related)
    )
    for column, value in filters.chosen.items():
        yield f"{place.label_of(column)}: {titles.get((place.related.get(column, ''), value)) or value}"
    if filters.has_days:
        yield f"{filters.first or '…'} to {filters.last or '…'}"


def _place_of(export: Export) -> Place | None:
    """What the export is of; None where it is not declared any more."""
    with scope():
        connection = Connection.objects.get(pk=export.connection_id)
    entity = entities_of(connection).get(export.entity)
    return Place(connection, entity) if entity else None
