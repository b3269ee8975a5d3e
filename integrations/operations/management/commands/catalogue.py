"""`manage.py catalogue`: everything that can be run or watched at the providers, and whether it fits what the vendors published."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.catalogue import Provider
from integrations.catalogue.contracts import Comparison, compare
from integrations.catalogue.listing import Entry, entries
from integrations.catalogue.swagger import NotAContract
from integrations.providers import all_providers

HEADINGS = ("ROW", "PROVIDER", "KIND", "OPERATION", "LABEL", "CALL", "INPUTS")


class Command(BaseCommand):
    help = "Prints every declared operation and trigger; an input with a * must be given. Or compares them with the vendors' contracts."
    requires_system_checks = []  # nothing of the portal itself is needed

    def add_arguments(self, parser: CommandParser) -> None:
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument("--json", action="store_true", help="Print a list of objects instead of a table.")
        ways.add_argument(
            "--check-specs", metavar="DIR", type=Path, help="Compare with DIR/<provider>.swagger.json; exit 1 if anything differs."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check_specs"]:
            self._check(options["check_specs"])
        elif options["json"]:
            self.stdout.write(json.dumps(entries(all_providers().values()), indent=2, ensure_ascii=False))
        else:
            self.stdout.write(_table(entries(all_providers().values())))

    def _check(self, folder: Path) -> None:
        documents = _documents(folder)
        wrong = 0
        for provider in all_providers().values():
            if provider.name not in documents:
                self.stdout.write(f"{provider.name}: skipped, {_file_name(provider)} is not there")
                continue
            found = _compared(provider, documents[provider.name])
            self.stdout.write("\n".join(_report(provider, found)))
            wrong += len(found.differences) + len(found.outdated)
        if wrong:
            raise CommandError(f"{wrong} of the things above must be mended, or declared in the provider as known differences.")


def _table(found: list[Entry]) -> str:
    rows = [HEADINGS, *(_row(entry) for entry in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _row(entry: Entry) -> tuple[str, ...]:
    call = " ".join(filter(None, (entry["method"], entry["path"])))
    given = " ".join(f"{each['name']}*" if each["required"] else each["name"] for each in entry["inputs"])
    return (entry["row"] or "", entry["provider"], entry["kind"], entry["operation"], entry["label"], call, given)


def _documents(folder: Path) -> dict[str, Any]:
    """The vendors' documents that lie in a folder, by provider."""
    if not folder.is_dir():
        raise CommandError(f"{folder} is no folder.")
    found = {provider.name: folder / _file_name(provider) for provider in all_providers().values()}
    loaded = {name: _loaded(file) for name, file in found.items() if file.is_file()}
    if not loaded:
        raise CommandError(f"{folder} holds no contract of any provider: {', '.join(file.name for file in found.values())}.")
    return loaded


def _file_name(provider: Provider) -> str:
    return f"{provider.name}.swagger.json"


def _loaded(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as problem:
        raise CommandError(f"{file} cannot be read as JSON: {problem}") from problem


def _compared(provider: Provider, document: Any) -> Comparison:
    try:
        return compare(provider, document)
    except NotAContract as problem:
        raise CommandError(f"{_file_name(provider)}: {problem}") from problem


def _report(provider: Provider, found: Comparison) -> Iterable[str]:
    yield f"{provider.name}: {len(provider.operations)} operations, {'as published' if found.fits else 'NOT as published'}"
    yield from (f"  known: {each.operation}: {each.what}: {each.how} ({reason})" for each, reason in found.known)
    yield from (f"  DIFFERS: {each.operation}: {each.what}: {each.how}" for each in found.differences)
    yield from (f"  NO LONGER DIFFERS, declared all the same: {known.operation}: {known.what}" for known in found.outdated)
