"""What every provider keeps, also one that is added later: nothing here names any.

A provider brings a recorded record of each of its entities in `recordings/<provider>/`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.catalogue import (
    ApiKey,
    ClientDraft,
    Entity,
    FaultKind,
    InvalidInput,
    Kind,
    Members,
    OAuth,
    Operation,
    Parts,
    PersonalToken,
    ProjectDraft,
    Provider,
    RawCall,
    TaskDraft,
    TimeDraft,
    Write,
)
from integrations.catalogue.check import check
from integrations.connections import tokens
from integrations.providers import all_providers
from integrations.records.staging import PROMOTED, row_of
from tests.providers.examples import WORKSPACE, input_sets, least_inputs, recording
from tests.providers.folder import paperclock

PROVIDERS = {**all_providers(), paperclock.provider.name: paperclock.provider}
OPERATIONS = [(provider, operation) for provider in PROVIDERS.values() for operation in provider.callable_by_name.values()]
ENTITIES = [(provider, entity) for provider in PROVIDERS.values() for entity in provider.entities]
LISTED = [(provider, entity) for provider, entity in ENTITIES if entity.collect]
BY_DAYS = [(provider, entity) for provider, entity in LISTED if entity.collect and entity.collect.window]
WITH_PARTS = {name: provider for name, provider in PROVIDERS.items() if provider.parts}
PART_NAMES = ("person", "project", "task", "time")
LARGEST_RECORDING = 20_000

every_provider = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
every_operation = pytest.mark.parametrize(("provider", "operation"), OPERATIONS, ids=lambda value: value.name)
every_entity = pytest.mark.parametrize(("provider", "entity"), ENTITIES, ids=lambda value: value.name)
every_listed_entity = pytest.mark.parametrize(("provider", "entity"), LISTED, ids=lambda value: value.name)
every_provider_with_parts = pytest.mark.parametrize("provider", WITH_PARTS.values(), ids=WITH_PARTS)


@every_provider
class TestDeclaration:
    def test_it_agrees_with_itself(self, provider: Provider) -> None:
        check(provider)

    def test_it_says_who_the_provider_is(self, provider: Provider) -> None:
        assert PROVIDERS[provider.name] is provider
        assert provider.label
        assert provider.workspace_word
        assert urlsplit(provider.website).scheme == "https"

    def test_its_address_is_safe_and_can_be_set_by_the_operator(self, provider: Provider) -> None:
        assert urlsplit(provider.address.default).scheme == "https"
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", provider.address.variable)

    def test_its_limit_counts_calls_for_the_application_or_for_a_connection(self, provider: Provider) -> None:
        assert provider.limit.calls > 0
        assert provider.limit.seconds > 0
        assert provider.limit.per in {"application", "connection"}

    def test_every_sign_in_is_of_a_kind_that_signs_calls(self, provider: Provider) -> None:
        for sign_in in provider.sign_ins:
            assert sign_in.label
            assert tokens.authorize.dispatch(type(sign_in)) is not tokens.authorize.dispatch(object)
            if isinstance(sign_in, ApiKey | PersonalToken):
                assert tokens.secrets_from(sign_in, "secret")

    def test_every_sign_in_names_where_it_leads(self, provider: Provider) -> None:
        for sign_in in provider.sign_ins:
            if isinstance(sign_in, ApiKey):
                assert re.fullmatch(r"[A-Za-z0-9-]+", sign_in.header)
            if isinstance(sign_in, OAuth | PersonalToken):
                assert urlsplit(sign_in.issuer.default).scheme == "https"
                assert sign_in.discovery.startswith("/")
            if isinstance(sign_in, OAuth):
                assert sign_in.client_id_variable.isupper()
                assert sign_in.client_secret_variable.isupper()
                assert "openid" in sign_in.scopes

    def test_who_signed_in_is_asked_before_any_workspace_is_known(self, provider: Provider) -> None:
        identity = provider.identity
        for name in (identity.account_operation, identity.workspaces_operation):
            operation = provider.operation(name)
            assert operation.kind.reads
            assert operation.request({}).method == "GET"


@every_operation
class TestOperation:
    def test_it_becomes_a_call_from_examples_of_its_inputs(self, provider: Provider, operation: Operation) -> None:
        for inputs in input_sets(operation):
            request = operation.request(inputs, WORKSPACE)
            assert request.path.startswith("/")
            assert not set("{}? #") & set(request.path)
            assert isinstance(operation, RawCall) or request.path.count("/") == operation.path.count("/")
            assert all(isinstance(value, str) and value for value in [*request.query.values(), *request.headers.values()])
            assert all(value.isascii() and value.isprintable() for value in request.headers.values())
            orjson.dumps(request.body)

    def test_what_it_needs_is_asked_for_all_at_once(self, provider: Provider, operation: Operation) -> None:
        required = {field.name for field in operation.inputs if field.required and field.default is None and not field.shown_when}
        if not required:
            operation.request({}, WORKSPACE)
            return
        with pytest.raises(InvalidInput) as caught:
            operation.request({})
        assert required == set(caught.value.errors)

    def test_what_writes_is_not_sent_as_a_reading(self, provider: Provider, operation: Operation) -> None:
        assert operation.kind.reads or operation.method != "GET"
        assert operation.method != "GET" or operation.request(input_sets(operation)[0], WORKSPACE).body is None

    def test_every_field_tells_a_person_what_it_is(self, provider: Provider, operation: Operation) -> None:
        assert operation.label
        assert all(field.label for field in operation.inputs)


@every_entity
class TestEntity:
    def test_a_recorded_record_has_an_identity_and_a_title(self, provider: Provider, entity: Entity) -> None:
        data = recording(provider, entity)
        assert entity.id_of(data)
        assert str(entity.promoted(data)["title"]).strip()

    def test_a_recorded_record_fills_every_declared_column_of_the_mirror(self, provider: Provider, entity: Entity) -> None:
        data = recording(provider, entity)
        row = row_of(entity, data)
        values = dict(zip(PROMOTED, row.promoted, strict=True))
        empty = {name for name in PROMOTED if getattr(entity, name) is not None and values[name] in (None, "")}
        assert empty == set()
        assert values["moment"] is None or isinstance(values["moment"], datetime)
        assert values["amount"] is None or isinstance(values["amount"], float)
        assert orjson.loads(row.data) == data

    def test_a_record_without_an_id_is_none(self, provider: Provider, entity: Entity) -> None:
        with pytest.raises((KeyError, TypeError)):
            entity.id_of({})

    def test_a_recorded_record_is_not_gone(self, provider: Provider, entity: Entity) -> None:
        assert not (entity.is_gone and entity.is_gone(recording(provider, entity)))

    def test_a_recording_is_small_and_holds_no_secret(self, provider: Provider, entity: Entity) -> None:
        text = json.dumps(recording(provider, entity))
        assert len(text) < LARGEST_RECORDING
        assert not [name for name in provider.secret_keys if f'"{name}"' in text]

    def test_it_has_words_for_one_and_for_many(self, provider: Provider, entity: Entity) -> None:
        assert entity.label
        assert entity.plural
        assert all(column.label for column in entity.columns)


@every_listed_entity
class TestCollecting:
    def test_its_list_can_be_asked_for_with_nothing_but_what_is_declared(self, provider: Provider, entity: Entity) -> None:
        for inputs in _inputs_of_a_walk(provider, entity):
            request = provider.operation(_how(entity).operation).request(inputs, WORKSPACE)
            assert request.method
            assert request.body is None or request.method != "GET"

    def test_its_list_belongs_to_it(self, provider: Provider, entity: Entity) -> None:
        assert provider.operation(_how(entity).operation).entity == entity.name


@pytest.mark.parametrize(("provider", "entity"), BY_DAYS, ids=lambda value: value.name)
def test_a_window_takes_any_days_up_to_the_longest(provider: Provider, entity: Entity) -> None:
    window = _how(entity).window
    operation = provider.operation(_how(entity).operation)
    today = datetime.now(UTC).date()
    assert entity.moment, "what was removed is told apart from what lies outside of the days by its moment"
    for first in (today - timedelta(days=window.longest - 1), today - timedelta(days=6), today):
        calls = window.inputs(first, today)
        assert calls
        assert all(operation.request({**least_inputs(operation.inputs), **inputs}, WORKSPACE) for inputs in calls)


@every_provider_with_parts
class TestParts:
    def test_facts_are_read_from_recorded_records(self, provider: Provider) -> None:
        for name in PART_NAMES:
            part = getattr(_parts(provider), name)
            entity = provider.entity(part.entity)
            data = recording(provider, entity)
            assert part.read(data).id == entity.id_of(data)
            assert entity.collect

    def test_facts_say_what_the_promoted_columns_say(self, provider: Provider) -> None:
        parts = _parts(provider)
        task = recording(provider, provider.entity(parts.task.entity))
        promoted = provider.entity(parts.task.entity).promoted(task)
        assert parts.task.read(task).name == promoted["title"]
        assert parts.task.read(task).project_id == str(promoted["parent"])
        time = recording(provider, provider.entity(parts.time.entity))
        assert parts.time.read(time).seconds > 0
        assert parts.time.read(time).person_id == str(provider.entity(parts.time.entity).promoted(time)["person"])

    def test_facts_are_active_and_named(self, provider: Provider) -> None:
        parts = _parts(provider)
        person = parts.person.read(recording(provider, provider.entity(parts.person.entity)))
        project = parts.project.read(recording(provider, provider.entity(parts.project.entity)))
        assert person.is_active
        assert "@" in person.email
        assert person.name
        assert project.is_active
        assert project.name

    def test_a_person_who_has_just_signed_in_is_recognised(self, provider: Provider) -> None:
        part = _parts(provider).person
        if part.me is not None:
            person = recording(provider, provider.entity(part.entity))
            answer = person.get("user") or person  # a member is a user together with their role
            assert part.me.read(answer) == part.read(person).id

    def test_clients_are_read_and_named(self, provider: Provider) -> None:
        part = _parts(provider).client
        if part is not None:
            data = recording(provider, provider.entity(part.entity))
            facts = part.read(data)
            assert facts.id == provider.entity(part.entity).id_of(data)
            assert facts.name
            assert facts.is_active

    def test_native_links_lead_to_projects_and_people(self, provider: Provider) -> None:
        native = _parts(provider).native
        if native is not None:
            for name, reading, column in ((native.projects, native.read_project, "parent"), (native.people, native.read_person, "person")):
                entity = provider.entity(name)
                data = recording(provider, entity)
                assert reading(data).subject_id == str(entity.promoted(data)[column])
                assert all((reading(data).tool, reading(data).remote_id, reading(data).status))

    def test_an_edit_of_tracked_time_says_which_days_it_touches(self, provider: Provider) -> None:
        edits = _parts(provider).time.edits
        if edits is not None:
            first, last = edits.days(recording(provider, provider.entity(edits.entity)))
            assert date(2000, 1, 1) < first <= last

    def test_time_with_a_start_ends_when_it_is_over(self, provider: Provider) -> None:
        part = _parts(provider).time
        facts = part.read(recording(provider, provider.entity(part.entity)))
        if facts.start and facts.end:
            assert facts.end - facts.start >= timedelta(seconds=facts.seconds)

    def test_updates_are_asked_for_in_calls_that_follow_one_another(self, provider: Provider) -> None:
        until = datetime(2026, 11, 2, 9, 30, 15, tzinfo=UTC)
        for entity in provider.entities:
            if entity.collect and (updates := entity.collect.updates):
                operation = provider.operation(updates.operation)
                for since in (until - updates.late, until - timedelta(days=7), until - updates.back):
                    calls = updates.inputs(since, until)
                    assert calls
                    assert all(operation.request({**least_inputs(operation.inputs), **inputs}, WORKSPACE) for inputs in calls)

    def test_every_write_gives_inputs_that_its_operation_takes(self, provider: Provider) -> None:
        for verb, write, draft in writes(provider):
            inputs = json.loads(json.dumps(write.inputs(draft)))
            assert provider.operation(write.operation).request(inputs, WORKSPACE), verb

    def test_every_write_is_an_operation_of_its_kind_on_its_entity(self, provider: Provider) -> None:
        for name, write, draft in writes(provider):
            part, verb = name.split(".")
            operation = provider.operation(write.operation)
            subject = operation.subject(write.inputs(draft))
            assert operation.kind is {"create": Kind.CREATE, "delete": Kind.DELETE}.get(verb, Kind.UPDATE)
            assert getattr(_parts(provider), part).entity == (operation.entity if subject is None or verb == "create" else subject.entity)

    def test_a_mark_that_is_written_can_be_read(self, provider: Provider) -> None:
        """Where a provider keeps marks on records, a draft's mark is among the inputs."""
        parts = _parts(provider)
        for write, draft in ((parts.project.create, ProjectDraft(name="New", mark="here/7")), (parts.task.create, _task_draft(provider))):
            if write is not None and _keeps_marks(provider):
                assert "here/7" in json.dumps(write.inputs(draft))  # type: ignore[arg-type]


