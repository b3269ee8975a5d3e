"""What the sandbox knows, kept in one SQLite file: JSON bodies, found by kind, id and a few indexed fields."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from integrations.sandbox.kinds import SIGNING_KEY, Kind

Body = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL, id NOT NULL, tenant, parent, moment, body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS original (
    kind TEXT NOT NULL, id NOT NULL, tenant, parent, moment, body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_by_tenant ON record (kind, tenant, id);
CREATE INDEX IF NOT EXISTS record_by_parent ON record (kind, parent, id);
CREATE INDEX IF NOT EXISTS record_by_moment ON record (kind, tenant, moment) WHERE moment IS NOT NULL;
"""

PUT = "INSERT OR REPLACE INTO record (kind, id, tenant, parent, moment, body) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True)
class Change:
    """A record that was written: as it was before, None when it is new, and as it is now."""

    kind: Kind
    before: Body | None
    after: Body


class Store:
    """Records on disk. One thread uses it; every request is one transaction."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it. Raises sqlite3.Error when it cannot be used."""
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)
        # Unknown until the first return to the original: somebody else may have written before this start.
        self._touched: set[tuple[str, int | str]] | None = None
        self.watched: set[int | str] = set()
        """The organizations and workspaces that somebody listens to: what is written there is noted, elsewhere it is not."""
        self.changes: list[Change] = []
        """What the last transaction wrote in those."""

    def close(self) -> None:
        """Close the file; everything committed is on disk."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the block writes, or nothing of it when the block raises."""
        self._connection.execute("BEGIN")
        self.changes = []
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            self.changes = []
            raise
        self._connection.execute("COMMIT")

    def get(self, kind: Kind, identity: int | str) -> Body | None:
        """Return one record, or None."""
        found = self._connection.execute("SELECT body FROM record WHERE kind = ? AND id = ?", (kind.name, identity))
        row = found.fetchone()
        return orjson.loads(row[0]) if row else None

    def every(self, kind: Kind) -> Iterator[Body]:
        """Walk all records of a kind in the order of their ids."""
        return self._walk("kind = ? ORDER BY id", kind.name)

    def of_tenant(self, kind: Kind, tenant: int | str, start: int = 0) -> Iterator[Body]:
        """Walk the records of one organization or workspace in the order of their ids, from `start` on."""
        return self._walk("kind = ? AND tenant = ? AND id >= ? ORDER BY id", kind.name, tenant, start)

    def of_parent(self, kind: Kind, parent: int | str) -> Iterator[Body]:
        """Walk the records below one parent (the tasks of a project) in the order of their ids."""
        return self._walk("kind = ? AND parent = ? ORDER BY id", kind.name, parent)

    def between(self, kind: Kind, tenant: int | str, since: str, until: str) -> Iterator[Body]:
        """Walk the records of one tenant whose moment lies in a half-open range, oldest first."""
        condition = "kind = ? AND tenant = ? AND moment >= ? AND moment < ? ORDER BY moment"
        return self._walk(condition, kind.name, tenant, since, until)

    def put(self, kind: Kind, body: Body) -> None:
        """Write one record, new or changed."""
        self._touch(kind, body["id"])
        self._note(kind, body)
        self._connection.execute(PUT, _row(kind, body))

    def put_all(self, kind: Kind, bodies: Sequence[Body]) -> None:
        """Write many records at once."""
        for body in bodies:
            self._touch(kind, body["id"])
            self._note(kind, body)
        self._connection.executemany(PUT, (_row(kind, body) for body in bodies))

    def remove(self, kind: Kind, identity: int | str) -> None:
        """Forget one record."""
        self._touch(kind, identity)
        self._connection.execute("DELETE FROM record WHERE kind = ? AND id = ?", (kind.name, identity))

    def next_number(self, kind: Kind) -> int:
        """Return the id after the highest; deleted records stay as rows, so no id comes twice."""
        row = self._connection.execute("SELECT max(id) FROM record WHERE kind = ?", (kind.name,)).fetchone()
        return int(row[0] or 0) + 1

    def clear(self) -> None:
        """Forget everything but the signing keys: clients keep those longer than a world lasts."""
        self._touched = None
        self.watched.clear()
        self._connection.execute("DELETE FROM record WHERE kind != ?", (SIGNING_KEY.name,))

    def keep_original(self) -> None:
        """Remember everything as it is now, to return to it."""
        self._connection.execute("DELETE FROM original")
        self._connection.execute("INSERT INTO original SELECT * FROM record")
        self._touched = set()

    def restore_original(self) -> None:
        """Return to what was remembered, by undoing only what was touched since when that is known. Nobody listens any more."""
        self.watched.clear()
        if self._touched is None:
            self.clear()
            self._connection.execute("INSERT OR IGNORE INTO record SELECT * FROM original")
        else:
            self._connection.executemany("DELETE FROM record WHERE kind = ? AND id = ?", self._touched)
            restore = "INSERT INTO record SELECT * FROM original WHERE kind = ? AND id = ?"
            self._connection.executemany(restore, self._touched)
        self._touched = set()

    def _note(self, kind: Kind, body: Body) -> None:
        if self.watched and body.get(kind.tenant) in self.watched:
            self.changes.append(Change(kind, self.get(kind, body["id"]), body))

    def _touch(self, kind: Kind, identity: int | str) -> None:
        if self._touched is not None and kind is not SIGNING_KEY:
            self._touched.add((kind.name, identity))

    def _walk(self, condition: str, *values: int | str) -> Iterator[Body]:
        # Conditions are this class's own words; values always travel as parameters.
        for (body,) in self._connection.execute(f"SELECT body FROM record WHERE {condition}", values):
            yield orjson.loads(body)


def _row(kind: Kind, body: Body) -> tuple[Any, ...]:
    """Return a body as a row of the table."""
    keys = (body.get(field) if field else None for field in (kind.tenant, kind.parent, kind.moment))
    return (kind.name, body["id"], *keys, orjson.dumps(body).decode())
