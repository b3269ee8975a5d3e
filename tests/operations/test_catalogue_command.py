"""`manage.py catalogue` prints all that can be run or watched, and holds it against the vendors' contracts."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from integrations.catalogue import Kind, Provider
from integrations.providers import all_providers
from tests.providers.published import SPECS

ROWS = {*(f"H{number:02}" for number in range(1, 32)), *(f"T{number:02}" for number in range(1, 40))}
TRIGGERS = {"H07", "H12", "H13", "H19", *(f"H{number}" for number in range(26, 31)), *(f"T{number}" for number in range(35, 40))}
KEYS = ["provider", "entity", "operation", "label", "kind", "method", "path", "inputs", "paging", "row"]
INPUT_KEYS = ["name", "in", "type", "required", "choices"]

with_the_contracts = pytest.mark.skipif(not SPECS.is_dir(), reason=f"the vendors' contracts are not in {SPECS}")


def catalogue(*words: str) -> str:
    out = io.StringIO()
    call_command("catalogue", *words, stdout=out)
    return out.getvalue()


def entries() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(catalogue("--json"))
    return found


def entry(provider: str, operation: str) -> dict[str, Any]:
    return next(each for each in entries() if (each["provider"], each["operation"]) == (provider, operation))


def every_input(asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [found for each in asked for found in (each, *every_input(each.get("fields", [])))]


def write(folder: Path, name: str, document: Any) -> Path:
    (folder / f"{name}.swagger.json").write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    return folder


def test_every_row_of_the_feature_list_is_there() -> None:
    assert ROWS - {each["row"] for each in entries()} == set()


def test_what_is_watched_is_a_trigger_and_nothing_else_is() -> None:
    assert {each["row"] for each in entries() if each["kind"] == "trigger" and each["row"]} == TRIGGERS


def test_every_entry_says_the_same_things() -> None:
    for each in entries():
        assert list(each) == KEYS
        assert {tuple(found)[:5] for found in every_input(each["inputs"])} <= {tuple(INPUT_KEYS)}
        assert {tuple(found)[5:] for found in every_input(each["inputs"])} <= {(), ("fields",)}
        assert {found["in"] for found in every_input(each["inputs"])} <= {"path", "query", "header", "body", None}


def test_it_is_in_order_of_the_rows_and_what_serves_none_comes_last() -> None:
    rows = [each["row"] for each in entries()]
    served = [row for row in rows if row]
    assert served == sorted(served)
    assert rows[len(served) :] == [None] * (len(rows) - len(served))


@pytest.mark.parametrize("provider", all_providers().values(), ids=lambda provider: provider.name)
def test_every_operation_and_watch_of_a_provider_is_there_once(provider: Provider) -> None:
    found = sorted(each["operation"] for each in entries() if each["provider"] == provider.name)
    assert found == sorted([*provider.operation_by_name, *provider.watch_by_name])


def test_an_input_is_told_with_its_place_type_and_choices() -> None:
    asked = {each["name"]: each for each in entry("hubstaff", "list_projects")["inputs"]}
    assert asked["organization_id"] == {"name": "organization_id", "in": "path", "type": "pick", "required": True, "choices": None}
    assert asked["status"]["in"] == "query"
    assert asked["status"]["choices"] == ["active", "archived", "all"]
    assert asked["limit"] == {"name": "limit", "in": None, "type": "number", "required": False, "choices": None}


def test_what_stands_in_rows_is_told_within_them() -> None:
    members = next(each for each in entry("hubstaff", "create_project")["inputs"] if each["name"] == "members")
    assert (members["in"], members["type"]) == ("body", "rows")
    assert {each["name"]: each["in"] for each in members["fields"]}.items() >= {"user_id": "body", "role": "body"}.items()


def test_a_list_says_how_it_is_paged_and_what_is_none_does_not() -> None:
    assert {each["paging"] for each in entries() if each["kind"] == Kind.LIST} == {"cursor", "whole"}
    assert {each["paging"] for each in entries() if each["kind"] not in (Kind.LIST, "trigger")} == {None}


def test_a_trigger_tells_of_the_list_that_it_reads_and_sends_nothing_that_it_asks() -> None:
    found = next(each for each in entries() if each["row"] == "H07")
    assert (found["kind"], found["method"], found["path"]) == ("trigger", "GET", "/v2/organizations/{organization_id}/projects")
    assert {each["in"] for each in found["inputs"]} == {None}
    assert {"limit", "start", "since"} <= {each["name"] for each in found["inputs"]}


def test_a_raw_call_asks_for_its_method_and_path() -> None:
    found = next(each for each in entries() if each["kind"] == Kind.CALL)
    assert (found["entity"], found["method"], found["path"]) == (None, None, None)
    assert {each["name"]: each["in"] for each in found["inputs"]} == {
        "method": None,
        "path": "path",
        "query": "query",
        "headers": "header",
        "body": "body",
    }


def test_the_table_has_a_line_for_each_entry() -> None:
    heading, *lines = catalogue().splitlines()
    assert heading.split() == ["ROW", "PROVIDER", "KIND", "OPERATION", "LABEL", "CALL", "INPUTS"]
    assert len(lines) == len(entries())
    assert lines[0].split()[:4] == ["H01", "hubstaff", "list", "list_organizations"]
    assert "organization_id* status" in next(line for line in lines if line.startswith("H08"))


@with_the_contracts
def test_it_fits_the_vendors_contracts_and_tells_the_known_differences_with_their_reasons() -> None:
    out = catalogue("--check-specs", str(SPECS))
    for provider in all_providers().values():
        for known in provider.known_differences:
            line = next(line for line in out.splitlines() if line.startswith(f"  known: {known.operation}: {known.what}:"))
            assert line.endswith(f"({known.reason})")


@with_the_contracts
def test_a_contract_that_differs_is_told_and_ends_with_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads((SPECS / "hubstaff.swagger.json").read_text())
    del document["paths"]["/v2/tasks/{task_id}"]
    with pytest.raises(CommandError, match="must be mended"):
        call_command("catalogue", "--check-specs", str(write(tmp_path, "hubstaff", document)))
    out = capsys.readouterr().out
    assert "DIFFERS: update_task: path /v2/tasks/{task_id}: is not published" in out
    assert "timeghost: skipped, timeghost.swagger.json is not there" in out


@with_the_contracts
def test_a_known_difference_that_is_none_any_more_ends_with_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads((SPECS / "timeghost.swagger.json").read_text())
    document["definitions"]["TaskUpdate"]["properties"]["completed"] = {"type": "boolean"}
    with pytest.raises(CommandError, match="must be mended"):
        call_command("catalogue", "--check-specs", str(write(tmp_path, "timeghost", document)))
    assert "NO LONGER DIFFERS, declared all the same: update_task: body completed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"<html>Not here</html>", "cannot be read as JSON"),
        (b"\xff\xfe{", "cannot be read as JSON"),
        ([], "hubstaff.swagger.json: this is no Swagger 2.0 document"),
        ({"openapi": "3.1.0"}, "this is no Swagger 2.0 document"),
    ],
)
def test_a_file_that_is_no_contract_is_an_error_in_plain_words(tmp_path: Path, document: Any, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        catalogue("--check-specs", str(write(tmp_path, "hubstaff", document)))


def test_a_folder_that_is_none_is_an_error_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere is no folder"):
        catalogue("--check-specs", str(tmp_path / "nowhere"))


def test_a_folder_without_any_contract_is_an_error_and_no_success(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"holds no contract of any provider: hubstaff\.swagger\.json"):
        catalogue("--check-specs", str(tmp_path))
