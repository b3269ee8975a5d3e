"""What is said to people about an integration, in mails and on the page of their own link."""

from __future__ import annotations

from integrations.linking.models import Integration
from integrations.linking.services import parts_of
from portal.organizations.models import Organization


def both_sides(integration: Integration) -> tuple[str, str]:
    """The names of the two services; where both are of one provider, the connections' own."""
    left, right = integration.left, integration.right
    return (left.name, right.name) if left.provider == right.provider else (left.provider_label, right.provider_label)


def allowed(integration: Integration, organization: Organization) -> list[str]:
    """What connecting allows, sentence by sentence, by what the two services can do."""
    left, right = both_sides(integration)
    can_take_time = parts_of(integration.left).time.create is not None
    adds_members = organization.add_members_to_projects and parts_of(integration.right).project.add_members is not None
    said = (
        (True, f"Tasks of linked projects that are assigned to you in {left} are assigned to you in {right} as well."),
        (adds_members, f"You are added to the linked projects in {right}."),
        (can_take_time, f"Time that you track in {right} on linked projects is written to {left} as yours."),
    )
    return [sentence for holds, sentence in said if holds]
