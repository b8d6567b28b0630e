"""The commands that tell who calls a function, as typed values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_nodeleak.cdp.messages import Command, RemoteObject

__all__ = ["remove_breakpoint", "set_breakpoint_on_call", "skip_all_pauses"]


def _nothing(_result: Mapping[str, Any]) -> None:
    return None


def skip_all_pauses() -> Command[None]:
    """Let no breakpoint stop the app; their conditions are evaluated all the same."""
    return Command(
        method="Debugger.setSkipAllPauses", params={"skip": True}, parse=_nothing
    )


def set_breakpoint_on_call(function: RemoteObject, *, condition: str) -> Command[str]:
    """Evaluate a script whenever a function is called, and pause if it is true.

    It sees the arguments and ``this`` of the call. The answer is the breakpoint's id.
    """
    return Command(
        method="Debugger.setBreakpointOnFunctionCall",
        params={"objectId": function.object_id, "condition": condition},
        parse=lambda result: str(result["breakpointId"]),
    )


def remove_breakpoint(breakpoint_id: str) -> Command[None]:
    """Remove a breakpoint."""
    return Command(
        method="Debugger.removeBreakpoint",
        params={"breakpointId": breakpoint_id},
        parse=_nothing,
    )
