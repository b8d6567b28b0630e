"""Asks V8 for the scripts that findings name: what it runs may not be what is on disk.

A loader such as tsx compiles in memory, and in a container's app no file is at hand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.events import Event, ScriptParsed
from pytest_nodeleak.cdp.messages import (
    disable_debugger,
    enable_debugger,
    get_script_source,
)
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.heap.sources import package_of, script_path
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.sources.app_scripts import LoadedScript
from pytest_nodeleak.sources.originals import scripts_of
from pytest_nodeleak.sources.stacks import Stack

__all__ = ["load_scripts"]

_DISABLE_S = 2.0


def load_scripts(
    client: InspectorClient,
    deadline: Deadline,
    *,
    suspects: Iterable[Suspect],
    stacks: Iterable[Stack],
) -> dict[str, LoadedScript]:
    """Return the app's own scripts that suspects or stacks name, by their names in V8.

    The debugger slows the app down while it is enabled, so this is no work for a window
    of load.

    Raises:
        InspectorError: If the app does not answer as expected.
        DeadlineExceeded: If it does not answer in time.

    """
    named = {name for suspect in suspects for name in scripts_of(suspect)}
    named |= {frame.url for stack in stacks for frame in stack.frames}
    paths = {script_path(name) for name in named if _is_own(name)}
    return _load(client, deadline, paths) if paths else {}


def _is_own(name: str) -> bool:
    return bool(name) and not name.startswith("node:") and package_of(name) is None


def _load(
    client: InspectorClient, deadline: Deadline, paths: Collection[str]
) -> dict[str, LoadedScript]:
    parsed: dict[str, ScriptParsed] = {}

    def keep(event: Event) -> None:
        # Of a script that was loaded again the last one is what runs now.
        if isinstance(event, ScriptParsed) and script_path(event.url) in paths:
            parsed[event.url] = event

    try:
        client.execute(enable_debugger(), deadline, on_event=keep)
        return {
            url: LoadedScript(
                text=client.execute(get_script_source(script.script_id), deadline),
                map_url=script.map_url,
            )
            for url, script in parsed.items()
        }
    finally:
        # Whatever the time is: the debugger must not stay.
        client.execute(disable_debugger(), Deadline(_DISABLE_S))
