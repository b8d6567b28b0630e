"""Finds out where an app hangs that does not answer any more.

V8 answers the inspector in the middle of an endless loop and of a regular expression as
well, and stops there when it is told to. Only native code it can not interrupt.
"""

from __future__ import annotations

import threading
from pathlib import Path

import psutil

from pytest_nodeleak.artifacts import CPU_PROFILE, Artifacts
from pytest_nodeleak.cdp.client import InspectorClient
from pytest_nodeleak.cdp.events import Event, Paused, ScriptParsed
from pytest_nodeleak.cdp.messages import (
    disable_debugger,
    enable_debugger,
    get_heap_usage,
    pause,
)
from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.culprits.blocks import find_blocks
from pytest_nodeleak.culprits.explain import Explainer
from pytest_nodeleak.culprits.loaded import load_scripts
from pytest_nodeleak.deadline import Deadline
from pytest_nodeleak.endings.hang import Hang
from pytest_nodeleak.evidence.findings import Finding
from pytest_nodeleak.exceptions import (
    AppPaused,
    AppStopped,
    DeadlineExceeded,
    InspectorClosed,
    InspectorError,
)
from pytest_nodeleak.inspection.process_view import waited_between
from pytest_nodeleak.nodejs.tree import is_stopped
from pytest_nodeleak.sources.stacks import Stack
from pytest_nodeleak.stages.attribute import profile_for
from pytest_nodeleak.stages.bench import Bench

__all__ = ["comes_round", "find_hang", "raise_if_cut_off", "raise_if_stopped"]

# Of time that the app has a CPU, or else at most.
_TURN_S, _TURN_AT_MOST_S = 1.0, 8.0
_ANSWER_S = 1.0
# A slow line takes seconds for each part of a snapshot, of 100 kB.
_SILENCE_S = 8.0
_PAUSE_S, _ASK_AGAIN_S = 1.0, 0.02
_PROFILE_S = 0.3
_CPU_S = 0.2


def find_hang(bench: Bench, *, app_directory: Path) -> Hang | None:
    """Return where the event loop hangs; None if it comes round, or is stopped by us.

    Args:
        bench: Of a check that got no answer.
        app_directory: Places are relative to it.

    Raises:
        AppPaused: If it does not hang, but another debugger has stopped it.
        AppStopped: If a signal has stopped it.
        InspectorClosed: If it dies meanwhile, or is not reached any more.

    """
    received = bench.client.received
    if comes_round(bench):
        return None
    raise_if_stopped(bench)
    if _is_paused(bench.client):
        raise AppPaused(stage=bench.doing)
    if bench.client.received == received:
        _raise_if_cut_off(bench)
    if bench.snapshots.are_stopping_the_app or bench.sampler.is_stopping_the_app:
        # For as long as it takes, of a large heap or on a busy machine.
        return None
    process = _process(bench.app.pid)
    return Hang(
        finding=_finding(bench.client, bench.artifacts, app_directory),
        target=bench.target,
        stage=bench.doing,
        requests=bench.answered,
        waited_s=_TURN_S,
        cpu_share=_cpu_share(process),
        children=_children(process),
        node_version=bench.app.node_version,
        output_tail=bench.app.output_tail() or (),
        profile=bench.artifacts.saved.get(CPU_PROFILE),
    )


def raise_if_cut_off(bench: Bench) -> None:
    """Raise :class:`InspectorClosed` if the connection has lost what V8 has sent.

    While it takes a snapshot V8 is silent as well, but then on new connections, too.
    """
    if bench.client.silent_s > _SILENCE_S:
        _raise_if_cut_off(bench)


def _raise_if_cut_off(bench: Bench) -> None:
    """Raise if a new connection is answered: then it is ours that brings nothing.

    V8 answers both in the middle of a loop, and neither in native code.
    """
    if _answers(bench.client):
        return
    try:
        with InspectorClient.open(
            bench.app.inspector_url, Deadline(_ANSWER_S)
        ) as another:
            # Once more: V8 may have been done just now.
            is_cut_off = _answers(another) and not _answers(bench.client)
    except (DeadlineExceeded, InspectorError):
        return
    if is_cut_off:
        raise InspectorClosed(
            during=f"the check, {bench.doing}",
            reason="nothing comes through it any more, while a new one is answered at"
            " once",
            remedy="what is between the app and us has forgotten it (a NAT, a proxy, a"
            " forwarded port): see that it lasts, and run the check again",
        )