@every_provider
class TestFaults:
    @pytest.mark.parametrize("answer", [None, "", "words", {}, {"error": "words"}, {"message": None}, [], 5])
    @pytest.mark.parametrize(
        ("status", "kinds"),
        [
            (400, {FaultKind.REFUSED}),
            (401, {FaultKind.SIGNED_OUT}),
            (403, {FaultKind.FORBIDDEN}),
            (404, {FaultKind.NOT_FOUND}),
            (422, {FaultKind.REFUSED}),
            (429, {FaultKind.THROTTLED}),
            (500, {FaultKind.DOWN}),
            (502, {FaultKind.DOWN}),
            (503, {FaultKind.DOWN, FaultKind.THROTTLED}),
            (504, {FaultKind.DOWN}),
        ],
    )
    def test_a_status_means_what_it_means_everywhere(self, provider: Provider, status: int, kinds: set[FaultKind], answer: Any) -> None:
        fault = provider.read_fault(status, httpx.Headers(), answer)
        assert fault.kind in kinds
        assert fault.message.strip()

    def test_how_long_to_wait_is_told(self, provider: Provider) -> None:
        assert provider.read_fault(429, httpx.Headers({"Retry-After": "7"}), None).retry_after == 7
        assert provider.read_fault(400, httpx.Headers(), None).retry_after is None

    @pytest.mark.parametrize("header", ["", "soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", "²"])
    def test_a_wait_that_is_no_number_of_seconds_is_not_believed(self, provider: Provider, header: str) -> None:
        wait = provider.read_fault(429, {"retry-after": header}, None).retry_after
        assert wait is None or 0 <= wait <= 3600


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["error", "message", "code", "title"]), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None, derandomize="CI" in os.environ)
@given(st.sampled_from(sorted(PROVIDERS)), st.integers(400, 599), anything)
def test_no_answer_is_too_odd_to_be_read_as_a_fault(name: str, status: int, answer: Any) -> None:
    fault = PROVIDERS[name].read_fault(status, httpx.Headers(), answer)
    assert isinstance(fault.kind, FaultKind)
    assert isinstance(fault.message, str)


