"""Files of rows, written piece by piece: CSV for programs, Excel's .xlsx for people."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from tempfile import TemporaryFile
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

Value = str | float | datetime | date | None

MOST_ROWS = 1_048_576  # that a sheet of Excel holds, its head among them: https://support.microsoft.com/office/1672b34d-7043-467e-8e27
FORMULAS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
)  # what spreadsheet programs take for a formula: https://owasp.org/www-community/attacks/CSV_Injection
NO_TITLE = re.compile(r"[\[\]:*?/\\]")
LONGEST_TITLE = 31
FIRST_YEAR = 1900  # Excel counts days from there
COLUMN_WIDTH = 22
PIECE = 1024 * 1024  # bytes
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it Excel takes UTF-8 for something else


class TooManyRows(ValueError):
    """A file cannot hold what is to be written; the message says what to do instead."""


class Sheet(Protocol):
    """A file under way: each call gives the bytes that are ready."""

    def write(self, rows: Iterable[Sequence[Value]]) -> Iterator[bytes]: ...

    def finish(self) -> Iterator[bytes]: ...


class CsvSheet:
    """UTF-8 with commas. Moments as ISO 8601 in UTC, days as ISO 8601; text that a spreadsheet would run is defused."""

    def __init__(self, heads: Sequence[str]) -> None:
        self._text = io.StringIO(newline="")
        self._text.write(BYTE_ORDER_MARK)
        self._writer = csv.writer(self._text)
        self._writer.writerow([defused(head) for head in heads])

    def write(self, rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
        self._writer.writerows([_as_text(value) for value in row] for row in rows)
        yield self._taken()

    def finish(self) -> Iterator[bytes]:
        yield self._taken()

    def _taken(self) -> bytes:
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return text.encode()


class XlsxSheet:
    """A workbook of one sheet with real dates in the reader's zone, numbers as numbers, and texts that are never formulas."""

    def __init__(self, title: str, heads: Sequence[str], zone: ZoneInfo) -> None:
        self._zone, self._rows = zone, 1
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(NO_TITLE.sub(" ", title)[:LONGEST_TITLE])
        self._sheet.freeze_panes = "A2"
        for number in range(1, len(heads) + 1):
            self._sheet.column_dimensions[get_column_letter(number)].width = COLUMN_WIDTH
        self._sheet.append([self._head(head) for head in heads])

    def write(self, rows: Iterable[Sequence[Value]]) -> Iterator[bytes]:
        for row in rows:
            self._rows += 1
            if self._rows > MOST_ROWS:
                raise TooManyRows(f"A sheet of Excel holds {MOST_ROWS - 1:,} rows, and here are more. Narrow them by filters, or take CSV.")
            self._sheet.append([self._cell(value) for value in row])
        yield from ()

    def finish(self) -> Iterator[bytes]:
        with TemporaryFile() as file:
            self._book.save(file)
            file.seek(0)
            while piece := file.read(PIECE):
                yield piece

    def _head(self, text: str) -> Cell:
        cell = self._cell(text)
        cell.font = Font(bold=True)
        return cell

    def _cell(self, value: Value) -> Cell:
        told: Any = self._told(value)  # a day too, which the library's types forget
        cell = WriteOnlyCell(self._sheet, told)
        if isinstance(told, str):
            cell.data_type = "s"  # whatever it begins with
        return cell

    def _told(self, value: Value) -> Value:
        if isinstance(value, str):
            return ILLEGAL_CHARACTERS_RE.sub("", value)
        if isinstance(value, date) and value.year < FIRST_YEAR:
            return value.isoformat()
        return value.astimezone(self._zone).replace(tzinfo=None, microsecond=0) if isinstance(value, datetime) else value


def defused(text: str) -> str:
    """Text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(FORMULAS) else text


def _as_text(value: Value) -> str | float | None:
    if isinstance(value, str):
        return defused(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
