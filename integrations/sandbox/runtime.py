"""One running sandbox: its store, switches, faults, limits and log."""

from dataclasses import dataclass, field

from integrations.sandbox.faults import Faults
from integrations.sandbox.journal import Journal
from integrations.sandbox.store import Store
from integrations.sandbox.switches import Limits, Switches


@dataclass
class Runtime:
    """What the requests of one sandbox share."""

    store: Store
    switches: Switches = field(default_factory=Switches)
    faults: Faults = field(default_factory=Faults)
    limits: Limits = field(default_factory=Limits)
    journal: Journal = field(default_factory=Journal)

    def calm_down(self) -> None:
        """Set every switch back and forget faults, limits and the log."""
        self.switches = Switches()
        self.faults.forget()
        self.limits.forget()
        self.journal.forget()
