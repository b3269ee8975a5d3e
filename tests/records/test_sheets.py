"""Files of rows: what stands in them is what was written, and no program runs it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from integrations.records import sheets
from integrations.records.sheets import FORMULAS, CsvSheet, Sheet, TooManyRows, Value, XlsxSheet

BERLIN = ZoneInfo("Europe/Berlin")
MOMENT = datetime(2026, 3, 29, 0, 30, 15, 123456, tzinfo=UTC)


def written(sheet: Sheet, *chunks: list[list[Value]]) -> bytes:
    pieces = [piece for chunk in chunks for piece in sheet.write(chunk)]
    return b"".join([*pieces, *sheet.finish()])


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_xlsx(content: bytes) -> list[list[Any]]:
    book = load_workbook(io.BytesIO(content))
    return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]


def test_csv_holds_what_was_written() -> None:
    rows: list[list[Value]] = [['a, "b"\nc', 1.5, None], ["Ü 🙂", 7, ""]]
    content = written(CsvSheet(["What", "Much", "More"]), rows, [["", 0, None]])
    assert content.startswith(b"\xef\xbb\xbf"), "so that Excel reads it as UTF-8"
    assert read_csv(content) == [["What", "Much", "More"], ['a, "b"\nc', "1.5", ""], ["Ü 🙂", "7", ""], ["", "0", ""]]


def test_csv_tells_moments_in_utc_and_days_as_days() -> None:
    content = written(CsvSheet(["At"]), [[MOMENT.astimezone(BERLIN)], [date(2026, 3, 29)], [datetime(1, 1, 1, tzinfo=UTC)]])
    assert read_csv(content) == [["At"], ["2026-03-29T00:30:15Z"], ["2026-03-29"], ["0001-01-01T00:00:00Z"]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0"])
def test_csv_defuses_text_that_a_spreadsheet_would_run(text: str) -> None:
    assert read_csv(written(CsvSheet([text]), [[text, -5, "fine - =1"]])) == [[f"'{text}"], [f"'{text}", "-5", "fine - =1"]]


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2), max_size=5))
def test_whatever_text_is_written_no_cell_of_csv_begins_a_formula(rows: list[list[str]]) -> None:
    found = read_csv(written(CsvSheet(["a", "b"]), [list(row) for row in rows]))
    assert all(not cell.startswith(FORMULAS) for row in found for cell in row)
    assert [[cell.removeprefix("'") for cell in row] for row in found[1:]] == [[cell.removeprefix("'") for cell in row] for row in rows]


def test_xlsx_holds_what_was_written_in_its_types() -> None:
    rows: list[list[Value]] = [["Ü 🙂", 1.5, 7, None], ["", -3, 0, None]]
    content = written(XlsxSheet("Tasks", ["What", "Much", "More", "Nothing"], BERLIN), rows)
    assert read_xlsx(content) == [["What", "Much", "More", "Nothing"], ["Ü 🙂", 1.5, 7, None], [None, -3, 0, None]]


def test_xlsx_tells_moments_as_dates_in_the_readers_zone() -> None:
    content = written(XlsxSheet("Tasks", ["At"], BERLIN), [[MOMENT], [date(2026, 3, 29)], [datetime(2026, 3, 29, 1, 30, tzinfo=UTC)]])
    [_, [summer], [day], [after]] = read_xlsx(content)
    assert summer == datetime(2026, 3, 29, 1, 30, 15)
    assert day == datetime(2026, 3, 29)
    assert after == datetime(2026, 3, 29, 3, 30), "an hour is left out that night"


def test_xlsx_tells_times_that_excel_cannot_count_as_text() -> None:
    content = written(XlsxSheet("Tasks", ["At"], BERLIN), [[datetime(1, 1, 2, tzinfo=UTC)], [date(1899, 12, 31)]])
    assert read_xlsx(content)[1:] == [["0001-01-02T00:00:00+00:00"], ["1899-12-31"]]


@pytest.mark.parametrize("text", ["=1+1", "=SUM(A1:A9)", "+1", "@x", "#N/A", "2026-01-01", "1e5", "TRUE"])
def test_text_in_xlsx_is_text_whatever_it_looks_like(text: str) -> None:
    content = written(XlsxSheet("Tasks", [text], BERLIN), [[text]])
    cells = [cell for row in load_workbook(io.BytesIO(content)).worksheets[0].iter_rows() for cell in row]
    assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s"), (text, "s")]


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    assert read_xlsx(written(XlsxSheet("A: [b] / c?", ["x"], BERLIN), [["a\x00b\x1fc\td"]])) == [["x"], ["abc\td"]]


def test_more_rows_than_a_sheet_of_excel_holds_are_refused_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_ROWS", 4)
    written(XlsxSheet("Tasks", ["x"], BERLIN), [["1"], ["2"], ["3"]])
    with pytest.raises(TooManyRows, match=r"A sheet of Excel holds 3 rows, and here are more\. Narrow them by filters, or take CSV\."):
        written(XlsxSheet("Tasks", ["x"], BERLIN), [["1"], ["2"]], [["3"], ["4"]])
