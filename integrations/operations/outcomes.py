"""What an answer makes of its run: how it ended, what is kept of it, and which file came with it."""

from __future__ import annotations

import json
import mimetypes
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from integrations.operations.models import Run, RunFile
from integrations.transport.answers import File
from integrations.transport.client import Answer

NOT_KEPT = frozenset({"set-cookie"})
TOO_LARGE = f"The file is larger than {RunFile.largest // 1024**2} MB, and so it was not kept."
MOST_SHOWN = 5 * 1024 * 1024  # bytes of JSON or text; what is longer is a file


@dataclass(frozen=True)
class Outcome:
    """The end of a run that was answered."""

    state: Run.State
    output: Any
    message: str = ""
    file: File | None = None


@singledispatch
def outcome_of(answer: Any) -> Outcome:
    """A record, a list of records, or what else an operation gave: it was done, also where too much came back to be kept."""
    file = _long(answer)
    if file and len(file.content) > RunFile.largest:
        return Outcome(Run.State.DONE, None, TOO_LARGE)
    return Outcome(Run.State.DONE, facts_of(file) if file else answer, file=file)


@outcome_of.register
def _(answer: File) -> Outcome:
    if len(answer.content) > RunFile.largest:
        return Outcome(Run.State.FAILED, None, TOO_LARGE)
    return Outcome(Run.State.DONE, facts_of(answer), file=answer)


@outcome_of.register
def _(answer: Answer) -> Outcome:
    """Of a raw call everything is kept, whatever its status."""
    state, message = _judged(answer)
    body, file = _body(answer)
    if file and len(file.content) > RunFile.largest:
        file, message = None, f"{message} {TOO_LARGE}".strip()
    headers = {name: value for name, value in answer.headers.items() if name not in NOT_KEPT}
    return Outcome(state, {"status": answer.status, "headers": headers, "body": body}, message, file)


def facts_of(file: File | RunFile) -> dict[str, Any]:
    """What a run says of its file without holding it."""
    return {"name": file.name, "media_type": file.media_type, "size": len(file.content)}


def _judged(answer: Answer) -> tuple[Run.State, str]:
    if 200 <= answer.status < 300:
        return Run.State.DONE, ""
    if 400 <= answer.status < 500:
        return Run.State.REFUSED, f"It was answered with {answer.status}."
    if answer.status < 400:
        return Run.State.FAILED, f"It was answered with {answer.status}, which leads to another address. Nobody went there."
    return Run.State.FAILED, f"It was answered with {answer.status}."


def _body(answer: Answer) -> tuple[Any, File | None]:
    """JSON and text are shown, unless they are very long; anything else is a file."""
    if not isinstance(answer.data, bytes):
        long = _long(answer.data)
        return (None, long) if long else (answer.data, None)
    try:
        text = answer.data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return (text, None) if len(answer.data) <= MOST_SHOWN else (None, File("answer.txt", "text/plain; charset=utf-8", answer.data))
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip() or "application/octet-stream"
    return None, File(f"answer{mimetypes.guess_extension(media_type) or '.bin'}", media_type[:200], answer.data)


def _long(data: Any) -> File | None:
    """JSON that is too long for a page, as a file."""
    content = json.dumps(data, ensure_ascii=False).encode()
    return File("answer.json", "application/json", content) if len(content) > MOST_SHOWN else None
