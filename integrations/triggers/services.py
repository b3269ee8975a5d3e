"""What pages, tasks and upper parts do with triggers."""

from integrations.triggers.forecasting import Forecast, forecast, load_of
from integrations.triggers.holding import BURST, release, skip
from integrations.triggers.polling import poll
from integrations.triggers.previewing import Preview, lately
from integrations.triggers.replaying import ReplayCount, count_replay, replay
from integrations.triggers.telling import tell
from integrations.triggers.watching import edit, end, go_on, pause, resume, watch

__all__ = [
    "BURST", "Forecast", "Preview", "ReplayCount", "count_replay", "edit", "end", "forecast", "go_on", "lately", "load_of", "pause", "poll",
    "release", "replay", "resume", "skip", "tell", "watch",
]  # fmt: skip
