"""timeghost: https://learn.microsoft.com/en-us/connectors/timeghost/ and https://support.timeghost.io"""

from integrations.catalogue import Account, Address, ApiKey, Identity, OAuth, Provider, RateLimit, Workspace
from integrations.providers.timeghost.differences import KNOWN_DIFFERENCES
from integrations.providers.timeghost.entities import ENTITIES
from integrations.providers.timeghost.faults import read_fault
from integrations.providers.timeghost.hooks import HOOKS
from integrations.providers.timeghost.operations import OPERATIONS
from integrations.providers.timeghost.parts import PARTS
from integrations.providers.timeghost.watches import WATCHES

provider = Provider(
    name="timeghost",
    label="timeghost",
    website="https://timeghost.io",
    workspace_word="workspace",
    address=Address("TIMEGHOST_API_URL", "https://timeghost-api.azurewebsites.net/api"),
    sign_ins=(
        ApiKey(
            name="api_key",
            label="API token",
            help="Make one in timeghost under Settings, API tokens. The connection may do what you may do there, so a workspace admin's is "
            "the best choice.",
            header="x-api-key",
        ),
        OAuth(
            name="microsoft",
            label="Sign in with Microsoft",
            help="With the work, school or personal account that you use for timeghost.",
            issuer=Address("MICROSOFT_LOGIN_URL", "https://login.microsoftonline.com"),
            discovery="/common/v2.0/.well-known/openid-configuration",
            client_id_variable="MICROSOFT_CLIENT_ID",
            client_secret_variable="MICROSOFT_CLIENT_SECRET",
            scopes=("openid", "profile", "email", "offline_access"),
            scopes_variable="MICROSOFT_SCOPES",
        ),
    ),
    identity=Identity(
        account_operation="get_current_user",
        account=lambda user: Account(
            id=user["id"], name=(user.get("officeProfile") or {}).get("displayName") or user.get("email", ""), email=user.get("email", "")
        ),
        workspaces_operation="get_current_user",
        workspaces=lambda user: [Workspace(id=each["id"], name=each["name"]) for each in user.get("workspaces") or []],
    ),
    limit=RateLimit(calls=100, seconds=60, per="connection"),
    read_fault=read_fault,
    entities=ENTITIES,
    operations=OPERATIONS,
    parts=PARTS,
    watches=WATCHES,
    hooks=HOOKS,
    known_differences=KNOWN_DIFFERENCES,
    secret_keys=frozenset({"apiTokens", "config"}),  # the config of a webhook: its address and credentials
    first_steps="Open timeghost once in Teams or on the web and accept its permissions, before you sign in here for the first time.",
)