def _answers(client: InspectorClient) -> bool:
    try:
        client.execute(get_heap_usage(), Deadline(_ANSWER_S))
    except DeadlineExceeded:
        return False
    return True


def _process(pid: int | None) -> psutil.Process | None:
    """Return the process; None if it is elsewhere, or has just ended."""
    try:
        return None if pid is None else psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


def raise_if_stopped(bench: Bench) -> None:
    """Raise :class:`AppStopped` if a signal has stopped the process that is measured."""
    process = _process(bench.app.pid)
    if process is not None and is_stopped(process):
        raise AppStopped(pid=process.pid, stage=bench.doing)


def comes_round(bench: Bench) -> bool:
    """Tell whether the event loop does, in a moment in which it has a CPU to run on."""
    view, longest = bench.sampler.view, Deadline(_TURN_AT_MOST_S)
    ran_s = 0.0
    while ran_s < _TURN_S and not longest.has_passed():
        waited_s = view.waited_s(Deadline(_ANSWER_S))
        turn = Deadline(_TURN_S)
        try:
            bench.sampler.turn(turn)
        except DeadlineExceeded:
            waited_so_far_s = view.waited_s(Deadline(_ANSWER_S))
            ran_s += turn.elapsed_s() - waited_between(waited_s, waited_so_far_s)
        else:
            return True
    return False


def _is_paused(client: InspectorClient) -> bool:
    """Tell whether the app is stopped already, which whoever enables a debugger is told."""
    stops: list[Event] = []

    def keep(event: Event) -> None:
        if isinstance(event, Paused):
            stops.append(event)

    try:
        client.execute(enable_debugger(), Deadline(_ANSWER_S), on_event=keep)
        # Of several sessions the others keep it paused.
        client.execute(disable_debugger(), Deadline(_ANSWER_S))
    except InspectorClosed:
        raise
    except (DeadlineExceeded, InspectorError):
        # Native code: nobody is answered.
        return False
    return bool(stops)


def _finding(
    client: InspectorClient, artifacts: Artifacts, app_directory: Path
) -> Finding:
    """Tell by where V8 stops; by a profile if that is nowhere in the app."""
    try:
        client.execute(get_heap_usage(), Deadline(_ANSWER_S))
        frames = _paused_at(client)
        profile = profile_for(client, Deadline(_ANSWER_S), seconds=_PROFILE_S)
        artifacts.save(CPU_PROFILE, profile.text)
        blocks = find_blocks(profile)
        stack = Stack(frames=frames, weight=1.0)
        loaded = load_scripts(
            client,
            Deadline(_ANSWER_S),
            suspects=[],
            stacks=[stack, *blocks.stacks],
        )
    except InspectorClosed:
        raise
    except (DeadlineExceeded, InspectorError):
        # Native code: not even a profile comes.
        return Explainer(app_directory).hanging((), ())
    return Explainer(app_directory, loaded).hanging(frames, blocks.stacks)


def _paused_at(client: InspectorClient) -> tuple[ProfileFrame, ...]:
    """Stop the app, look at its stack and let it go on; empty if it does not stop."""
    urls: dict[str, str] = {}
    stops: list[Paused] = []

    def keep(event: Event) -> None:
        if isinstance(event, ScriptParsed):
            urls[event.script_id] = event.url
        elif isinstance(event, Paused):
            stops.append(event)

    client.execute(enable_debugger(), Deadline(_ANSWER_S), on_event=keep)
    try:
        client.execute(pause(), Deadline(_ANSWER_S), on_event=keep)
        waiting, between = Deadline(_PAUSE_S), threading.Event()
        while not stops and not waiting.has_passed():
            # The event comes with the answer to whatever is asked next.
            client.execute(get_heap_usage(), Deadline(_ANSWER_S), on_event=keep)
            between.wait(_ASK_AGAIN_S)
    finally:
        client.execute(disable_debugger(), Deadline(_ANSWER_S))
    return tuple(
        ProfileFrame(
            function=frame.function,
            url=urls.get(frame.script_id, ""),
            line=frame.line,
            column=frame.column,
        )
        for stop in stops[:1]
        for frame in stop.frames
    )


def _cpu_share(process: psutil.Process | None) -> float | None:
    if process is None:
        return None
    try:
        return process.cpu_percent(interval=_CPU_S) / 100
    except psutil.Error:
        return None


def _children(process: psutil.Process | None) -> tuple[str, ...]:
    if process is None:
        return ()
    try:
        return tuple(child.name() for child in process.children())
    except psutil.Error:
        return ()
