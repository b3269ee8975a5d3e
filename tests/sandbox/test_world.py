"""The seeded world has the shape that makes linking interesting."""

from collections import Counter

import httpx

from tests.sandbox.conftest import Company, exchange_token, hubstaff_client, timeghost_client, walked


def test_both_sides_together_hold_forty_people_a_hundred_and_twenty_projects_and_four_thousand_tasks(
    address: str, control: httpx.Client
) -> None:
    names, projects, tasks, clients = set(), 0, 0, 0
    for number, company in enumerate(control.get("/companies").json()["companies"], start=1):
        token = exchange_token(address, f"hubstaff-pat-{number}").json()["access_token"]
        organization = f"/organizations/{company['organization_id']}"
        with hubstaff_client(address, token) as hubstaff:
            names |= {user["name"] for user in hubstaff.get(f"{organization}/members?include=users").json()["users"]}
            projects += len(walked(hubstaff, f"{organization}/projects", "projects", status="all"))
            tasks += len(walked(hubstaff, f"{organization}/tasks", "tasks", page_limit=500))
            clients += len(walked(hubstaff, f"{organization}/clients", "clients", status="all"))
        with timeghost_client(address, f"timeghost-key-{number}", company["workspace_id"]) as timeghost:
            names |= {user["name"] for user in timeghost.get("/get/currentuser").json()["workspace"]["users"]}
            there = timeghost.get("/get/projects").json()
            projects += len(there)
            tasks += sum(len(timeghost.get(f"/get/projects/{one['id']}/tasks").json()) for one in there)
            clients += len(timeghost.get("/get/clients").json())
    assert (len(names), projects, tasks, clients) == (40, 120, 4000, 40)


def test_some_project_names_fit_on_both_sides_and_one_fits_twice(hubstaff: httpx.Client, timeghost: httpx.Client, company: Company) -> None:
    here = Counter(one["name"] for one in hubstaff.get(f"/organizations/{company.organization_id}/projects").json()["projects"])
    there = {one["name"] for one in timeghost.get("/get/projects").json()}
    assert len(there) == 24
    assert len(there & set(here)) == 5
    assert [name for name, count in here.items() if count == 2] == ["Website Relaunch"]
    assert set(here) - there


def test_people_match_by_email_but_for_a_few(hubstaff: httpx.Client, timeghost: httpx.Client, company: Company) -> None:
    users = hubstaff.get(f"/organizations/{company.organization_id}/members?include=users").json()["users"]
    here = {user["email"]: user["name"] for user in users}
    there = {user["email"]: user["name"] for user in timeghost.get("/get/currentuser").json()["workspace"]["users"]}
    same_name_other_address = {name for email, name in here.items() if name in there.values() and email not in there}
    assert len(set(here) & set(there)) == 12
    assert same_name_other_address == {"Noor Rahman"}
    assert {"Lucía Fernández"} == set(here.values()) - set(there.values())
    assert {"Emil Sørensen"} == set(there.values()) - set(here.values())


def test_the_time_lies_on_weekdays_of_the_last_half_year(timeghost: httpx.Client) -> None:
    times = timeghost.get("/get/times", params={"$filter-date-range": "all_time"}).json()
    assert len(times) > 2000
    assert all(0 < time["timeDiff"] < 4 * 3600 for time in times)
    assert len({time["start"][:7] for time in times}) >= 6
