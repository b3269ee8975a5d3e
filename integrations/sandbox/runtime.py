"""One running sandbox: its store, switches, faults, limits, log, and the post that carries its webhooks."""

from dataclasses import dataclass, field

from integrations.sandbox.faults import Faults
from integrations.sandbox.journal import Journal
from integrations.sandbox.store import Store
from integrations.sandbox.switches import Limits, Switches
from integrations.sandbox.webhooks.post import Post


@dataclass
class Runtime:
    """What the requests of one sandbox share."""

    store: Store
    switches: Switches = field(default_factory=Switches)
    faults: Faults = field(default_factory=Faults)
    limits: Limits = field(default_factory=Limits)
    journal: Journal = field(default_factory=Journal)
    post: Post = field(init=False)

    def __post_init__(self) -> None:
        """Let the post go by the switches as they are at the time."""
        self.post = Post(lambda: self.switches)

    def calm_down(self) -> None:
        """Set every switch back and forget faults, limits, the log and every delivery."""
        self.switches = Switches()
        self.faults.forget()
        self.limits.forget()
        self.journal.forget()
        self.post.forget()
