"""Puts what was found in generated code into the terms of its original sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.heap.holders import Holder
from pytest_nodeleak.heap.path_step import PathStep
from pytest_nodeleak.heap.sources import SourcePosition
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.sources.app_scripts import AppScripts
from pytest_nodeleak.sources.stacks import Stack

__all__ = ["original_stacks", "original_suspect", "scripts_of"]


def scripts_of(suspect: Suspect) -> set[str]:
    """Return the scripts that a suspect names, by their names in V8."""
    positions = (
        suspect.entry_defined,
        suspect.holder.near,
        *(step.function for step in suspect.holder.steps),
    )
    return {
        position.script
        for position in positions
        if position is not None and not position.is_node_internal
    }


def original_suspect(suspect: Suspect, scripts: AppScripts) -> Suspect:
    """Return a suspect with the places and names of the original sources."""
    return replace(
        suspect,
        holder=_original_holder(suspect.holder, scripts),
        entry_defined=_original(suspect.entry_defined, scripts),
        entry_function=scripts.function_name(
            suspect.entry_function, suspect.entry_defined
        ),
    )


def original_stacks(stacks: Iterable[Stack], scripts: AppScripts) -> list[Stack]:
    """Return stacks with the places and names of the original sources."""
    # Most frames are in many stacks.
    known: dict[ProfileFrame, ProfileFrame] = {}

    def original(frame: ProfileFrame) -> ProfileFrame:
        if frame not in known:
            known[frame] = _original_frame(frame, scripts)
        return known[frame]

    return [
        replace(
            stack,
            frames=tuple(
                original(frame)
                for frame in stack.frames
                if not scripts.is_added(_position(frame))
            ),
        )
        for stack in stacks
    ]


def _original_frame(frame: ProfileFrame, scripts: AppScripts) -> ProfileFrame:
    position = _position(frame)
    original = scripts.original(position)
    if original.line is None or original == position:
        return frame
    return ProfileFrame(
        function=scripts.function_name(frame.function, position),
        url=original.script,
        line=original.line,
        column=original.column or 1,
    )


def _position(frame: ProfileFrame) -> SourcePosition:
    return SourcePosition(script=frame.url, line=frame.line, column=frame.column)


def _original(
    position: SourcePosition | None, scripts: AppScripts
) -> SourcePosition | None:
    return None if position is None else scripts.original(position)


def _original_holder(holder: Holder, scripts: AppScripts) -> Holder:
    """Map a holder; it is declared near its variable, wherever a bundler has put that."""
    steps = []
    around: SourcePosition | None = None
    for step in holder.steps:
        steps.append(_original_step(step, around, scripts))
        around = step.function or around
    near, variable = _original(holder.near, scripts), holder.variable
    if holder.near is not None and holder.variable is not None:
        found = scripts.captured(holder.variable, holder.near)
        if found is not None:
            variable, near = found
    return replace(
        holder,
        name=_renamed(holder.name, holder.variable, variable),
        variable=variable,
        near=near,
        steps=tuple(steps),
    )


def _original_step(
    step: PathStep, around: SourcePosition | None, scripts: AppScripts
) -> PathStep:
    if step.function is not None:
        return PathStep(
            text=scripts.function_name(step.text, step.function),
            function=scripts.original(step.function),
        )
    if step.variable is None or around is None:
        return step
    found = scripts.captured(step.variable, around)
    if found is None:
        return step
    return PathStep(
        text=_renamed(step.text, step.variable, found[0]), variable=found[0]
    )


def _renamed(text: str, before: str | None, after: str | None) -> str:
    """Exchange the variable that a chain of properties begins with."""
    if before is None or after is None or not text.startswith(before):
        return text
    return after + text.removeprefix(before)
