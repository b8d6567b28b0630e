"""The commands we send, as typed values.

A command is a value that knows its method, its parameters and how to decode its answer;
it does no I/O (the idea is PyCDP's). Wire names stay inside this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pytest_nodeleak.cdp.answers import whole
from pytest_nodeleak.cdp.profiles import (
    HeapProfile,
    parse_heap_profile,
)

__all__ = [
    "Command",
    "Evaluation",
    "RemoteObject",
    "call_function_on",
    "collect_garbage",
    "disable_debugger",
    "discard_console_entries",
    "enable_debugger",
    "evaluate",
    "get_heap_object_id",
    "get_heap_usage",
    "get_object_by_heap_object_id",
    "get_sampling_profile",
    "get_script_source",
    "nothing",
    "pause",
    "query_objects",
    "release_object_group",
    "run_if_waiting_for_debugger",
    "start_sampling",
    "stop_sampling",
    "take_heap_snapshot",
]

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Generic[T_co]):
    """One protocol command.

    Attributes:
        method: Such as ``"HeapProfiler.collectGarbage"``.
        params: JSON parameters.
        parse: Turns the JSON result into the typed answer.

    """

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    parse: Callable[[Mapping[str, Any]], T_co]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteObject:
    """A handle on an object inside the app; it pins the object until released."""

    object_id: str
    class_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What a script inside the app returned.

    Attributes:
        value: The JSON value, if it was asked for by value.
        remote: The handle, if it was not.
        thrown: V8's description of what the script threw, else None.

    """

    value: Any = None
    remote: RemoteObject | None = None
    thrown: str | None = None


def nothing(_result: Mapping[str, Any]) -> None:
    """Decode the answer of a command that has none."""
    return


def run_if_waiting_for_debugger() -> Command[None]:
    """Let a process go on that waits for a debugger before its first line."""
    return Command(method="Runtime.runIfWaitingForDebugger", parse=nothing)


def collect_garbage() -> Command[None]:
    """Run a full garbage collection."""
    return Command(method="HeapProfiler.collectGarbage", parse=nothing)


def take_heap_snapshot() -> Command[None]:
    """Take a heap snapshot; its chunks arrive as events before the answer."""
    return Command(
        method="HeapProfiler.takeHeapSnapshot",
        params={"reportProgress": False, "captureNumericValue": False},
        parse=nothing,
    )


def get_object_by_heap_object_id(heap_id: int, *, group: str) -> Command[Evaluation]:
    """Get the live object that has this id in heap snapshots."""
    return Command(
        method="HeapProfiler.getObjectByHeapObjectId",
        params={"objectId": str(heap_id), "objectGroup": group},
        parse=_parse_evaluation,
    )


def get_heap_object_id(remote: RemoteObject) -> Command[int]:
    """Get the id that a live object has in heap snapshots."""
    return Command(
        method="HeapProfiler.getHeapObjectId",
        params={"objectId": remote.object_id},
        parse=lambda result: whole(result["heapSnapshotObjectId"]),
    )


def start_sampling(*, interval_bytes: int) -> Command[None]:
    """Start the sampling heap profiler; one sample each ``interval_bytes`` on average."""
    return Command(
        method="HeapProfiler.startSampling",
        params={"samplingInterval": interval_bytes},
        parse=nothing,
    )


def stop_sampling() -> Command[None]:
    """Stop the sampling heap profiler and drop its samples."""
    return Command(method="HeapProfiler.stopSampling", parse=nothing)


def get_sampling_profile() -> Command[HeapProfile]:
    """Get the profile of sampled allocations that are still alive."""
    return Command(
        method="HeapProfiler.getSamplingProfile",
        parse=lambda result: parse_heap_profile(result["profile"]),
    )