# --- What the tests above stand on -------------------------------------------------------------------------------------


def _how(entity: Entity) -> Any:
    assert entity.collect
    return entity.collect


def _inputs_of_a_walk(provider: Provider, entity: Entity) -> list[dict[str, Any]]:
    how = _how(entity)
    inputs = dict(how.inputs)
    if how.each:
        parent = provider.entity(how.each)
        inputs[how.each_as] = parent.id_of(recording(provider, parent))
    today = date.today()
    return [{**inputs, **days} for days in how.window.inputs(today - timedelta(days=6), today)] if how.window else [inputs]


def _parts(provider: Provider) -> Parts:
    assert provider.parts
    return provider.parts


def _keeps_marks(provider: Provider) -> bool:
    return any(field.name == "metadata" for operation in provider.operations for field in operation.inputs)


def _task_draft(provider: Provider) -> TaskDraft:
    """Another name for the recorded task, in the recorded project, for the recorded person."""
    parts = _parts(provider)
    person, project, task = (recording(provider, provider.entity(getattr(parts, name).entity)) for name in ("person", "project", "task"))
    return TaskDraft(
        project=project,
        name=f"{parts.task.read(task).name} 🙂",
        is_completed=True,
        assignee_ids=(parts.person.read(person).id,),
        mark="here/7",
        record=task,
    )


