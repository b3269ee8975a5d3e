"""Invites to a Hubstaff organization: who is invited, what becomes of it, and what can no longer be changed."""

import httpx
import pytest

from tests.sandbox.conftest import Company, walked
from tests.sandbox.refusals import RESOURCE, VALIDATION, Row, assert_refused, refused_fields


def invites_path(company: Company) -> str:
    return f"/organizations/{company.organization_id}/invites"


def invited(hubstaff: httpx.Client, company: Company, email: str = "ada@mail.example", **more: object) -> Row:
    answer = hubstaff.post(invites_path(company), json={"email": email, **more})
    assert answer.status_code == 201, answer.text
    invite: Row = answer.json()["invite"]
    return invite


def member_emails(hubstaff: httpx.Client, company: Company) -> set[str]:
    users = hubstaff.get(f"/organizations/{company.organization_id}/members?include=users").json()["users"]
    return {user["email"] for user in users}


def test_a_new_address_gets_a_pending_invite(hubstaff: httpx.Client, company: Company, project: Row) -> None:
    invite = invited(hubstaff, company, "Ada@Mail.example", role="project_manager", project_ids=[project["id"]], pay_rate=30.5)
    assert (invite["email"], invite["status"], invite["accepted_at"]) == ("ada@mail.example", "pending", None)
    assert (invite["role"], invite["project_ids"], invite["pay_rate"]) == ("project_manager", [project["id"]], "30.50")
    assert invite["invited_by_id"] == hubstaff.get("/users/me").json()["user"]["id"]
    assert hubstaff.get(f"/invites/{invite['id']}").json()["invite"] == invite


def test_a_role_in_projects_without_a_project_is_that_of_a_viewer(hubstaff: httpx.Client, company: Company) -> None:
    assert invited(hubstaff, company)["role"] == "project_viewer"
    assert invited(hubstaff, company, "boss@mail.example", role="organization_manager")["role"] == "organization_manager"


def test_an_address_with_an_account_is_accepted_at_once(
    control: httpx.Client, hubstaff: httpx.Client, company: Company, project: Row
) -> None:
    stranger = control.get("/companies").json()["companies"][1]["owner"]
    assert stranger not in member_emails(hubstaff, company)
    invite = invited(hubstaff, company, stranger, role="project_manager", project_ids=[project["id"]])
    assert invite["status"] == "accepted"
    assert invite["accepted_at"]
    assert stranger in member_emails(hubstaff, company)
    members = hubstaff.get(f"/projects/{project['id']}/members?include=users").json()
    [user] = [user for user in members["users"] if user["email"] == stranger]
    assert [member["membership_role"] for member in members["members"] if member["user_id"] == user["id"]] == ["manager"]


def test_an_accepted_invite_can_no_longer_be_changed_or_deleted(control: httpx.Client, hubstaff: httpx.Client, company: Company) -> None:
    invite = invited(hubstaff, company, control.get("/companies").json()["companies"][1]["owner"])
    path = f"/invites/{invite['id']}"
    assert_refused(hubstaff.put(path, json={"role": "project_user"}), 400, VALIDATION)
    assert_refused(hubstaff.delete(path), 400, VALIDATION)
    assert hubstaff.get(path).json()["invite"] == invite


def test_a_pending_invite_is_changed_and_the_text_none_clears_its_fields(hubstaff: httpx.Client, company: Company, project: Row) -> None:
    path = f"/invites/{invited(hubstaff, company, project_ids=[project['id']], pay_rate=30)['id']}"
    changed = hubstaff.put(path, json={"role": "project_manager", "trackable": False}).json()["invite"]
    assert (changed["role"], changed["trackable"], changed["pay_rate"]) == ("project_manager", False, "30.00")
    cleared = hubstaff.put(path, json={"pay_rate": "none", "project_ids": "none"}).json()["invite"]
    assert (cleared["pay_rate"], cleared["project_ids"], cleared["role"]) == (None, [], "project_viewer")


def test_the_projects_of_an_invite_are_one_or_several(hubstaff: httpx.Client, company: Company, project: Row) -> None:
    path = f"/invites/{invited(hubstaff, company)['id']}"
    assert hubstaff.put(path, json={"project_ids": project["id"]}).json()["invite"]["project_ids"] == [project["id"]]
    several = [project["id"], project["id"] + 1]
    assert hubstaff.put(path, json={"project_ids": several}).json()["invite"]["project_ids"] == several


def test_a_deleted_invite_is_gone_and_its_id_never_comes_back(hubstaff: httpx.Client, company: Company) -> None:
    invite = invited(hubstaff, company)
    assert hubstaff.delete(f"/invites/{invite['id']}").status_code == 204
    assert_refused(hubstaff.get(f"/invites/{invite['id']}"), 404, RESOURCE)
    assert invite["id"] not in [one["id"] for one in walked(hubstaff, invites_path(company), "invites", status="all")]
    assert invited(hubstaff, company)["id"] > invite["id"]


