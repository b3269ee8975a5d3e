"""The way past the second wall for words in titles: PostgreSQL uses no trigram index under row-level security, because comparing words is
not leakproof. The function takes the organization from the same setting as the policies, and gives nothing but ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection as database
from django.db import connections

from integrations.records.models import Record
from portal.organizations.scope import SETTING
from portal.organizations.walls import definer

SIGNATURE = "records_with_words(uuid, varchar, text, text[], text, integer)"
# One word is looked for in the index, the others among what it finds: PostgreSQL answers `ILIKE ALL` from no index. $1 to $6 are the
# parameters of the function.
FOUND = f"""
  (SELECT id FROM {Record._meta.db_table}
   WHERE organization_id = nullif(current_setting('{SETTING}', true), '')::uuid AND connection_id = $1 AND entity = $2
     AND removed_at IS NULL AND title ILIKE $3 AND title ILIKE ALL ($4)
   LIMIT $6)
  UNION
  (SELECT id FROM {Record._meta.db_table}
   WHERE organization_id = nullif(current_setting('{SETTING}', true), '')::uuid AND connection_id = $1 AND entity = $2
     AND removed_at IS NULL AND remote_id = $5)
"""
DOOR = f"""
CREATE OR REPLACE FUNCTION records_with_words(connection uuid, entity varchar, word text, others text[], typed_id text, most integer)
RETURNS TABLE (id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  -- EXECUTE plans anew for each word: how rare it is decides which index serves.
  RETURN QUERY EXECUTE $found${FOUND}$found$ USING connection, entity, word, others, typed_id, most;
END
$$
"""


def make_doors(using: str) -> None:
    """Makes the function, after every `migrate`. `using` is the connection of the tables' owner."""
    with connections[using].cursor() as cursor:
        for statement in definer(SIGNATURE, DOOR):
            cursor.execute(statement)


def records_with_words(connection_id: UUID, entity: str, words: Sequence[str], typed_id: str, most: int) -> list[int]:
    """Ids of up to `most` records that stand over there and whose title holds every word, and of the one with the id that was typed.

    Needs a scope.
    """
    longest, *others = (pattern_of(word) for word in sorted(words, key=len, reverse=True))
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM records_with_words(%s, %s, %s, %s, %s, %s)", [connection_id, entity, longest, others, typed_id, most]
        )
        return [found for (found,) in cursor.fetchall()]


def pattern_of(word: str) -> str:
    """A pattern that matches whatever holds the word."""
    return f"%{word.replace(chr(92), chr(92) * 2).replace('%', chr(92) + '%').replace('_', chr(92) + '_')}%"
