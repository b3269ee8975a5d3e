"""What every request to a service passes: latency, faults, and the log."""

import asyncio
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from integrations.sandbox import moments
from integrations.sandbox.faults import ANSWERS, DROPPED, SPOILT, Fault
from integrations.sandbox.runtime import Runtime

SERVICES = ("/hubstaff/v2/", "/hubstaff-account/", "/timeghost/api/", "/entra/")


class Gate:
    """Stands before the services. The pages and the sandbox's own switches go past it."""

    def __init__(self, application: ASGIApp, runtime: Runtime) -> None:
        """Stand before this application."""
        self._application = application
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, late, spoilt or untouched."""
        if scope["type"] != "http" or not scope["path"].startswith(SERVICES):
            await self._application(scope, receive, send)
            return
        await asyncio.sleep(self._runtime.switches.latency)
        fault = self._runtime.faults.take(scope["method"], scope["path"])
        if fault is None:
            status = await self._passed(scope, receive, send)
        else:
            status = await self._spoilt(fault, scope, receive, send)
        self._note(scope, status, fault)

    async def _passed(self, scope: Scope, receive: Receive, send: Send) -> int:
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        await self._application(scope, receive, watched)
        return status

    async def _spoilt(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> int:
        messages = await self._done_in_secret(scope, receive) if fault.lets_it_happen else []
        if fault.fault in ANSWERS or fault.fault in SPOILT:
            answer = fault.answer() if fault.fault in ANSWERS else fault.spoil(messages[0]["status"], _body(messages))
            await answer(scope, receive, send)
            return answer.status_code
        if fault.fault != DROPPED:
            await _send_half(messages, send)
        _cut_line(scope)
        return 0

    async def _done_in_secret(self, scope: Scope, receive: Receive) -> list[Message]:
        """Do the request and keep its answer back."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._application(scope, receive, keep)
        return messages

    def _note(self, scope: Scope, status: int, fault: Fault | None) -> None:
        query = scope["query_string"].decode("latin-1")
        kind = fault.fault if fault else None
        self._runtime.journal.note(moments.written_now(), scope["method"], scope["path"], query, status, kind)


def _body(messages: list[Message]) -> bytes:
    return b"".join(message.get("body", b"") for message in messages)


async def _send_half(messages: list[Message], send: Send) -> None:
    """Send the headers, which promise the whole body, and half of the body; then time to leave the machine."""
    body = _body(messages)
    await send(messages[0])
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    await asyncio.sleep(0.05)


def _cut_line(scope: Scope) -> None:
    """Close the caller's connection below the server, which has no word of its own for losing an answer."""
    for line in _lines():
        with line, suppress(OSError):
            # The server gives the caller's port as text.
            if [str(part) for part in line.getpeername()[:2]] == [str(part) for part in scope["client"]]:
                line.shutdown(socket.SHUT_RDWR)


def _lines() -> Iterator[socket.socket]:
    """Walk the sockets that this process holds, each as a copy that may be closed."""
    for number in [int(path.name) for path in Path("/dev/fd").iterdir()]:
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                yield socket.socket(fileno=os.dup(number))
