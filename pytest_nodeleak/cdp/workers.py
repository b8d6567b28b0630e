"""The commands and the wire that reach worker threads through the main thread's session.

A worker has a protocol session of its own, whose messages travel inside those of the
main one: ``NodeWorker.sendMessageToWorker`` takes them there, and
``NodeWorker.receivedMessageFromWorker`` brings answers and events back.
"""

from __future__ import annotations

from pytest_nodeleak.cdp.messages import Command, nothing

__all__ = ["disable_workers", "enable_workers", "send_to_worker"]


def enable_workers() -> Command[None]:
    """Open a session with every worker, also those that start later.

    A :class:`~pytest_nodeleak.cdp.events.WorkerAttached` of each worker there is comes
    before the answer.
    """
    return Command(
        method="NodeWorker.enable",
        params={"waitForDebuggerOnStart": False},
        parse=nothing,
    )


def disable_workers() -> Command[None]:
    """Close the sessions of all workers."""
    return Command(method="NodeWorker.disable", parse=nothing)


def send_to_worker(session_id: str, text: str) -> Command[None]:
    """Send a message of a worker's session; its answer is an event of the main one."""
    return Command(
        method="NodeWorker.sendMessageToWorker",
        params={"sessionId": session_id, "message": text},
        parse=nothing,
    )
