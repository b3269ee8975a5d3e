"""Finding records by the words of their titles.

A rare word is found by its trigrams, a common one by reading the rows in their order until a page is full. Which one it is shows itself:
the index is asked for a bounded number of rows, and where there are more, the word is common.
"""

from __future__ import annotations

from django.db.models import Q, Value
from django.db.models.functions import StrIndex, Upper
from django.db.models.lookups import GreaterThan

from integrations.connections.models import Connection
from integrations.records.doors import records_with_words

MOST_WORDS = 8
LONGEST_WORD = 100
FEWEST_LETTERS = 3  # a trigram has as many
MOST_RARE = 1000


def matching(connection: Connection, entity: str, text: str) -> Q:
    """The condition for rows of an entity whose title holds every word, in any order, and for the row whose id was typed. Needs a scope."""
    words, typed_id = words_in(text), clean(text)
    if any(len(word) >= FEWEST_LETTERS for word in words):
        found = records_with_words(connection.pk, entity, words, typed_id, MOST_RARE)
        if len(found) < MOST_RARE:
            return Q(pk__in=found)
    holds = Q()
    for word in words:
        holds &= Q(_holds(word))
    return holds | Q(remote_id=typed_id) if words else holds


def _holds(word: str) -> GreaterThan:
    """That the title holds a word which is common. Said as a comparison, of which PostgreSQL expects that every third row passes: of LIKE
    it would expect next to none, as it uses no statistics under row-level security, and would read and sort the whole table.
    """
    return GreaterThan(StrIndex(Upper("title"), Upper(Value(word))), 0)


def clean(text: str) -> str:
    """Text from an address, fit for PostgreSQL, which holds no NUL."""
    return text.replace("\0", "").strip()


def words_in(text: str) -> list[str]:
    """The words that somebody typed, each once."""
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in clean(text).split()))[:MOST_WORDS]
