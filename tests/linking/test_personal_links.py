"""The personal link: from the mail through sign-in to the confirmation, and every way in which it does not lead there."""

from __future__ import annotations

import email
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.utils import timezone

from integrations.linking import invitations
from integrations.linking.disconnecting import disconnect, undo
from integrations.linking.doors import person_link_behind
from integrations.linking.models import Integration, LinkEvent, PersonalMail, PersonLink
from portal.accounts.models import User
from portal.organizations.doors import memberships_of
from portal.organizations.models import AuditEntry, Organization, hash_secret
from portal.organizations.scope import scope
from tests.conftest import make_organization
from tests.linking.mailbox import deliver, link_of, newest_link, path_in, text_of, work_on

pytestmark = pytest.mark.django_db
ADA = "ada@example.org"
State = PersonLink.State


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.work.claims.wake", lambda: None)


@pytest.fixture
def link(organization: Organization, integration: Integration, alice: User) -> str:
    """Where Ada's mail leads."""
    ask(organization, integration, alice)
    return newest_link(ADA)


@pytest.fixture
def ada() -> User:
    return verified("Ada Brandt", ADA)


def verified(name: str, address: str) -> User:
    user = User.objects.create(email=address, name=name)
    EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    return user


def ask(organization: Organization, integration: Integration, person: User) -> invitations.Notified:
    """Notifies Ada, and has the mail sent. That she was asked a moment ago does not count."""
    with scope(organization.id):
        PersonLink.objects.filter(invited_at__isnull=False).update(invited_at=timezone.now() - timedelta(hours=1))
        notified = invitations.notify(integration, ["u1"], person)
    deliver(organization)
    return notified


def browser_of(person: User | None) -> Client:
    client = Client()
    if person:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def events(organization: Organization) -> list[str]:
    with scope(organization.id):
        return list(LinkEvent.objects.order_by("created_at").values_list("what", flat=True))


# --- The mail ------------------------------------------------------------------------------------------------------------


def test_the_mail_says_who_asks_for_what_until_when(link: str, organization: Organization) -> None:
    [sent] = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    page = str(sent.alternatives[0][0])
    assert sent.to == [ADA] and sent.reply_to == ["alice@example.com"]
    assert sent.subject == "Northwind asks you to connect your account"
    until = link_of(organization).expires_at
    assert until
    for said in (str(sent.body), page):
        for words in ("Ada Brandt", "Alice", "Northwind", "timeghost", "Hubstaff", "Time that you track", f"{until:%-d %B %Y}", link):
            assert words in said
    assert "<" not in str(sent.body)


