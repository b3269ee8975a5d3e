"""Hubstaff, API v2: https://developer.hubstaff.com/docs/hubstaff_v2"""

from integrations.catalogue import Account, Address, Identity, OAuth, PersonalToken, Provider, RateLimit, Workspace
from integrations.providers.hubstaff.differences import KNOWN_DIFFERENCES
from integrations.providers.hubstaff.entities import ENTITIES
from integrations.providers.hubstaff.faults import read_fault
from integrations.providers.hubstaff.hooks import HOOKS
from integrations.providers.hubstaff.operations import OPERATIONS
from integrations.providers.hubstaff.parts import PARTS
from integrations.providers.hubstaff.watches import WATCHES

ISSUER = Address("HUBSTAFF_ACCOUNT_URL", "https://account.hubstaff.com")

provider = Provider(
    name="hubstaff",
    label="Hubstaff",
    website="https://hubstaff.com",
    workspace_word="organization",
    address=Address("HUBSTAFF_API_URL", "https://api.hubstaff.com"),
    sign_ins=(
        OAuth(
            name="oauth",
            label="Sign in with Hubstaff",
            help="You are taken to Hubstaff to allow the connection, and back.",
            issuer=ISSUER,
            client_id_variable="HUBSTAFF_CLIENT_ID",
            client_secret_variable="HUBSTAFF_CLIENT_SECRET",
            scopes=("openid", "profile", "email", "hubstaff:read", "hubstaff:write"),
            proof_scopes=("openid", "profile", "email", "hubstaff:read"),
        ),
        PersonalToken(
            name="personal_token",
            label="Personal access token",
            help="Make one at developer.hubstaff.com under Personal access tokens. It lives for 90 days.",
            issuer=ISSUER,
        ),
    ),
    identity=Identity(
        account_operation="get_current_user",
        account=lambda user: Account(id=str(user["id"]), name=user["name"], email=user.get("email", "")),
        workspaces_operation="list_organizations",
        workspaces=lambda found: [Workspace(id=str(each["id"]), name=each["name"]) for each in found],
    ),
    # One OAuth application is one bucket, for all tenants of the portal together.
    limit=RateLimit(calls=1000, seconds=3600, per="application"),
    read_fault=read_fault,
    entities=ENTITIES,
    operations=OPERATIONS,
    parts=PARTS,
    watches=WATCHES,
    hooks=HOOKS,
    secret_keys=frozenset({"ip_address", "invite_url", "target_url"}),
    known_differences=KNOWN_DIFFERENCES,
    is_destination=True,
)
