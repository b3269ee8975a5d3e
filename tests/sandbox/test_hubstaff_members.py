"""Who belongs to an organization and to its projects, and what changes that."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.sandbox.conftest import Company, exchange_token, hubstaff_client, walked
from tests.sandbox.refusals import RESOURCE, VALIDATION, Row, assert_refused, refused_fields


def members(hubstaff: httpx.Client, company: Company, **query: object) -> list[Row]:
    return walked(hubstaff, f"/organizations/{company.organization_id}/members", "members", **query)


def changed(hubstaff: httpx.Client, company: Company, *rows: Row) -> httpx.Response:
    return hubstaff.put(f"/organizations/{company.organization_id}/update_members", json={"members": list(rows)})


def user_id_of(hubstaff: httpx.Client, company: Company, name: str) -> int:
    [member] = members(hubstaff, company, **{"search[name]": name})
    return int(member["user_id"])


def now() -> str:
    return datetime.now(UTC).isoformat()


def test_members_are_filtered_by_every_filter(hubstaff: httpx.Client, company: Company) -> None:
    everybody = members(hubstaff, company)
    owners = members(hubstaff, company, membership_roles="owner")
    assert [one["membership_role"] for one in owners] == ["owner"]
    assert {one["membership_role"] for one in members(hubstaff, company, membership_roles="owner,user")} == {"owner", "user"}
    two = [one["user_id"] for one in everybody[:2]]
    assert [one["user_id"] for one in members(hubstaff, company, user_ids=",".join(map(str, two)))] == two
    assert members(hubstaff, company, **{"search[email]": company.owner.upper()}) == owners
    assert members(hubstaff, company, **{"search[name]": "HALVORSEN"}) == owners
    middle = sorted(one["created_at"] for one in everybody)[5]
    older = members(hubstaff, company, **{"created_at[stop]": middle})
    newer = members(hubstaff, company, **{"created_at[start]": middle})
    assert len(older) + len(newer) == len(everybody)
    assert max(one["created_at"] for one in older) < middle == min(one["created_at"] for one in newer)
    assert members(hubstaff, company, **{"updated_at[start]": now()}) == []


def test_members_show_more_when_asked(hubstaff: httpx.Client, company: Company, project: Row) -> None:
    plain = members(hubstaff, company)[0]
    assert not {"profile", "limits", "project_members"} & set(plain)
    asked = dict.fromkeys(("include_profile", "include_limits", "include_projects"), "true")
    shown = members(hubstaff, company, **asked)[0]
    assert {"profile", "limits", "project_members"} <= set(shown)
    archived = members(hubstaff, company, include_projects="true", project_statuses="archived")
    assert {one["project_status"] for member in archived for one in member["project_members"]} == {"archived"}


def test_projects_ride_along_with_members(hubstaff: httpx.Client, company: Company) -> None:
    query: Row = {"include": "projects", "include_projects": "true", "page_limit": 3}
    answer = hubstaff.get(f"/organizations/{company.organization_id}/members", params=query).json()
    named = {one["project_id"] for member in answer["members"] for one in member["project_members"]}
    assert {project["id"] for project in answer["projects"]} == named


def test_a_list_takes_no_companion_that_the_contract_does_not_name(hubstaff: httpx.Client, company: Company, project: Row) -> None:
    organization = f"/organizations/{company.organization_id}"
    for path, companion in (("members", "clients"), ("projects", "users"), ("clients", "users"), ("invites", "tasks")):
        answer = hubstaff.get(f"{organization}/{path}", params={"include": companion})
        assert refused_fields(answer) == {"include": "is invalid"}
    assert refused_fields(hubstaff.get(f"/projects/{project['id']}/tasks?include=projects")) == {"include": "is invalid"}


def test_whoever_is_removed_leaves_every_project_and_sees_nothing_any_more(
    hubstaff: httpx.Client, colleague: httpx.Client, company: Company
) -> None:
    me = colleague.get("/users/me").json()["user"]["id"]
    mine = walked(colleague, f"/organizations/{company.organization_id}/projects", "projects", status="all")
    assert mine
    assert changed(hubstaff, company, {"user_id": me, "role": "remove"}).json() == {"success": True}
    assert me not in [one["user_id"] for one in members(hubstaff, company)]
    [gone] = [one for one in members(hubstaff, company, include_removed="true") if one["user_id"] == me]
    assert (gone["membership_status"], bool(gone["removed_at"])) == ("removed", True)
    for project in mine:
        assert me not in [one["user_id"] for one in walked(hubstaff, f"/projects/{project['id']}/members", "members")]
    assert_refused(colleague.get(f"/organizations/{company.organization_id}/projects"), 404, RESOURCE)
    assert colleague.get("/organizations").json() == {"organizations": []}


def test_the_last_owner_stays(hubstaff: httpx.Client, company: Company) -> None:
    me = hubstaff.get("/users/me").json()["user"]["id"]
    assert_refused(changed(hubstaff, company, {"user_id": me, "role": "remove"}), 400, VALIDATION)
    second = user_id_of(hubstaff, company, "Tomás")
    changed(hubstaff, company, {"user_id": second, "role": "owner"}).raise_for_status()
    assert changed(hubstaff, company, {"user_id": me, "role": "remove"}).status_code == 200


def test_role_rates_limits_and_metadata_of_a_member_change(hubstaff: httpx.Client, company: Company) -> None:
    user_id = user_id_of(hubstaff, company, "Jonas")
    row = {
        "user_id": user_id,
        "role": "manager",
        "trackable": False,
        "payment": {"pay_rate": 41.456, "pay_period": "monthly"},
        "limits": {"weekly_limit": 30, "dow_limit": ["mon", "tue"]},
        "metadata": [{"key": "badge", "value": "7"}],
    }
    assert changed(hubstaff, company, row).json() == {"success": True}
    [member] = members(hubstaff, company, user_ids=user_id, include_limits="true")
    assert (member["membership_role"], member["effective_role"], member["trackable"]) == ("manager", "organization_manager", "false")
    assert (member["pay_rate"], member["pay_period"], member["metadata"]) == ("41.46", "monthly", {"badge": "7"})
    assert (member["limits"]["weekly_limit"], member["limits"]["dow_limit"]) == (30, ["mon", "tue"])
    changed(hubstaff, company, {"user_id": user_id, "limits": {}}).raise_for_status()
    [member] = members(hubstaff, company, user_ids=user_id, include_limits="true")
    assert (member["limits"]["weekly_limit"], member["membership_role"]) == (None, "manager")


def test_every_row_is_checked_before_any_is_changed(hubstaff: httpx.Client, company: Company) -> None:
    user_id = user_id_of(hubstaff, company, "Jonas")
    answer = changed(hubstaff, company, {"user_id": user_id, "role": "remove"}, {"user_id": 1, "role": "king"})
    assert refused_fields(answer) == {"members[1][user_id]": "is invalid", "members[1][role]": "is invalid"}
    assert user_id_of(hubstaff, company, "Jonas") == user_id


def test_a_project_needs_a_role_for_its_first_members_only(hubstaff: httpx.Client, company: Company, project: Row) -> None:
    user_id = user_id_of(hubstaff, company, "Jonas")
    body = {"name": "New", "members": [{"user_id": user_id}]}
    answer = hubstaff.post(f"/organizations/{company.organization_id}/projects", json=body)
    assert refused_fields(answer) == {"members[0][role]": "is missing"}
    path = f"/projects/{project['id']}/update_members"
    assert hubstaff.put(path, json={"members": [{"user_id": user_id, "pay_rate": 12}]}).json() == {"success": True}
    [member] = walked(hubstaff, f"/projects/{project['id']}/members", "members", user_ids=user_id)
    assert member["pay_rate"] == "12.00"
    hubstaff.put(path, json={"members": [{"user_id": user_id, "pay_rate": None}]})
    [cleared] = walked(hubstaff, f"/projects/{project['id']}/members", "members", user_ids=user_id)
    assert (cleared["pay_rate"], cleared["membership_role"]) == (None, member["membership_role"])


def test_a_former_member_of_a_project_is_shown_when_asked_and_can_come_back(hubstaff: httpx.Client, project: Row) -> None:
    path = f"/projects/{project['id']}"
    user_id = walked(hubstaff, f"{path}/members", "members")[-1]["user_id"]

    def with_role(role: str) -> None:
        hubstaff.put(f"{path}/update_members", json={"members": [{"user_id": user_id, "role": role}]}).raise_for_status()

    def shown(**query: str) -> list[str]:
        found = walked(hubstaff, f"{path}/members", "members", **query)
        return [one["membership_status"] for one in found if one["user_id"] == user_id]

    with_role("remove")
    assert (shown(), shown(include_removed="true")) == ([], ["removed"])
    with_role("viewer")
    assert shown(include_removed="true") == ["active"]
    assert shown(membership_roles="viewer") == ["active"]


@pytest.mark.parametrize("role", ["remove", "user"])
def test_a_stranger_is_no_member_of_a_project(address: str, hubstaff: httpx.Client, project: Row, role: str) -> None:
    with hubstaff_client(address, exchange_token(address, "hubstaff-pat-2").json()["access_token"]) as other:
        stranger = other.get("/users/me").json()["user"]["id"]
    answer = hubstaff.put(f"/projects/{project['id']}/update_members", json={"members": [{"user_id": stranger, "role": role}]})
    assert refused_fields(answer) == {"members[0][user_id]": "is invalid"}


def test_a_member_who_leads_nothing_sees_the_own_membership_only(colleague: httpx.Client, company: Company) -> None:
    me = colleague.get("/users/me").json()["user"]["id"]
    shown = members(colleague, company, include_profile="true")
    assert [one["user_id"] for one in shown] == [me]
    assert "profile" not in shown[0]
    assert_refused(changed(colleague, company, {"user_id": me, "role": "owner"}), 403, range(10000, 11000))


def test_a_renamed_member_is_renamed_everywhere(hubstaff: httpx.Client, company: Company) -> None:
    user_id = user_id_of(hubstaff, company, "Jonas")
    changed(hubstaff, company, {"user_id": user_id, "first_name": "Jon", "last_name": "Weide"}).raise_for_status()
    assert hubstaff.get(f"/users/{user_id}").json()["user"]["name"] == "Jon Weide"


def test_a_change_is_found_by_its_time(hubstaff: httpx.Client, company: Company) -> None:
    before = (datetime.now(UTC) - timedelta(milliseconds=1)).isoformat()
    user_id = user_id_of(hubstaff, company, "Jonas")
    changed(hubstaff, company, {"user_id": user_id, "view_only": True}).raise_for_status()
    assert [one["user_id"] for one in members(hubstaff, company, **{"updated_at[start]": before})] == [user_id]
