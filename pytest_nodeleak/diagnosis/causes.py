"""Why a finding grows, as the part of a sentence that comes after *because*."""

from __future__ import annotations

from pytest_nodeleak.evidence.findings import Finding, FoundHolder
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.threads import are_threads

__all__ = ["because", "named", "short"]

_NAME_WIDTH = 60
_EVENTS = "._events."
_ARTICLES = {"Map": "a", "Set": "a", "WeakMap": "a", "Array": "an", "Object": "an"}
_USUAL = "{holder} keeps what each request adds"
_CAUSES = {
    Kind.LISTENER: "each adds a listener{emitter}{at} and none is removed",
    Kind.TIMER: "each starts a timer{at} that nobody clears",
    Kind.CLOSURE: (
        "{holder} keeps functions, and each function keeps all variables of the place it"
        " was made in"
    ),
    Kind.PROMISE: "{holder} is still pending, and keeps whatever waits for it",
    Kind.MODULE: "code is loaded anew each time, and Node keeps all it has loaded",
    Kind.CONTEXT: (
        "a JavaScript context, a whole set of built-in objects, is made each time"
    ),
    Kind.HANDLE: "{made_of} are opened and never closed",
    Kind.EXTERNAL: "{holder} keeps the Buffers of earlier requests",
    Kind.UNKNOWN: "V8 itself or native code keeps {made_of}",
}


def because(finding: Finding) -> str:
    """Return the cause as a clause without a full stop."""
    clause = _CAUSES.get(finding.kind, _USUAL)
    labels = (label for label, _ in finding.constructors)
    if finding.kind is Kind.HANDLE and are_threads(labels):
        clause = "worker threads are started and never ended"
    return clause.format(
        holder=named(finding.holder),
        emitter=_emitter(finding.holder),
        at=f" ({finding.callback})" if finding.callback else "",
        made_of=_made_of(finding),
    )


def short(name: str) -> str:
    """Keep a name from filling the sentence."""
    return name if len(name) <= _NAME_WIDTH else name[: _NAME_WIDTH - 1] + "…"


def named(holder: FoundHolder | None) -> str:
    """Name who holds, and say what and where it is."""
    if holder is None:
        return "something without a name"
    place = f" at {holder.place}" if holder.place else ""
    package = f" in package {short(holder.package)}" if holder.package else ""
    article = _ARTICLES.get(holder.class_name)
    if article is None:
        return f"{short(holder.name)}{place}{package}"
    if holder.scope == "module scope":
        article = "a module-level"
    return f"{short(holder.name)}, {article} {holder.class_name}{place}{package},"


def _emitter(holder: FoundHolder | None) -> str:
    if holder is None:
        return ""
    emitter, is_found, event = holder.name.partition(_EVENTS)
    return f" for {short(event)} to {short(emitter)}" if is_found else ""


def _made_of(finding: Finding) -> str:
    names = [short(label) for label, _ in finding.constructors[:1]]
    return f"objects such as {names[0]}" if names else "objects without a name"