def test_a_mail_lies_in_a_real_mailbox_and_its_link_opens(
    organization: Organization, integration: Integration, alice: User, ada: User, settings: Any, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", str(tmp_path)
    ask(organization, integration, alice)
    [file] = tmp_path.iterdir()
    message = email.message_from_bytes(file.read_bytes())
    assert message["To"] == ADA
    assert {part.get_content_type() for part in message.walk()} >= {"text/plain", "text/html"}
    assert browser_of(ada).get(path_in(text_of(message))).status_code == 200


def test_only_the_hash_of_the_secret_is_kept(link: str, organization: Organization) -> None:
    secret = link.split("/")[2]
    assert link_of(organization).secret_hash == hash_secret(secret)
    with scope(organization.id):
        for model in (PersonLink, PersonalMail, LinkEvent, AuditEntry):
            assert secret not in str(list(model.objects.values()))


def test_a_mail_server_that_is_down_is_asked_again_and_one_mail_arrives(
    organization: Organization, integration: Integration, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Any) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMultiAlternatives.send", broken)
        ask(organization, integration, alice)
    with scope(organization.id):
        [waiting] = PersonalMail.objects.all()
        assert "keep trying" in waiting.problem and waiting.due_at and waiting.due_at > timezone.now()
    work_on(organization, waiting.pk)
    assert len(mail.outbox) == 1
    with scope(organization.id):
        sent = PersonalMail.objects.get()
    assert (sent.problem, sent.due_at, sent.sending_at) == ("", None, None) and sent.sent_at


def test_a_worker_that_dies_while_it_sends_leads_to_no_second_mail(link: str, organization: Organization) -> None:
    with scope(organization.id):
        PersonalMail.objects.update(sending_at=timezone.now(), sent_at=None, due_at=timezone.now())
    deliver(organization)
    assert len(mail.outbox) == 1
    with scope(organization.id):
        mail_row = PersonalMail.objects.get()
    assert "do not know whether" in mail_row.problem and mail_row.due_at is None
    assert Client().get(link).status_code == 200, "if it did arrive, its link counts"


def test_an_address_that_is_refused_is_said_and_not_tried_again(
    organization: Organization, integration: Integration, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from smtplib import SMTPRecipientsRefused

    def refused(self: Any) -> int:
        raise SMTPRecipientsRefused({ADA: (550, b"no such user")})

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refused)
    ask(organization, integration, alice)
    with scope(organization.id):
        row = PersonalMail.objects.get()
    assert "takes no mail for this address" in row.problem and row.due_at is None
    page = words(browser_of(alice).get(f"/o/northwind/integrations/{integration.pk}/people/"))
    assert "takes no mail for this address" in page


def test_a_message_that_comes_twice_sends_one_mail(organization: Organization, integration: Integration, alice: User) -> None:
    with scope(organization.id):
        invitations.notify(integration, ["u1"], alice)
    assert deliver(organization) == 1
    assert deliver(organization) == 0
    assert len(mail.outbox) == 1


def test_a_link_that_was_revoked_before_its_mail_went_is_not_sent(
    organization: Organization, integration: Integration, alice: User
) -> None:
    with scope(organization.id):
        [link] = invitations.notify(integration, ["u1"], alice).links
        invitations.revoke(integration, [link.pk], alice)
        row = PersonalMail.objects.get()
    work_on(organization, row.pk)
    assert mail.outbox == []


# --- The way through -------------------------------------------------------------------------------------------------------


def test_whoever_is_not_signed_in_sees_what_it_is_about_and_the_way_on(link: str, organization: Organization) -> None:
    page = words(Client().get(link))
    for said in (
        "Alice",
        "Northwind",
        "timeghost",
        "Hubstaff",
        ADA,
        "Time that you track",
        f"/accounts/signup/?next={link.replace('/', '%2F')}",
    ):
        assert said in page
    assert Client().post(link)["Location"] == f"/accounts/login/?next={link}"
    assert link_of(organization).state is State.INVITED, "looking without being the person opens nothing"


def sign_up(client: Client, link: str) -> str:
    """Signs up as Ada, by the link's own way; gives where that leads."""
    way = re.search(r'href="(/accounts/signup/[^"]+)"', words(client.get(link)))
    assert way and f'value="{ADA}"' in client.get(unescape(way.group(1))).content.decode()
    password = "glass-bridge-71"
    given = {"name": "Ada Brandt", "email": ADA, "password1": password, "password2": password, "next": link}
    return str(client.post("/accounts/signup/", given)["Location"])


def test_whoever_signs_up_with_a_link_that_no_provider_proves_confirms_the_address_first(
    link: str, settings: Any, organization: Organization
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION, settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = "mandatory", True
    client = Client()
    assert "confirm it by mail" in words(client.get(link))
    where = sign_up(client, link)
    assert where != link
    assert not EmailAddress.objects.filter(email=ADA, verified=True).exists(), "the mail with the link may have been forwarded"
    assert client.post(link)["Location"].startswith("/accounts/login/")
    assert link_of(organization).state is State.INVITED
    code = re.search(r"^([A-Z0-9]{3,}-?[A-Z0-9]{3,})$", str(mail.outbox[-1].body), re.MULTILINE)
    assert mail.outbox[-1].to == [ADA] and code
    assert client.post(where, {"code": code.group(1)})["Location"] == link
    assert "Connect</button>" in words(client.get(link))


def test_signing_up_leads_back_with_the_address_proved_where_the_providers_own_proof_follows(
    link: str, settings: Any, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client = Client()
    with monkeypatch.context() as patched:
        patched.setattr("integrations.linking.invitations.way_to_prove", lambda side: side.provider == "hubstaff")
        assert sign_up(client, link) == link
        assert "Sign in at Hubstaff" in words(client.get(link))
    assert link_of(organization).state is State.OPENED
    answer = client.post(link)
    assert (answer.status_code, answer["Location"]) == (303, link)
    assert "You are connected" in words(client.get(link))
    assert link_of(organization).state is State.CONNECTED


def test_the_person_connects_and_each_state_has_its_time(
    link: str, organization: Organization, integration: Integration, ada: User
) -> None:
    browser = browser_of(ada)
    browser.get(link)
    opened = link_of(organization)
    assert (opened.state, opened.user) == (State.OPENED, ada) and opened.opened_at
    with scope(organization.id):
        Integration.objects.update(whole_look_at=timezone.now(), due_at=None)
    browser.post(link)
    connected = link_of(organization)
    assert connected.state is State.CONNECTED and connected.state_at == connected.connected_at
    assert events(organization) == ["linked", "invited", "opened", "connected"]
    with scope(organization.id):
        assert list(PersonLink.connected.values_list("left_id", flat=True)) == ["u1"]
        now = Integration.objects.get()
    assert now.whole_look_at is None and now.due_at is not None, "the next sync looks at everything again, and at once"
    assert memberships_of(ada.pk) == [], "connecting makes nobody a member"


def test_the_address_counts_however_it_is_written(link: str, organization: Organization) -> None:
    assert browser_of(verified("Ada", "Ada@Example.org")).get(link).status_code == 200
    assert link_of(organization).state is State.OPENED


# --- The ways that do not lead there -----------------------------------------------------------------------------------------


def test_an_unknown_link_tells_nothing(organization: Organization, ada: User) -> None:
    for browser in (Client(), browser_of(ada)):
        for secret in ("guessed", "x" * 43, hash_secret("guessed")):
            for answer in (browser.get(f"/connect/{secret}/"), browser.post(f"/connect/{secret}/")):
                assert answer.status_code == 404
                assert "There is nothing here" in words(answer) and "Northwind" not in words(answer)


def test_somebody_else_is_told_and_changes_nothing(link: str, organization: Organization, alice: User, charlie: User) -> None:
    for person in (alice, charlie):
        browser = browser_of(person)
        page = words(browser.get(link))
        assert "This link is for somebody else" in page and ADA in page and person.email in page
        assert "alice@example.com" in page, "whom to ask"
        assert browser.post(link).status_code == 403
        assert browser.post(f"{link}authorise/").status_code == 303
    assert link_of(organization).state is State.INVITED


def test_an_address_that_is_not_proved_does_not_count(link: str, organization: Organization) -> None:
    claimant = User.objects.create(email=ADA, name="Eve")
    EmailAddress.objects.create(user=claimant, email=ADA, verified=False, primary=True)
    browser = browser_of(claimant)
    assert "Confirm your address first" in words(browser.get(link))
    assert browser.post(link).status_code == 403
    assert link_of(organization).state is State.INVITED


def test_a_used_link_confirms_to_the_person_and_says_so_to_others(link: str, organization: Organization, ada: User, charlie: User) -> None:
    browser = browser_of(ada)
    browser.get(link), browser.post(link)
    first = link_of(organization).connected_at
    assert "You are connected" in words(browser.post(link))
    for other in (browser_of(charlie), Client()):
        for answer in (other.get(link), other.post(link)):
            assert answer.status_code == 410 and "already used" in words(answer)
    assert link_of(organization).connected_at == first


def test_an_expired_link_says_so_by_the_clock(link: str, organization: Organization, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = browser_of(ada)
    browser.get(link)
    until = link_of(organization).expires_at
    assert until
    monkeypatch.setattr("integrations.linking.models.timezone.now", lambda: until)
    assert link_of(organization).state is State.EXPIRED
    for answer in (browser.get(link), browser.post(link)):
        assert answer.status_code == 410
        assert "has expired" in words(answer) and "Alice" in words(answer)
    assert link_of(organization).connected_at is None


def test_a_revoked_link_says_so(link: str, organization: Organization, integration: Integration, alice: User, ada: User) -> None:
    browser = browser_of(ada)
    browser.get(link)
    with scope(organization.id):
        invitations.revoke(integration, [link_of(organization).pk], alice)
    for answer in (browser.get(link), browser.post(link)):
        assert answer.status_code == 410 and "was taken back" in words(answer)
    assert link_of(organization).state is State.REVOKED
    assert events(organization)[-1] == "revoked"


def test_a_new_mail_makes_the_link_before_void(
    link: str, organization: Organization, integration: Integration, alice: User, ada: User
) -> None:
    browser = browser_of(ada)
    browser.get(link)
    ask(organization, integration, alice)
    newer = newest_link(ADA)
    assert newer != link
    assert browser.get(link).status_code == browser.post(link).status_code == 404
    assert link_of(organization).state is State.INVITED, "the way begins anew"
    browser.get(newer), browser.post(newer)
    assert link_of(organization).state is State.CONNECTED


def test_a_disconnected_persons_link_is_void_and_undoing_gives_it_back(
    link: str, organization: Organization, integration: Integration, alice: User, ada: User
) -> None:
    browser = browser_of(ada)
    browser.get(link)
    with scope(organization.id):
        disconnection = disconnect(PersonLink, integration, [link_of(organization).pk], alice)
    assert disconnection
    for answer in (browser.get(link), browser.post(link)):
        assert answer.status_code == 410 and "void" in words(answer)
    with scope(organization.id):
        undo(disconnection, alice)
    assert link_of(organization).state is State.OPENED
    browser.post(link)
    connected_at = link_of(organization).connected_at
    with scope(organization.id):
        again = disconnect(PersonLink, integration, [link_of(organization).pk], alice)
        assert again and not PersonLink.connected.exists()
        undo(again, alice)
    assert link_of(organization).connected_at == connected_at


def test_pressing_connect_without_having_looked_connects_nobody(link: str, organization: Organization, ada: User) -> None:
    answer = browser_of(ada).post(link)
    assert answer.status_code == 422
    assert link_of(organization).state is State.OPENED


def test_a_partner_who_is_chosen_anew_needs_a_new_link(
    link: str, organization: Organization, integration: Integration, alice: User, ada: User
) -> None:
    from integrations.linking.people import link_person

    with scope(organization.id):
        disconnect(PersonLink, integration, [link_of(organization).pk], alice)
        link_person(integration, "u1", "22", alice)
    assert browser_of(ada).get(link).status_code == 404
    assert link_of(organization).state is State.MATCHED


@pytest.mark.parametrize("is_sent_before", [False, True])
def test_a_mail_that_was_given_up_with_its_link_is_sent_after_all_when_that_is_undone(
    organization: Organization, integration: Integration, alice: User, ada: User, is_sent_before: bool
) -> None:
    with scope(organization.id):
        [asked] = invitations.notify(integration, ["u1"], alice).links
    if is_sent_before:
        deliver(organization)
    with scope(organization.id):
        disconnection = disconnect(PersonLink, integration, [asked.pk], alice)
    deliver(organization)
    assert len(mail.outbox) == is_sent_before
    with scope(organization.id):
        assert disconnection
        undo(disconnection, alice)
    deliver(organization)
    assert len(mail.outbox) == 1, "once, whenever"
    page = words(browser_of(alice).get(f"/o/northwind/integrations/{integration.pk}/people/"))
    assert "The mail is on its way." not in page
    browser_of(ada).get(newest_link(ADA))
    assert link_of(organization).state is State.OPENED


def test_undoing_sends_no_mail_for_a_link_that_was_revoked_before(
    organization: Organization, integration: Integration, alice: User
) -> None:
    with scope(organization.id):
        [asked] = invitations.notify(integration, ["u1"], alice).links
        invitations.revoke(integration, [asked.pk], alice)
        disconnection = disconnect(PersonLink, integration, [asked.pk], alice)
        assert disconnection
        undo(disconnection, alice)
    assert deliver(organization) == 0 and mail.outbox == []
    assert link_of(organization).state is State.REVOKED


# --- The walls ---------------------------------------------------------------------------------------------------------------


def test_the_door_gives_ids_and_nothing_else(link: str, organization: Organization) -> None:
    secret = link.split("/")[2]
    assert person_link_behind(secret) == (organization.id, link_of(organization).pk)
    for guess in ("", "%", hash_secret(secret), secret + "x"):
        assert person_link_behind(guess) is None


def test_a_link_opens_nothing_of_its_organization(link: str, ada: User, integration: Integration) -> None:
    browser = browser_of(ada)
    browser.get(link), browser.post(link)
    assert browser.get("/o/northwind/").status_code == 404
    assert browser.get(f"/o/northwind/integrations/{integration.pk}/people/").status_code == 404


def test_a_proof_of_another_organization_cannot_touch_a_link(link: str, organization: Organization, charlie: User) -> None:
    from integrations.connections.models import Authorization
    from tests.factories import make_connection

    elsewhere = make_organization("Southwind", owner=charlie)
    with scope(elsewhere.id):
        authorization = Authorization(connection=make_connection(), user=charlie, sign_in="oauth", proof_for=link_of(organization).pk)
        assert "not open" in invitations.note_proof(authorization, "21")
    assert link_of(organization).state is State.INVITED
