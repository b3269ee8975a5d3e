"""Paperclock: a small tracker, invented for the worked example in docs/adding-a-provider.md."""

from integrations.catalogue import Account, Address, ApiKey, Identity, Provider, RateLimit, Workspace
from tests.providers.folder.paperclock.entities import ENTITIES
from tests.providers.folder.paperclock.faults import read_fault
from tests.providers.folder.paperclock.operations import OPERATIONS
from tests.providers.folder.paperclock.parts import PARTS
from tests.providers.folder.paperclock.watches import HOOKS, WATCHES

provider = Provider(
    name="paperclock",
    label="Paperclock",
    website="https://paperclock.example",
    workspace_word="office",
    address=Address("PAPERCLOCK_API_URL", "https://api.paperclock.example/v1"),
    sign_ins=(ApiKey(name="api_key", label="API key", help="Paperclock shows it under Profile, Keys.", header="x-paper-key"),),
    identity=Identity(
        account_operation="get_me",
        account=lambda me: Account(id=me["id"], name=me["name"], email=me["mail"]),
        workspaces_operation="list_offices",
        workspaces=lambda found: [Workspace(id=office["id"], name=office["name"]) for office in found],
    ),
    limit=RateLimit(calls=60, seconds=60, per="connection"),
    read_fault=read_fault,
    entities=ENTITIES,
    operations=OPERATIONS,
    parts=PARTS,
    watches=WATCHES,
    hooks=HOOKS,
    secret_keys=frozenset({"paperKey"}),
)