def test_invites_are_filtered_by_status_and_address(hubstaff: httpx.Client, company: Company) -> None:
    def statuses(**query: str) -> set[str]:
        return {invite["status"] for invite in walked(hubstaff, invites_path(company), "invites", **query)}

    assert statuses() == {"pending"}
    assert statuses(status="all") == {"pending", "accepted", "expired"}
    assert statuses(status="expired") == {"expired"}
    assert statuses(status="accepted") == {"accepted"}
    invite = invited(hubstaff, company)
    assert walked(hubstaff, invites_path(company), "invites", email="ADA@mail.example") == [invite]
    assert walked(hubstaff, invites_path(company), "invites", email="nobody@mail.example") == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "ada@mail.example", "role": "owner"}, "role"),
        ({"email": "ada@mail.example", "project_ids": [1]}, "project_ids"),
        ({"email": "ada@mail.example", "pay_rate": -1}, "pay_rate"),
        ({"email": "ada@mail.example", "pay_rate": "much"}, "pay_rate"),
        ({"email": f"{'a' * 300}@mail.example"}, "email"),
    ],
)
def test_an_invite_that_does_not_fit_is_refused_at_its_field(hubstaff: httpx.Client, company: Company, body: Row, field: str) -> None:
    before = walked(hubstaff, invites_path(company), "invites", status="all")
    assert refused_fields(hubstaff.post(invites_path(company), json=body)) == {field: "is invalid"}
    assert walked(hubstaff, invites_path(company), "invites", status="all") == before


def test_projects_of_another_organization_do_not_exist_for_an_invite(hubstaff: httpx.Client, company: Company, project: Row) -> None:
    theirs = project["id"] + 20
    body = {"email": "ada@mail.example", "project_ids": [project["id"], theirs]}
    assert refused_fields(hubstaff.post(invites_path(company), json=body)) == {"project_ids": "is invalid"}


def test_nobody_is_invited_twice_nor_when_a_member_already(hubstaff: httpx.Client, company: Company) -> None:
    invited(hubstaff, company)
    for address in ("ada@mail.example", company.owner):
        assert refused_fields(hubstaff.post(invites_path(company), json={"email": address})) == {"email": "is invalid"}


def test_of_many_invites_each_is_answered_for_itself(hubstaff: httpx.Client, company: Company, project: Row) -> None:
    rows = [
        {"email": "one@mail.example", "role": "project_user", "project_ids": [project["id"], 1]},
        {"email": "not an address"},
        {"email": company.owner},
        {"email": "Two@mail.example"},
    ]
    answer = hubstaff.post(f"{invites_path(company)}/bulk", json={"invites": rows}).json()
    assert answer["summary"] == {"total": 4, "successful": 2, "failed": 2, "rate_limited": 0}
    assert [result.get("reason") for result in answer["results"]] == [None, "validation_error", "create_action_error", None]
    assert hubstaff.get(f"/invites/{answer['results'][0]['invite_id']}").json()["invite"]["project_ids"] == [project["id"]]
    assert [result["email"] for result in answer["results"]][3] == "two@mail.example"


def test_more_than_fifty_invites_at_once_are_refused(hubstaff: httpx.Client, company: Company) -> None:
    def asked(count: int) -> httpx.Response:
        rows = [{"email": f"person{number}@mail.example"} for number in range(count)]
        return hubstaff.post(f"{invites_path(company)}/bulk", json={"invites": rows})

    assert refused_fields(asked(51)) == {"invites": "is invalid"}
    assert asked(50).json()["summary"]["successful"] == 50


def test_only_those_who_lead_deal_with_invites(hubstaff: httpx.Client, colleague: httpx.Client, company: Company) -> None:
    invite = invited(hubstaff, company)
    for answer in (
        colleague.get(invites_path(company)),
        colleague.get(f"/invites/{invite['id']}"),
        colleague.delete(f"/invites/{invite['id']}"),
    ):
        assert_refused(answer, 403, range(10000, 11000))


def test_a_person_accepts_and_has_an_account_from_then_on(
    control: httpx.Client, hubstaff: httpx.Client, company: Company, project: Row
) -> None:
    invite = invited(hubstaff, company, "grace.hopper@mail.example", project_ids=[project["id"]], pay_rate=45)
    control.post(f"/hubstaff/invites/{invite['id']}/accept").raise_for_status()
    assert hubstaff.get(f"/invites/{invite['id']}").json()["invite"]["status"] == "accepted"
    found = hubstaff.get(
        f"/organizations/{company.organization_id}/members", params={"search[name]": "Grace Hopper", "include": "users"}
    ).json()
    [member], [user] = found["members"], found["users"]
    assert (user["email"], member["pay_rate"], member["effective_role"]) == ("grace.hopper@mail.example", "45.00", "project_user")
    assert control.post(f"/hubstaff/invites/{invite['id']}/accept").status_code == 400


def test_an_invite_expires(control: httpx.Client, hubstaff: httpx.Client, company: Company) -> None:
    invite = invited(hubstaff, company)
    control.post(f"/hubstaff/invites/{invite['id']}/expire").raise_for_status()
    assert hubstaff.get(f"/invites/{invite['id']}").json()["invite"]["status"] == "expired"
    assert control.post(f"/hubstaff/invites/{invite['id']}/accept").status_code == 400
    assert invited(hubstaff, company)["status"] == "pending"
