"""What a refusal of Hubstaff's says."""

import re
from typing import Any

import httpx

Row = dict[str, Any]

VALIDATION, RESOURCE, TIME = range(11000, 12000), range(12000, 13000), range(14000, 15000)
FAULT = re.compile(r"(\S+) (is missing|is invalid)(?:: .+)?")


def assert_refused(answer: httpx.Response, status: int, error_codes: range) -> None:
    """Refused in Hubstaff's form, with a number of the range."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"code", "error_code", "error"}
    assert body["error_code"] in error_codes


def refused_fields(answer: httpx.Response) -> dict[str, str]:
    """What a refused request's fields suffer from, field by field: is missing, or is invalid. Every part of the text names a field."""
    assert_refused(answer, 400, VALIDATION)
    faults = [FAULT.fullmatch(fault) for fault in answer.json()["error"].split(", ")]
    assert all(faults), answer.text
    return {found[1]: found[2] for found in faults if found}