def writes(provider: Provider) -> Iterator[tuple[str, Write[Any], Any]]:
    """Every declared write with a draft made from facts, for somebody who has a part in it and for nobody."""
    parts = _parts(provider)
    person, project, task, time = (recording(provider, provider.entity(getattr(parts, name).entity)) for name in PART_NAMES)
    person_id = parts.person.read(person).id
    start = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)
    tasks = [_task_draft(provider), TaskDraft(project=project, name="Nobody's", record=task)]
    times = [
        TimeDraft(project, task, person_id, "Draw", start, start + timedelta(seconds=90), "Europe/Berlin", record=time),
        TimeDraft(project, task, person_id, "Draw", start, start + timedelta(hours=9), billable=False, record=time),
        *([TimeDraft(project, {}, person_id, "Draw", start, start + timedelta(hours=9), record=time)] if parts.time.task_optional else []),
    ]
    client = recording(provider, provider.entity(parts.client.entity)) if parts.client else {}
    new = [ProjectDraft("New", client=client), ProjectDraft("New 🙂", False, "Words", (person_id,), "here/7", client)]
    drafts: dict[tuple[str, str], list[Any]] = {
        ("client", "create"): [ClientDraft("New 🙂")],
        ("project", "create"): new,
        **{("project", verb): [ProjectDraft("Renamed 🙂", record=project)] for verb in ("rename", "archive")},
        **{("project", verb): [Members(project, (person_id,))] for verb in ("add_members", "remove_members")},
        **{("task", verb): tasks for verb in ("create", "update", "complete", "delete")},
        **{("time", verb): times for verb in ("create", "update", "delete")},
    }
    for name, part in vars(parts).items():
        for verb, write in vars(part).items() if part else ():
            if isinstance(write, Write):
                yield from ((f"{name}.{verb}", write, draft) for draft in drafts[name, verb])
