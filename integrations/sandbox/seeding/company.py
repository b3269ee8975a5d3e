"""One company as it is thought up, before it is written to either service."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from integrations.sandbox import moments
from integrations.sandbox.seeding.clocks import weekdays
from integrations.sandbox.seeding.words import Trade

PLAIN = str.maketrans("áàâäãåéèêëíìîïóòôöõøúùûüñçńźśćżłşğýčžŠ", "aaaaaaeeeeiiiioooooouuuuncnzsczlsgyczS")


@dataclass(frozen=True)
class Person:
    """Somebody who works there. An address is empty on the side that the person is not on."""

    name: str
    hubstaff_email: str
    timeghost_email: str


@dataclass(frozen=True)
class Company:
    """A company, its number from 1, and how large it is on either side."""

    number: int
    trade: Trade
    people: tuple[Person, ...]
    timeghost_projects: int
    timeghost_tasks: int
    hubstaff_projects: int
    hubstaff_tasks: int


@dataclass(frozen=True)
class World:
    """What all seeding shares: chance that repeats itself, and the day it is."""

    chance: Random
    today: date

    def identity(self) -> str:
        """Return a new id as timeghost makes them."""
        return str(UUID(int=self.chance.getrandbits(128), version=4))

    def moment(self, earliest: int, latest: int = 0) -> str:
        """Return a moment in office hours, between so many days ago; it is never in the future."""
        day = self.today - timedelta(days=self.chance.randint(max(latest, 1), max(earliest, 1)))
        second = timedelta(seconds=self.chance.randrange(8 * 3600, 17 * 3600))
        return moments.written(datetime.combine(day, datetime.min.time(), ZoneInfo("UTC")) + second)

    def weekdays(self) -> list[date]:
        """Return the weekdays of the last half year."""
        return weekdays(self.today)


def people_of(trade: Trade) -> tuple[Person, ...]:
    """Return a company's people: the last but two is only in Hubstaff, the last but one only in timeghost.

    The last signs in with another address on either side.
    """
    people = [Person(name, _address(name, trade), _address(name, trade)) for name in trade.people]
    people[-3] = Person(people[-3].name, people[-3].hubstaff_email, "")
    people[-2] = Person(people[-2].name, "", people[-2].timeghost_email)
    private_email = f"{people[-1].name.split()[0].lower()}@mail.example"
    people[-1] = Person(people[-1].name, private_email, people[-1].timeghost_email)
    return tuple(people)


def task_names(chance: Random, trade: Trade, count: int) -> list[str]:
    """Return names of tasks, none twice, now and then an odd one."""
    usual = [deed.format(thing) for deed in trade.deeds for thing in trade.things]
    odd = chance.sample(trade.sundries, min(len(trade.sundries), max(1, count // 12)))
    names = [*chance.sample(usual, count - len(odd)), *odd]
    chance.shuffle(names)
    return names


def portions(chance: Random, total: int, parts: int, least: int, most: int) -> list[int]:
    """Return so many random numbers within bounds that add up to a total, which must be possible."""
    sizes = [least] * parts
    while sum(sizes) < total:
        place = chance.randrange(parts)
        sizes[place] += min(chance.randint(1, 6), most - sizes[place], total - sum(sizes))
    return sizes


def _address(name: str, trade: Trade) -> str:
    plain = name.lower().translate(PLAIN).replace("'", "")
    words = plain.split()
    return f"{words[0]}.{words[-1]}@{trade.domain}"
