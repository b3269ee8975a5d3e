"""`manage.py benchmark_webhooks` where it cannot work says what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from portal.launch.ports import free_loopback_port


def test_without_a_sandbox_it_says_so(settings: Any) -> None:
    settings.SANDBOX_URL = ""
    with pytest.raises(CommandError, match="`make run` starts one"):
        call_command("benchmark_webhooks")


def test_without_a_portal_it_says_so(settings: Any) -> None:
    settings.SANDBOX_URL = settings.BASE_URL = f"http://127.0.0.1:{free_loopback_port()}"
    with pytest.raises(CommandError, match=r"The portal does not answer at .* `make run` starts it"):
        call_command("benchmark_webhooks")


def test_without_demonstration_data_it_says_so(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:8100"
    monkeypatch.setattr("integrations.demonstration.management.commands.benchmark_webhooks.find_portal", lambda: None)
    with pytest.raises(CommandError, match="There are no demonstration data here"):
        call_command("benchmark_webhooks")
