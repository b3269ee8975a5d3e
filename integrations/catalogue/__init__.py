"""The words in which a provider is declared. Plain Python: no Django, no HTTP, no Celery."""

from integrations.catalogue.entities import Collect, Column, Entity, Reading, Window
from integrations.catalogue.fields import (
    Date,
    Field,
    Flag,
    Group,
    Hours,
    InvalidInput,
    Moment,
    Money,
    Number,
    OneOf,
    Pick,
    Place,
    Rows,
    ShownWhen,
    Text,
)
from integrations.catalogue.operations import CursorPaging, Kind, Operation, Request, SideLoad, WholeList
from integrations.catalogue.parts import (
    Members,
    Parts,
    PersonFacts,
    PersonPart,
    ProjectDraft,
    ProjectFacts,
    ProjectPart,
    TaskDraft,
    TaskFacts,
    TaskPart,
    TimeDraft,
    TimeFacts,
    TimePart,
    Write,
)
from integrations.catalogue.provider import (
    Account,
    Address,
    ApiKey,
    Fault,
    FaultKind,
    Identity,
    OAuth,
    PersonalToken,
    Provider,
    RateLimit,
    SignIn,
    Watch,
    Workspace,
)

__all__ = [
    "Account", "Address", "ApiKey", "Collect", "Column", "CursorPaging", "Date", "Entity", "Fault", "FaultKind", "Field", "Flag", "Group",
    "Hours", "Identity", "InvalidInput", "Kind", "Members", "Moment", "Money", "Number", "OAuth", "OneOf", "Operation", "Parts",
    "PersonFacts",
    "PersonPart", "PersonalToken", "Pick", "Place", "ProjectDraft", "ProjectFacts", "ProjectPart", "Provider", "RateLimit", "Reading",
    "Request", "Rows", "ShownWhen", "SideLoad", "SignIn", "TaskDraft", "TaskFacts", "TaskPart", "Text", "TimeDraft", "TimeFacts",
    "TimePart", "Watch",
    "WholeList", "Window", "Workspace", "Write",
]  # fmt: skip