def evaluate(
    expression: str, *, group: str | None = None, await_promise: bool = False
) -> Command[Evaluation]:
    """Evaluate a script with ``require`` at hand.

    Args:
        expression: JavaScript source.
        group: Keep the result as a remote object of this group; None: return its value.
        await_promise: Wait for the promise the script returns.

    """
    params: dict[str, Any] = {
        "expression": expression,
        "includeCommandLineAPI": True,
        "awaitPromise": await_promise,
        "returnByValue": group is None,
        "silent": True,
    }
    if group is not None:
        params["objectGroup"] = group
    return Command(method="Runtime.evaluate", params=params, parse=_parse_evaluation)


def call_function_on(
    remote: RemoteObject,
    function: str,
    *,
    arguments: tuple[RemoteObject | str | float | None, ...] = (),
    group: str | None = None,
    await_promise: bool = False,
) -> Command[Evaluation]:
    """Call a function with ``this`` bound to a remote object.

    Args:
        remote: The object.
        function: JavaScript source of the function.
        arguments: Values, or other remote objects.
        group: Keep the result as a remote object of this group; None: return its value.
        await_promise: Wait for the promise the function returns.

    """
    params: dict[str, Any] = {
        "objectId": remote.object_id,
        "functionDeclaration": function,
        "arguments": [
            {"objectId": argument.object_id}
            if isinstance(argument, RemoteObject)
            else {"value": argument}
            for argument in arguments
        ],
        "returnByValue": group is None,
        "awaitPromise": await_promise,
        "silent": True,
    }
    if group is not None:
        params["objectGroup"] = group
    return Command(
        method="Runtime.callFunctionOn",
        params=params,
        parse=_parse_evaluation,
    )


def query_objects(prototype: RemoteObject, *, group: str) -> Command[Evaluation]:
    """Get an array of all live objects that inherit from a prototype (runs a GC)."""
    return Command(
        method="Runtime.queryObjects",
        params={"prototypeObjectId": prototype.object_id, "objectGroup": group},
        parse=lambda result: _parse_evaluation({"result": result["objects"]}),
    )


def release_object_group(group: str) -> Command[None]:
    """Let go of all remote objects of a group."""
    return Command(
        method="Runtime.releaseObjectGroup",
        params={"objectGroup": group},
        parse=nothing,
    )


def discard_console_entries() -> Command[None]:
    """Let go of the console arguments that the inspector keeps."""
    return Command(method="Runtime.discardConsoleEntries", parse=nothing)


def enable_debugger() -> Command[None]:
    """Enable the debugger; a :class:`ScriptParsed` of each live script comes first."""
    return Command(method="Debugger.enable", parse=nothing)


def get_script_source(script_id: str) -> Command[str]:
    """Get the text of a script as V8 has it; the debugger must be enabled."""
    return Command(
        method="Debugger.getScriptSource",
        params={"scriptId": script_id},
        parse=lambda result: str(result["scriptSource"]),
    )


def pause() -> Command[None]:
    """Stop the app where it is; a :class:`Paused` comes when it does, even in a loop.

    The debugger must be enabled; disabling it lets the app go on.
    """
    return Command(method="Debugger.pause", parse=nothing)


def get_heap_usage() -> Command[int]:
    """Get the bytes in use: the cheapest question, answered even in a pause or a loop."""
    return Command(
        method="Runtime.getHeapUsage", parse=lambda result: whole(result["usedSize"])
    )


def disable_debugger() -> Command[None]:
    """Disable the debugger; an app that it has paused goes on."""
    return Command(method="Debugger.disable", parse=nothing)


def _parse_evaluation(result: Mapping[str, Any]) -> Evaluation:
    details = result.get("exceptionDetails")
    if details is not None:
        exception = details.get("exception", {})
        thrown = exception.get("description") or exception.get("value")
        return Evaluation(thrown=str(thrown or details.get("text", "unknown")))
    answer = result["result"]
    if "objectId" not in answer:
        return Evaluation(value=answer.get("value"))
    remote = RemoteObject(
        object_id=str(answer["objectId"]), class_name=str(answer.get("className", ""))
    )
    return Evaluation(remote=remote)
