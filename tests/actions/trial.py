"""One operation, tried as a person does it: its page is opened, filled in and sent, and leads to a run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any
from urllib.parse import unquote, urlsplit

from django.urls import resolve, reverse

from integrations.catalogue import Date, Email, Field, Group, Kind, Number, OneOf, Operation, Pick, Rows, Version
from integrations.catalogue.fields import is_shown
from integrations.connections.models import Connection
from integrations.operations.models import Run
from tests.actions.filling import Sent, filled
from tests.actions.stage import Counterpart, Stage
from tests.operations.filling import Page
from tests.providers.choosing import Chooser, NothingToChoose, deepest_first

ORDER = (Kind.DELETE, Kind.UPDATE)  # they choose first: what they change, nobody else is given
ROUNDS = 2  # what is about a record that has to be made first is tried after that
NO_SUCH_NUMBER, NO_SUCH_ID = "999999999", "00000000-0000-4000-8000-000000000000"


@dataclass
class Trial:
    """What is given to an operation, and what the portal answered."""

    stage: Stage
    counterpart: Counterpart
    operation: Operation
    inputs: Mapping[str, Any] = field(default_factory=dict)
    by_guest: bool = False
    answer: Any = None  # the test client's response, once it was sent

    @property
    def name(self) -> str:
        return f"{self.counterpart.provider.name}.{self.operation.name}"

    @property
    def connection(self) -> Connection:
        guest = self.counterpart.guest if self.by_guest else None
        return guest or self.counterpart.connection

    @property
    def address(self) -> str:
        place = {"organization": self.stage.organization.slug, "connection": self.connection.pk}
        return reverse("operations:action", kwargs={**place, "operation": self.operation.name})

    def with_inputs(self, inputs: Mapping[str, Any]) -> Trial:
        """The same with other inputs, not sent yet."""
        return replace(self, inputs=inputs, answer=None)

    def send(self) -> Trial:
        """Opens the page of the record that it is about, fills it in and sends it; sends it once more where the portal asks first."""
        self.answer = self.stage.client.get(self.address, self._names_the_record)
        if self.answer.status_code == 200:
            self.answer = self.stage.client.post(self.address, filled(self._controls, self.operation.asked, self.inputs))
        if self.answer.status_code == 200:
            self.answer = self.stage.client.post(self.address, {**self._controls, "sure": "yes"})
        return self

    @property
    def was_taken(self) -> bool:
        """Whether the portal made a run of it."""
        return self.answer is not None and self.answer.status_code == 303

    @property
    def run_id(self) -> str:
        assert self.answer is not None, "the mirror has nothing to try it with"
        assert self.was_taken, f"{self.answer.status_code}: {' | '.join(errors_in(self.answer))}"
        return str(resolve(self.answer.headers["Location"]).kwargs["run"])

    @property
    def run(self) -> Run:
        return self.stage.run(self.run_id)

    @property
    def page(self) -> str:
        """The page of its run."""
        shown = self.stage.client.get(reverse("operations:run", kwargs={"organization": self.stage.organization.slug, "run": self.run_id}))
        assert shown.status_code == 200
        return shown.content.decode()

    @property
    def was_heard(self) -> bool:
        """Whether the provider was asked what the declaration makes of the run's inputs."""
        call = self.operation.request(self.run.inputs, self.connection.workspace_id)
        base = urlsplit(os.environ[self.counterpart.provider.address.variable]).path
        return (call.method, unquote(f"{base}{call.path}")) in self.counterpart.player.heard()

    @property
    def _controls(self) -> Sent:
        """What stands in the form that was answered with."""
        return Page(self.answer.content.decode(), "form").values

    @property
    def _names_the_record(self) -> dict[str, str]:
        """What a link from the record's page says: its id, and whatever that is asked under."""
        subject = self.operation.subject(self.inputs)
        if subject is None or subject.name not in self.inputs:
            return {}
        decides = {subject.shown_when.field: str(self.inputs[subject.shown_when.field])} if subject.shown_when else {}
        return {**decides, subject.name: str(self.inputs[subject.name])}


def errors_in(answer: Any) -> list[str]:
    """What a page says to be wrong, each with the id of its place."""
    found = re.findall(r'<ul class="errorlist" id="([^"]*)"><li>(.*?)</li>', answer.content.decode(), re.DOTALL)
    return [f"{place}: {unescape(words)}" for place, words in found]


def try_everything(stage: Stage) -> dict[str, Trial]:
    """Every operation of every provider, by its name; all are sent before the first is waited for."""
    tried: dict[str, Trial] = {}
    choosers = [(each, Chooser(each.provider, each.wishes)) for each in stage.counterparts.values()]
    for _ in range(ROUNDS):
        for counterpart, chooser in choosers:
            chooser.know(stage.records(counterpart))
            tried |= {each.name: each for each in _chosen(stage, counterpart, chooser, without=set(tried))}
        send(each for each in tried.values() if each.answer is None)
    untried = (Trial(stage, counterpart, operation) for counterpart, _ in choosers for operation in counterpart.provider.operations)
    return {**{each.name: each for each in untried}, **tried}


def send(trials: Iterable[Trial]) -> None:
    """Sends them all, and waits until the runs that they made have ended."""
    sent = [each.send() for each in trials]
    if sent:
        sent[0].stage.wait_for([each.run_id for each in sent if each.was_taken])


def _chosen(stage: Stage, counterpart: Counterpart, chooser: Chooser, without: set[str]) -> Iterator[Trial]:
    """What can be tried with the records that there are."""
    operations = sorted(counterpart.provider.operations, key=lambda each: ORDER.index(each.kind) if each.kind in ORDER else len(ORDER))
    for trial in (Trial(stage, counterpart, operation) for operation in operations):
        if trial.name not in without:
            with suppress(NothingToChoose):
                yield replace(trial, inputs=chooser.inputs(trial.operation))


# --- What is refused ---------------------------------------------------------------------------------------------------


def misfit(operation: Operation) -> tuple[str, Any] | None:
    """An input that the declaration itself refuses, and its name; None where nothing is asked that could be wrong."""
    beside = {each.name: each for each in operation.asked}
    for each in operation.asked:
        if is_shown(each, beside, {}) and (wrong := _wrong(each)) is not None:
            return each.name, wrong
    return None


def _wrong(declared: Field) -> Any:
    if isinstance(declared, Pick) and declared.workspace:
        return "no-such-workspace"
    if declared.required and declared.default is None and not isinstance(declared, Rows | Group):
        return [] if declared.many else ""
    if isinstance(declared, Number | OneOf | Date | Email) and not declared.many:
        return "zwölf 🙂"
    return None


def refused_over_there(trial: Trial) -> Trial:
    """The same with something that only the provider can know to be wrong: what is wished, an id that is none, or who asks."""
    operation, wish = trial.operation, trial.counterpart.wishes.of(trial.operation)
    wrong = wish.refused or _no_such(operation, trial.inputs)
    versions = {each.name: "0" for each in operation.inputs if isinstance(each, Version)}
    return replace(trial, inputs={**trial.inputs, **versions, **wrong}, by_guest=not wrong, answer=None)


def _no_such(operation: Operation, inputs: Mapping[str, Any]) -> dict[str, Any]:
    given = [each for each in deepest_first(operation.inputs) if each.name in inputs and not each.asked_only]
    pick = operation.subject(inputs) or next((each for each in given if isinstance(each, Pick)), None)
    wrong = NO_SUCH_NUMBER if pick and pick.number else NO_SUCH_ID
    return {pick.name: [wrong] if pick.many else wrong} if pick else {}
