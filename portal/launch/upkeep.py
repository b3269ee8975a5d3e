"""What developers do to the tree itself: format it, and pin its packages anew."""

from __future__ import annotations

import os

from portal.launch import services
from portal.launch.packages import DEVELOP, RUN
from portal.launch.processes import Processes
from portal.launch.settings import Settings

FORMATTING = {"fixes": ("check", "--fix", "."), "format": ("format", ".")}
# The files name no index and no place of this machine: those belong to pip's settings.
PLAIN = ("--quiet", "--strip-extras", "--no-emit-options", "--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host")


def format_everything(settings: Settings, processes: Processes, words: list[str]) -> int:
    """`make format`."""
    return max(_follow(processes, name, services.python("-m", "ruff", *words)) for name, words in FORMATTING.items())


def pin_everything(settings: Settings, processes: Processes, words: list[str]) -> int:
    """`make requirements`: the packages of the portal, then those of its developers at the same versions."""
    return _pin(processes, RUN, [*PLAIN, *words]) or _pin(processes, DEVELOP, [*PLAIN, *words, "--constraint", RUN])


def _pin(processes: Processes, target: str, flags: list[str]) -> int:
    source = target.replace(".txt", ".in")
    return _follow(processes, "pins", services.python("-m", "piptools", "compile", *flags, "--output-file", target, source))


def _follow(processes: Processes, name: str, command: list[str]) -> int:
    environment = {**os.environ, "CUSTOM_COMPILE_COMMAND": "make requirements"}
    return processes.finish(processes.start(name, command, environment, serves=False), follow=True)
