"""Every action of every provider: through its form, a run, a Celery task and real HTTP to the result; and refused where it has to be.

Nothing here names a provider. One that is added says beside its recordings how it is signed in to and who plays it:
`tests/providers/wishes.py`.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from html import escape
from typing import Any

import openpyxl
import pytest
from django.urls import reverse

from integrations.catalogue import Kind, Text
from integrations.operations.models import Run
from integrations.providers import all_providers
from portal.organizations.scope import scope
from tests.actions.stage import Stage, staged
from tests.actions.trial import Trial, misfit, refused_over_there, send, try_everything
from tests.conftest import committing
from tests.live.services import Process, Services
from tests.providers.folder import paperclock

PROVIDERS = {**all_providers(), paperclock.provider.name: paperclock.provider}
OPERATIONS = {f"{provider.name}.{each.name}": each for provider in PROVIDERS.values() for each in provider.operations}
WRITES = [name for name, each in OPERATIONS.items() if each.kind in {Kind.CREATE, Kind.UPDATE, Kind.DELETE}]
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIVE_MEGABYTES = "🙂" * (5 * 1024 * 1024 // 4)

pytestmark = pytest.mark.worker

every_action = pytest.mark.parametrize("name", OPERATIONS)
every_write = pytest.mark.parametrize("name", WRITES)


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any, services: Services, beat: Process, sandbox: str) -> Iterator[Stage]:
    with committing(django_db_blocker), staged(services, sandbox) as stage:
        yield stage


@pytest.fixture(scope="module")
def tried(stage: Stage) -> dict[str, Trial]:
    stage.forget()
    return try_everything(stage)


@pytest.fixture(scope="module")
def refused(stage: Stage, tried: dict[str, Trial]) -> dict[str, Trial]:
    """Every write with something that only the provider can know to be wrong."""
    trials = {name: refused_over_there(tried[name]) for name in WRITES}
    stage.forget()
    send(trials.values())
    return trials


class TestAction:
    @every_action
    def test_it_runs_from_its_form_to_its_result(self, tried: dict[str, Trial], name: str) -> None:
        trial = tried[name]
        run, page = trial.run, trial.page
        assert (run.state, run.message) == (Run.State.DONE, "")
        assert trial.was_heard, f"{run.declaration.method} {run.declaration.path} was never asked"
        assert [shown for shown in _result(trial, run) if shown not in page] == []
        _asks_what_was_given(trial, run)
        _opens(trial, run)
        _is_mirrored(trial, run, tried)

    @every_action
    def test_what_cannot_be_is_told_at_its_field_and_nothing_is_sent_or_lost(
        self, stage: Stage, tried: dict[str, Trial], name: str
    ) -> None:
        before = _runs(stage)
        wrong = misfit(OPERATIONS[name])
        trial = tried[name].with_inputs({**tried[name].inputs, **dict([wrong] if wrong else [])})
        if wrong is None:
            answer = stage.client.post(trial.address, {"anything": FIVE_MEGABYTES})
            assert 400 <= answer.status_code < 500
        else:
            answer = trial.send().answer
            page = answer.content.decode()
            assert answer.status_code == 422
            assert f'id="field-{wrong[0]}-error"' in page
            assert [words for words in _words(trial) if escape(words) not in page] == []
        assert _runs(stage) == before

    @every_write
    def test_what_only_the_provider_refuses_ends_in_its_words(self, refused: dict[str, Trial], name: str) -> None:
        trial = refused[name]
        run = trial.run
        assert run.state == Run.State.REFUSED
        assert trial.was_heard
        assert run.message.strip()
        assert escape(run.message.splitlines()[0]) in trial.page


# --- What the tests above stand on -------------------------------------------------------------------------------------


def _runs(stage: Stage) -> int:
    with scope(stage.organization.pk):
        return Run.objects.count()


def _words(trial: Trial) -> Iterator[str]:
    """The texts that a person typed."""
    for each in trial.operation.inputs:
        if isinstance(each, Text) and not each.many and trial.inputs.get(each.name):
            yield str(trial.inputs[each.name])


def _result(trial: Trial, run: Run) -> Iterator[str]:
    """What the page of the run has to hold: a table, a file, or a card with the record's title."""
    output: Any = run.output
    if trial.operation.kind is Kind.CALL:
        yield str(output["status"])
    elif isinstance(output, list):
        yield f"{len(output)} record"
        yield '<th scope="row">' if output else "The list is empty."
    elif trial.operation.download:
        yield f"Download {trial.operation.download.file_name}"
    elif trial.operation.kind is not Kind.DELETE and _remote_id(trial, output):
        yield escape(_title(trial, output))


def _asks_what_was_given(trial: Trial, run: Run) -> None:
    """The form changes nothing on the way: the call is that of the inputs. Of a change only what differs is sent; its texts stand there."""
    if trial.operation.kind is not Kind.UPDATE:
        workspace = trial.connection.workspace_id
        assert trial.operation.request(run.inputs, workspace) == trial.operation.request(trial.inputs, workspace)
    elif isinstance(run.output, dict) and _remote_id(trial, run.output):
        stands = trial.operation.standing(run.output)
        texts = [
            each.name for each in trial.operation.inputs if isinstance(each, Text) and each.name in stands and each.name in trial.inputs
        ]
        assert {name: stands[name] for name in texts} == {name: trial.inputs[name] for name in texts}


def _opens(trial: Trial, run: Run) -> None:
    """A file that was answered with is downloaded, and is what it says to be."""
    if download := trial.operation.download:
        place = {"organization": trial.stage.organization.slug, "run": run.pk}
        answer = trial.stage.client.get(reverse("operations:file", kwargs=place))
        content = answer.getvalue()
        assert answer.headers["Content-Type"].startswith(download.media_type)
        assert content
        if download.media_type == EXCEL:
            assert openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].max_row >= 1


def _is_mirrored(trial: Trial, run: Run, tried: dict[str, Trial]) -> None:
    """What was written or deleted stands so in the mirror, at once."""
    subject = trial.operation.subject(run.inputs)
    if trial.operation.kind is Kind.DELETE and subject:
        gone = trial.stage.record(trial.counterpart, subject.entity, str(run.inputs[subject.name]))
        assert gone
        assert gone.removed_at is not None
    if trial.operation.kind in {Kind.CREATE, Kind.UPDATE} and (remote_id := _remote_id(trial, run.output)):
        written = trial.stage.record(trial.counterpart, trial.operation.entity, remote_id)
        assert written
        assert written.removed_at is None
        assert written.title in _titles(tried, trial.operation.entity, remote_id), "as this run left it, or a later one"


def _titles(tried: dict[str, Trial], entity: str, remote_id: str) -> Iterator[str]:
    """What the runs called a record."""
    for trial in tried.values():
        if trial.operation.entity == entity and trial.was_taken and _remote_id(trial, trial.run.output) == remote_id:
            yield _title(trial, trial.run.output)


def _title(trial: Trial, data: Any) -> str:
    entity = trial.counterpart.provider.entity(trial.operation.entity)
    return str(entity.promoted(data)["title"])


def _remote_id(trial: Trial, output: Any) -> str:
    """The id of the record that was answered with; empty where the answer is none."""
    try:
        return trial.counterpart.provider.entity(trial.operation.entity).id_of(output) if isinstance(output, dict) else ""
    except KeyError:
        return ""
