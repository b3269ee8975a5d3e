"""What a trigger would tell, cost and take, before it is saved."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.triggers.models import Trigger
from integrations.triggers.presenting import Quickness, quickness_of
from integrations.triggers.services import Forecast, Preview, forecast, lately
from integrations.triggers.watch_form import WatchForm, Wish


@dataclass(frozen=True)
class Outlook:
    """Shown beside the form. `preview` and `forecast` are None until the form says what is wanted."""

    quickness: Quickness
    preview: Preview | None = None
    forecast: Forecast | None = None


def outlook_of(form: WatchForm) -> Outlook:
    """As the form stands, whether it was sent or not."""
    wish, _ = form.read()
    quickness = quickness_of(form.watch, form.connection)
    return Outlook(quickness, _preview(form, wish), _forecast(form, wish)) if wish else Outlook(quickness)


def _preview(form: WatchForm, wish: Wish) -> Preview:
    start = wish.start if form.trigger is None else Trigger.Start.NOW
    return lately(form.connection, form.watch, wish.own, start, wish.since)


def _forecast(form: WatchForm, wish: Wish) -> Forecast:
    return forecast(form.connection, form.watch, wish.own, wish.minutes, besides=form.trigger)
