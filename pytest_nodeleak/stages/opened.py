"""Puts what is known of an app's descriptors into the words of a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from pytest_nodeleak.culprits.explain import Explainer
from pytest_nodeleak.culprits.loaded import load_scripts
from pytest_nodeleak.endings.exhaustion import Exhaustion, is_exhausted
from pytest_nodeleak.endings.trail import Trail
from pytest_nodeleak.evidence.descriptors import (
    Descriptors,
    Opener,
    Opening,
    Openings,
    opens,
)
from pytest_nodeleak.exceptions import (
    DeadlineExceeded,
    InspectorError,
    LoadFailed,
    ScriptThrew,
)
from pytest_nodeleak.sources.app_scripts import LoadedScript
from pytest_nodeleak.sources.stacks import Stack
from pytest_nodeleak.stages.bench import Bench
from pytest_nodeleak.stages.openers import trace

__all__ = ["describe_descriptors", "examine_exhaustion", "stacks_of"]

_MOST_OPENERS = 3
# What one of a hundred opens is chance, or another one's work.
_SMALLEST_SHARE = 0.05
# Requests that show who still tries to open something.
_TRIES, _TRIES_AT_MOST_S = 20, 1.0


def examine_exhaustion(
    bench: Bench, failure: LoadFailed | ScriptThrew, app_directory: Path
) -> Exhaustion | None:
    """Find out whether something fails since no descriptor is left, and who took them.

    Node reads its own memory from a file, so it may be our script that fails first.

    Raises:
        AppExited: If the app ends meanwhile.

    """
    failed = failure if isinstance(failure, LoadFailed) else _of_script(bench, failure)
    limit, open_now = bench.start_up.fd_limit, len(bench.descriptors())
    if not is_exhausted(failed, open_now=open_now, limit=limit):
        return None
    loaded: Mapping[str, LoadedScript] = {}
    # Without a place the diagnosis is still one.
    with suppress(InspectorError, DeadlineExceeded):
        if bench.trail.openings is None:
            trace(bench, lambda: _try(bench))
        loaded = load_scripts(
            bench.client,
            bench.reply_deadline(),
            suspects=(),
            stacks=stacks_of(bench.trail.openings),
        )
    explainer = Explainer(app_directory, loaded)
    return Exhaustion(
        failed=failed,
        answered=bench.answered,
        descriptors=describe_descriptors(bench.trail, explainer),
        limit=limit,
        node_version=bench.app.node_version,
    )


def _of_script(bench: Bench, failure: ScriptThrew) -> LoadFailed:
    return LoadFailed(
        target=bench.target,
        problem="the app could not read its own memory, which is a file",
        first_bad=failure.description.partition("\n")[0],
        output_tail=bench.app.output_tail() or (),
    )


def _try(bench: Bench) -> int:
    return bench.try_load(_TRIES, at_most_s=_TRIES_AT_MOST_S).requests


def describe_descriptors(trail: Trail, explainer: Explainer) -> Descriptors:
    """Return what is open, what of it each request leaves open, and who opens that."""
    openings = trail.openings
    if openings is None:
        return Descriptors(open=trail.descriptors)
    requests = max(1, openings.requests)
    return Descriptors(
        open=trail.descriptors,
        per_request={kind: count / requests for kind, count in openings.grown.items()},
        openers=tuple(_openers(trail, openings, explainer)),
    )


def stacks_of(openings: Openings | None) -> list[Stack]:
    """Return the stacks whose places a report may name."""
    if openings is None:
        return []
    return [Stack(frames=one.frames, weight=1.0) for one in openings.openings]


def _openers(
    trail: Trail, openings: Openings, explainer: Explainer
) -> Iterator[Opener]:
    weights = {one: one.left_open for one in openings.openings if one.left_open}
    # Where no descriptor is left, nothing can be opened any more, but it is tried.
    most = [*trail.descriptors][:1]
    weights = weights or {
        one: one.calls for one in openings.openings if opens(one, most)
    }
    whole = sum(weights.values())
    ranked = sorted(weights, key=lambda one: -weights[one])
    for one in ranked[:_MOST_OPENERS]:
        if weights[one] >= _SMALLEST_SHARE * whole:
            yield _opener(one, weights[one] / max(1, openings.requests), explainer)


def _opener(opening: Opening, per_request: float, explainer: Explainer) -> Opener:
    frames = explainer.stack(Stack(frames=opening.frames, weight=1.0))
    return Opener(
        call=opening.call,
        frames=frames,
        per_request=per_request,
        excerpts=explainer.excerpts(one.place for one in frames[:1]),
    )
