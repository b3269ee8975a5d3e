"""Every declared operation stands in the vendor's published contract, and sends nothing that does not: path, method, place, name and type.

The contracts are data beside the repository and are never copied into it. What differs on purpose, the provider declares with the reason.
"""

from __future__ import annotations

import pytest

from integrations.catalogue import Provider
from integrations.catalogue.contracts import compare
from tests.providers.published import CONTRACTS, PUBLISHED, SPECS

pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason=f"the vendors' contracts are not in {SPECS}")

every_published_provider = pytest.mark.parametrize("provider", PUBLISHED, ids=lambda provider: provider.name)


@every_published_provider
def test_every_operation_is_as_the_vendor_published_it(provider: Provider) -> None:
    found = compare(provider, CONTRACTS[provider.name].document).differences
    assert [f"{each.operation}: {each.what}: {each.how}" for each in found] == []


@every_published_provider
def test_every_known_difference_still_is_one(provider: Provider) -> None:
    assert compare(provider, CONTRACTS[provider.name].document).outdated == ()


@every_published_provider
def test_every_known_difference_has_a_reason(provider: Provider) -> None:
    assert all(known.reason.strip() for known in provider.known_differences)
