"""Which names mean the same, and how sure that is. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz, process

SURE = 100
LEAST = 75  # below it two names are more likely to be different things than spellings of one
BETWEEN_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Suggestion:
    """A partner by name. `confidence` is in percent, and 100 only for the same name. `is_risky` where another record of the same name, or
    somebody else to whom it is suggested, fits as well.
    """

    id: str
    name: str
    confidence: int
    is_risky: bool = False


@lru_cache(maxsize=20_000)
def normalized(name: str) -> str:
    """A name without what people write differently: case, punctuation, space. What is nothing but punctuation stays as it is."""
    return BETWEEN_WORDS.sub(" ", name.casefold()).strip() or name.strip()


class Suggester:
    """Finds partners by name among the records that are free, given as names by id."""

    def __init__(self, free: Mapping[str, str]) -> None:
        self.names = dict(free)
        self.by_name: defaultdict[str, list[str]] = defaultdict(list)
        for key, name in free.items():
            self.by_name[normalized(name)].append(key)
        self.choices = [name for name in self.by_name if name]

    def like(self, name: str, most: int = 3) -> list[Suggestion]:
        """What a name may mean, the likeliest first: the same names, else similar ones."""
        wanted = normalized(name)
        if same := self.by_name.get(wanted) if wanted else None:
            return [Suggestion(key, self.names[key], SURE, len(same) > 1) for key in same[:most]]
        return [found for alike, confidence in self._similar(wanted, most) for found in self._all_named(alike, confidence)][:most]

    def best(self, name: str) -> Suggestion | None:
        """The likeliest partner; None where nothing is likely."""
        return next(iter(self.like(name)), None)

    def best_of_each(self, names: Mapping[str, str], only: Collection[str] | None = None) -> dict[str, Suggestion]:
        """The likeliest partner of each of many, by id, or of `only` some of them. One that is likeliest for several is risky for them
        all.
        """
        found = self._bests(names, names if only is None else only)
        rivals = {} if only is None else self._bests(names, self._near(names, found))
        wanted = Counter(suggestion.id for suggestion in (found | rivals).values())
        return {key: replace(each, is_risky=each.is_risky or wanted[each.id] > 1) for key, each in found.items()}

    def _bests(self, names: Mapping[str, str], keys: Iterable[str]) -> dict[str, Suggestion]:
        return {key: best for key in keys if (best := self.best(names[key]))}

    def _near(self, names: Mapping[str, str], found: Mapping[str, Suggestion]) -> set[str]:
        """Those of the others to whom the same partners may be suggested; spares comparing everything with everything."""
        others = Suggester({key: name for key, name in names.items() if key not in found})
        return {near.id for suggestion in found.values() for near in others.like(suggestion.name)}

    def _similar(self, wanted: str, most: int) -> list[tuple[str, int]]:
        """Names that are spelled alike, or hold much the same words in another order."""
        found: dict[str, int] = {}
        for scorer in (fuzz.ratio, fuzz.token_sort_ratio) if wanted else ():
            for name, score, _ in process.extract(wanted, self.choices, scorer=scorer, limit=most, score_cutoff=LEAST):
                found[name] = max(found.get(name, 0), min(SURE - 1, int(score)))
        return sorted(found.items(), key=lambda each: (-each[1], each[0]))

    def _all_named(self, name: str, confidence: int) -> list[Suggestion]:
        same = self.by_name[name]
        return [Suggestion(key, self.names[key], confidence, len(same) > 1) for key in same]
