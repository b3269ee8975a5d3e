"""The table of the sandbox's own addresses."""

from integrations.sandbox.control import behaviour, deeds, hubstaff
from integrations.sandbox.exchange import RouteLine

LINES: tuple[RouteLine, ...] = (
    ("GET", "/health", behaviour.health),
    ("GET", "/control/companies", behaviour.companies),
    ("POST", "/control/reset", behaviour.reset),
    ("GET", "/control/switches", behaviour.show_switches),
    ("POST", "/control/switches", behaviour.set_switches),
    ("GET", "/control/faults", behaviour.show_faults),
    ("POST", "/control/faults", behaviour.queue_faults),
    ("DELETE", "/control/faults", behaviour.forget_faults),
    ("GET", "/control/requests", behaviour.show_requests),
    ("DELETE", "/control/requests", behaviour.forget_requests),
    ("POST", "/control/personal-token", behaviour.personal_tokens),
    ("POST", "/control/expire-access-tokens", behaviour.expire_access_tokens),
    ("POST", "/control/revoke-refresh-tokens", behaviour.revoke_refresh_tokens),
    ("POST", "/control/revoke-consent", behaviour.revoke_consent),
    ("POST", "/control/revoke-timeghost-key", behaviour.revoke_timeghost_key),
    ("POST", "/control/hubstaff/invites/{id}/accept", hubstaff.accept_invite),
    ("POST", "/control/hubstaff/invites/{id}/expire", hubstaff.expire_invite),
    ("POST", "/control/hubstaff/schedules", hubstaff.add_schedule),
    ("POST", "/control/hubstaff/schedules/{id}/change", hubstaff.alter_schedule),
    ("POST", "/control/hubstaff/schedules/{id}/delete", hubstaff.delete_schedule),
    ("POST", "/control/hubstaff/shifts", hubstaff.set_shift),
    ("POST", "/control/hubstaff/shifts/{id:int}/status", hubstaff.set_shift_status),
    ("POST", "/control/hubstaff/times/{id}/change", hubstaff.correct_time),
    ("POST", "/control/hubstaff/members/{id}/remove", hubstaff.remove_member),
    ("POST", "/control/hubstaff/members/{id}/restore", hubstaff.restore_member),
    ("POST", "/control/{side}/{things}", deeds.create),
    ("GET", "/control/{side}/{things}/{id}", deeds.show),
    ("POST", "/control/{side}/{things}/{id}/{deed}", deeds.act),
)
