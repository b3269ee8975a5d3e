"""What a person fills in to connect: one small form for each way to sign in."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.http import QueryDict

from integrations.catalogue import ApiKey, OAuth, PersonalToken, Provider, SignIn
from integrations.connections.issuers import offered_sign_ins
from integrations.connections.models import Connection, OwnApplication

NAME = Connection._meta.get_field("name").max_length
CLIENT_ID = OwnApplication._meta.get_field("client_id").max_length
LONGEST_SECRET = 4000
COPIED = {"autocomplete": "off", "spellcheck": "false"}


class NameForm(forms.Form):
    name = forms.CharField(label="Name", max_length=NAME, help_text="How it is called in Timebridge.")


class SecretForm(forms.Form):
    """A token or key, which is never shown again."""

    secret = forms.CharField(
        max_length=LONGEST_SECRET,
        widget=forms.PasswordInput(attrs=COPIED),
        error_messages={"required": "Paste it here."},
    )

    def clean_secret(self) -> str:
        return _copied_well(self.cleaned_data["secret"])


class ApplicationSecretForm(SecretForm):
    """The secret of an application that is known already."""

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.fields["secret"].label = "Client secret"


class ApplicationForm(ApplicationSecretForm):
    client_id = forms.CharField(label="Client ID", max_length=CLIENT_ID, widget=forms.TextInput(attrs=COPIED))
    field_order = ("client_id", "secret")

    def clean_client_id(self) -> str:
        return _copied_well(self.cleaned_data["client_id"])


class NewSecretForm(NameForm, SecretForm):
    field_order = ("name", "secret")


class WorkspaceForm(forms.Form):
    workspace = forms.ChoiceField(widget=forms.RadioSelect, error_messages={"required": "Choose one."})

    def __init__(self, connection: Connection, data: QueryDict | None = None) -> None:
        super().__init__(data)
        field = self.fields["workspace"]
        assert isinstance(field, forms.ChoiceField)
        field.label = f"Which {connection.declaration.workspace_word}?"
        field.choices = [(each["id"], each["name"]) for each in connection.workspaces]


@dataclass
class Way:
    """A way to sign in, with its form."""

    sign_in: SignIn
    form: forms.Form

    @property
    def takes_secret(self) -> bool:
        return isinstance(self.sign_in, ApiKey | PersonalToken)

    @property
    def oauth(self) -> OAuth | None:
        return self.sign_in if isinstance(self.sign_in, OAuth) else None

    @property
    def is_sent(self) -> bool:
        return self.form.is_bound


def ways_in(provider: Provider, sent: QueryDict | None = None, name: str = "") -> list[Way]:
    """The ways in that are offered here, the one that was sent with its data. Without a name it is an existing connection that signs in."""
    return [_way(sign_in, sent, name) for sign_in in offered_sign_ins(provider)]


def _way(sign_in: SignIn, sent: QueryDict | None, name: str) -> Way:
    data = sent if sent is not None and sent.get("sign_in") == sign_in.name else None
    form = _form_class(isinstance(sign_in, OAuth), bool(name))(data, auto_id=f"{sign_in.name}_%s", initial={"name": name})
    if "secret" in form.fields:
        form.fields["secret"].label = sign_in.label
        form.fields["secret"].help_text = sign_in.help
    return Way(sign_in, form)


def _copied_well(text: str) -> str:
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise forms.ValidationError("This holds a space or a sign that no token has. Copy it once more.")
    return text


def _form_class(oauth: bool, named: bool) -> type[forms.Form]:
    if named:
        return NameForm if oauth else NewSecretForm
    return forms.Form if oauth else SecretForm
