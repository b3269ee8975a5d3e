"""Planning projects: their clients, made or taken up, renamed, archived, and the people in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from integrations.catalogue import ProjectFacts
from integrations.sync import reasons
from integrations.sync.guard import question
from integrations.sync.planning import Planning
from integrations.sync.settle import Verdict, settle
from integrations.sync.situation import LinkedProject, Mirrored, Side
from integrations.sync.steps import Held, Reason, Step, StepKind


class ProjectPlanner:
    """Plans the projects of all links, and puts down in `planning` which of them go on with their tasks and their time."""

    def __init__(self, planning: Planning) -> None:
        self.planning, self.situation = planning, planning.situation
        self.left, self.right = self.situation.left, self.situation.right
        self.adoptable = self._adoptable()
        self.clients = {client.facts.name.casefold(): client.facts.name for client in self.right.clients.values()}
        self.connected = frozenset(self.situation.people.values())
        self.members = tuple(sorted(filter(self._is_active, self.connected))) if self.situation.adds_members else ()

    def steps(self) -> Iterator[Step]:
        for link in self.situation.links:
            if link.is_resting:
                self.planning.leave_out(reasons.LINK_RESTS, link.id, link.id)
            else:
                yield from self._link(link)

    def _link(self, link: LinkedProject) -> Iterator[Step]:
        right_id = link.right_id or self.adoptable.get(link.id, "")
        if right_id:
            self.planning.right_projects[link.id] = right_id
        away = self._away("right", right_id) if right_id else None
        if away:
            self.planning.leave_out(away, link.id, link.id)
        elif away := self._away("left", link.left_id):
            self.planning.leave_out(away, link.id, link.id)
            yield from self._archive(link, right_id)
        elif right_id:
            yield from self._standing(link, right_id)
        else:
            yield from self._create(link, self.left.projects[link.left_id].facts)

    def _away(self, side: str, project_id: str) -> Reason | None:
        """Why nothing can be done in a project, if so."""
        there, why = self.planning.side(side), self.planning.reasons[side]
        project = there.projects.get(project_id)
        if project is None:
            return why.project_gone if project_id in there.gone_projects else why.project_unseen
        return None if project.facts.is_active else why.project_archived

    def _adoptable(self) -> dict[str, str]:
        """Projects on the right that carry the mark of a link without a right side, by the link's id."""
        blank = {self.situation.mark(link.left_id): link.id for link in self.situation.links if not link.right_id}
        taken = {link.right_id for link in self.situation.links if link.right_id}
        found: dict[str, str] = {}
        for project_id, project in self.right.projects.items() if blank else ():
            link = blank.get(project.facts.mark)
            if link and project.facts.is_active and project_id not in taken:
                found.setdefault(link, project_id)
        return found

    def _archive(self, link: LinkedProject, right_id: str) -> Iterator[Step]:
        """The project on the left is archived, or gone: only what was seen to be gone counts."""
        is_sure = link.left_id in self.left.projects or link.left_id in self.left.gone_projects
        if not right_id or not is_sure:
            return
        if self.right.parts.project.archive is None:
            self.planning.leave_out(reasons.cannot(self.right.label, "archive projects"), link.id, link.id)
            return
        name = self.right.projects[right_id].facts.name
        yield Step(
            kind=StepKind.ARCHIVE_PROJECT,
            side="right",
            title=f"Archive the project “{name}”, as it is archived or deleted in {self.left.label}",
            link=link.id,
            left_id=link.left_id,
            right_id=right_id,
            name=name,
            before={"state": "active"},
            after={"state": "archived"},
        )

    # --- Made and taken up --------------------------------------------------------------------------------------------

    def _create(self, link: LinkedProject, facts: ProjectFacts) -> Iterator[Step]:
        if self.right.parts.project.create is None:
            self.planning.leave_out(reasons.cannot(self.right.label, "create projects"), link.id, link.id)
            return
        yield from self._create_client(link, facts)
        step = Step(
            kind=StepKind.CREATE_PROJECT,
            side="right",
            title=f"Create the project “{facts.name}” in {self.right.label}",
            link=link.id,
            left_id=link.left_id,
            name=facts.name,
            client=self.clients.get(facts.client.casefold(), ""),
            member_ids=self.members,
            mark=self.situation.mark(link.left_id),
            values={"synced_name": facts.name},
            after={"name": facts.name, "client": facts.client, "people": self._names(self.members)},
        )
        if not self.planning.gate.is_resting(step):  # else its tasks would all be refused as well
            self.planning.open_projects[link.id] = ""
        yield step

    def _create_client(self, link: LinkedProject, facts: ProjectFacts) -> Iterator[Step]:
        can_create = self.right.parts.client is not None and self.right.parts.client.create is not None
        if not facts.client or facts.client.casefold() in self.clients or not can_create:
            return
        self.clients[facts.client.casefold()] = facts.client
        yield Step(
            kind=StepKind.CREATE_CLIENT,
            side="right",
            title=f"Create the client “{facts.client}” in {self.right.label}",
            link=link.id,
            left_id=link.left_id,
            name=facts.client,
            after={"name": facts.client},
        )

    def _standing(self, link: LinkedProject, right_id: str) -> Iterator[Step]:
        self.planning.open_projects[link.id] = right_id
        if not link.right_id:
            name = self.right.projects[right_id].facts.name
            link = replace(link, right_id=right_id, synced_name=name, member_ids=frozenset(), found_ids=frozenset())
            yield _adopt(link)
        yield from self._name(link, self.left.projects[link.left_id], self.right.projects[right_id])
        yield from self._add_members(link)
        yield from self._remove_members(link)

    # --- Names --------------------------------------------------------------------------------------------------------

    def _name(self, link: LinkedProject, left: Mirrored[ProjectFacts], right: Mirrored[ProjectFacts]) -> Iterator[Step]:
        """Names that were in step stay so; names that differ by choice do until somebody makes them equal."""
        ours, theirs = left.facts.name, right.facts.name
        if ours == theirs:
            if link.synced_name != ours:
                yield _note_name(link, ours)
        elif link.synced_name:
            yield from self._rename(link, ours, theirs)

    def _rename(self, link: LinkedProject, left: str, right: str) -> Iterator[Step]:
        verdict = settle(link.synced_name, left, right)
        if verdict is Verdict.CONFLICT:
            verdict = self.planning.gate.ask(_name_question(link, left, right))
        if verdict is Verdict.LEFT:
            yield from self._rename_there("right", self.right, link, right, left)
        elif verdict is Verdict.RIGHT:
            yield from self._rename_there("left", self.left, link, left, right)

    def _rename_there(self, side: str, there: Side, link: LinkedProject, before: str, name: str) -> Iterator[Step]:
        if there.parts.project.rename is None:
            self.planning.leave_out(reasons.cannot(there.label, "rename projects"), link.id, link.id)
            return
        yield Step(
            kind=StepKind.RENAME_PROJECT,
            side=side,
            title=f"Rename the project “{before}” to “{name}” in {there.label}",
            link=link.id,
            left_id=link.left_id,
            right_id=link.right_id,
            name=name,
            values={"synced_name": name},
            before={"name": before},
            after={"name": name},
        )

    # --- People -------------------------------------------------------------------------------------------------------

    def _is_active(self, person: str) -> bool:
        known = self.right.people.get(person)
        return known is not None and known.facts.is_active

    def _add_members(self, link: LinkedProject) -> Iterator[Step]:
        missing = tuple(person for person in self.members if person not in link.member_ids | link.found_ids)
        if missing and self.right.parts.project.add_members is not None:
            yield self._change_members(StepKind.ADD_MEMBERS, f"Add {_people(missing)} to the project “{link.name}”", link, missing)

    def _remove_members(self, link: LinkedProject) -> Iterator[Step]:
        """Only people whom we added, and who are still there, and connected no more."""
        leaving = tuple(sorted(filter(self._is_active, link.member_ids - self.connected)))
        if not leaving:
            return
        if self.right.parts.project.remove_members is None:
            self.planning.leave_out(reasons.cannot(self.right.label, "take people out of projects"), link.id, link.id)
            return
        yield self._change_members(StepKind.REMOVE_MEMBERS, f"Take {_people(leaving)} out of the project “{link.name}”", link, leaving)

    def _change_members(self, kind: StepKind, title: str, link: LinkedProject, people: tuple[str, ...]) -> Step:
        key = "people added" if kind is StepKind.ADD_MEMBERS else "people taken out"
        return Step(
            kind=kind,
            side="right",
            title=title,
            link=link.id,
            left_id=link.left_id,
            right_id=link.right_id,
            member_ids=people,
            after={key: self._names(people)},
        )

    def _names(self, people: tuple[str, ...]) -> list[str]:
        return [self.right.people[person].facts.name for person in people]


def _adopt(link: LinkedProject) -> Step:
    return Step(
        kind=StepKind.ADOPT_PROJECT,
        side="right",
        title=f"Take up the project “{link.synced_name}”, which was made for this one before",
        link=link.id,
        left_id=link.left_id,
        right_id=link.right_id,
        name=link.synced_name,
        values={"synced_name": link.synced_name},
        after={"project": link.synced_name},
    )


def _note_name(link: LinkedProject, name: str) -> Step:
    return Step(
        kind=StepKind.NOTE_PROJECT,
        side="right",
        title=f"Both projects are named “{name}”",
        link=link.id,
        left_id=link.left_id,
        right_id=link.right_id,
        name=name,
        values={"synced_name": name},
        before={"name": link.synced_name},
        after={"name": name},
    )


def _name_question(link: LinkedProject, left: str, right: str) -> Held:
    title = f"The project “{link.synced_name}” was renamed on both sides"
    return question("name", kind=StepKind.RENAME_PROJECT, subject=link.left_id, link=link.id, title=title, left=left, right=right)


def _people(people: tuple[str, ...]) -> str:
    return "1 person" if len(people) == 1 else f"{len(people)} people"
