"""The switches that change how the sandbox behaves, and the limits on how often it may be called."""

import time
from dataclasses import dataclass, field


@dataclass
class Switches:
    """How the sandbox behaves. Off or harmless by default; forgotten when it stops."""

    hubstaff_rate_limit: int | None = None
    """Requests to Hubstaff that one application may make in a window; None is no limit. The real one is 1,000."""
    hubstaff_rate_window: int = 3600
    """Seconds in Hubstaff's window."""
    timeghost_rate_limit: int | None = None
    """Requests to timeghost that one credential may make in a window; None is no limit. The real one is 100."""
    timeghost_rate_window: int = 60
    """Seconds in timeghost's window."""
    latency: float = 0
    """Seconds that every answer of the four services is held back."""
    access_token_life: int = 86400
    """Seconds that an access token issued from now on is good for."""
    hubstaff_note_required: int = 1
    """Whether Hubstaff asks for a note with manual time: 1 as the real organizations do at first, 0 not."""
    hubstaff_time_approval: int = 0
    """Whether manual time needs approval in Hubstaff, which then refuses it through the API: 1 yes, 0 not."""
    activity_delay: int = 0
    """Seconds before tracked time shows in Hubstaff's activities; the real service takes up to 1,200."""
    timeghost_excel_as: str = "binary"
    """How timeghost's Excel report travels: `binary` or `base64`. Its documents allow for both."""
    webhooks_held: int = 0
    """Whether deliveries of webhooks are held back: 1 yes; 0 lets go of those that were."""
    webhooks_doubled: int = 0
    """Whether each delivery is sent twice."""
    webhooks_reordered: int = 0
    """Whether deliveries that come shortly after one another, or were held back, are sent latest first."""
    webhooks_dropped: int = 0
    """Whether deliveries are lost."""
    hubstaff_payload_as: str = "record"
    """What the payload of Hubstaff's deliveries is: the `record` itself, or the record under its `topic`. Nothing documents it."""


WORDS = {"timeghost_excel_as": ("binary", "base64"), "hubstaff_payload_as": ("record", "topic")}
"""The switches that are words, and which ones."""


def fits(name: str, value: object) -> bool:
    """Whether a switch can be set to a value: one of its words, or else a number or null."""
    if name in WORDS:
        return value in WORDS[name]
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


@dataclass
class Limits:
    """Counts requests in fixed windows, one window for each caller."""

    _windows: dict[str, tuple[float, int]] = field(default_factory=dict)

    def seconds_to_wait(self, caller: str, limit: int | None, window: int) -> int:
        """Count one request of the caller; return 0 when it may pass, else the seconds until the window ends."""
        if limit is None:
            return 0
        started, used = self._windows.get(caller, (time.monotonic(), 0))
        left = started + window - time.monotonic()
        if left <= 0:
            started, used, left = time.monotonic(), 0, float(window)
        self._windows[caller] = (started, used + 1)
        return 0 if used < limit else max(1, round(left))

    def forget(self) -> None:
        """Begin every window anew."""
        self._windows.clear()
