"""The filters that lists of members have in common."""

from dataclasses import dataclass

from integrations.sandbox.hubstaff.lists import Listing
from integrations.sandbox.hubstaff.ranges import Window, read_window
from integrations.sandbox.hubstaff.values import line, written_moment
from integrations.sandbox.kinds import HUBSTAFF_USER
from integrations.sandbox.store import Body, Store


@dataclass(frozen=True)
class Wanted:
    """Which members a list asks for."""

    user_ids: set[int] | None
    roles: set[str]
    email: str | None
    name: str | None
    created: Window
    updated: Window
    with_removed: bool

    def lets_pass(self, store: Store, member: Body, role: str) -> bool:
        """Whether a membership, of an organization or of a project, is asked for."""
        user = store.get(HUBSTAFF_USER, member["user_id"]) or {"email": "", "name": ""}
        return (
            (self.user_ids is None or member["user_id"] in self.user_ids)
            and (not self.roles or role in self.roles)
            and (self.email is None or self.email.lower() == user["email"].lower())
            and (self.name is None or self.name.lower() in user["name"].lower())
            and _within(self.created, member["created_at"])
            and _within(self.updated, member["updated_at"])
            and (self.with_removed or member.get("removed_at") is None)
        )


def read_wanted(asked: Listing, roles: tuple[str, ...]) -> Wanted:
    """Read the filters."""
    return Wanted(
        user_ids=asked.numbers("user_ids"),
        roles=asked.words("membership_roles", roles),
        email=asked.read("search[email]", line),
        name=asked.read("search[name]", line),
        created=read_window(asked, "created_at", written_moment),
        updated=read_window(asked, "updated_at", written_moment),
        with_removed=asked.flag("include_removed"),
    )


def _within(window: Window, moment: str) -> bool:
    """Whether a moment lies in a window, which ends before its last bound."""
    start, stop = window
    return (start is None or start <= moment) and (stop is None or moment < stop)
