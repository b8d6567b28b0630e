"""What to do about each kind of finding, in one sentence."""

from __future__ import annotations

from pytest_nodeleak.heap.kinds import Kind

__all__ = ["advice_for", "entry_noun"]

_ADVICE = {
    Kind.COLLECTION: (
        "a long-lived collection that only grows: give it a maximum size (LRU) or a time"
        " to live, or key it by a WeakMap if the entry belongs to an object"
    ),
    Kind.LISTENER: (
        "a listener is added per request and never removed: call off()/removeListener()"
        " when the request closes, use once(), or pass an AbortSignal;"
        " setMaxListeners() only hides it"
    ),
    Kind.TIMER: (
        "a timer is started per request and never cleared: keep the handle and call"
        " clearInterval()/clearTimeout() when the work is done or the connection closes"
    ),
    Kind.CLOSURE: (
        "stored functions keep all variables of their scope alive: copy the small field"
        " they need into a variable of its own, and take them out when they have run"
    ),
    Kind.PROMISE: (
        "a long-lived promise collects reactions: do not await or race the same pending"
        " promise in every request; end the wait with an AbortSignal"
    ),
    Kind.MODULE: (
        "modules are loaded anew per request: import them once at module scope"
    ),
    Kind.CONTEXT: (
        "a JavaScript context is created per request and kept: reuse one vm context"
    ),
    Kind.HANDLE: (
        "sockets, files or other handles stay open: close them in a finally block"
    ),
    Kind.EXTERNAL: (
        "memory outside the V8 heap is kept: bound the collection; a small slice pins its"
        " whole Buffer, so copy the bytes that are needed (Buffer.from(slice))"
    ),
    Kind.NATIVE: (
        "memory that no JavaScript object owns grows: a native addon, or an allocator that"
        " keeps freed pages; look at the addons this route uses"
    ),
    Kind.GC_PAUSE: (
        "the collector stops the app for long: keep less alive, allocate less per request,"
        " and give the heap room (--max-old-space-size, --max-semi-space-size)"
    ),
    Kind.LOOP_BLOCKED: (
        "synchronous work freezes every other request: use the asynchronous version, move"
        " it to a worker thread, or split it with setImmediate()"
    ),
    Kind.UNKNOWN: "see the path: whoever holds it has to let go of it",
}
_NOUNS = {
    Kind.LISTENER: ("listener", "listeners"),
    Kind.TIMER: ("timer", "timers"),
    Kind.CLOSURE: ("function", "functions"),
    Kind.PROMISE: ("reaction", "reactions"),
    Kind.MODULE: ("module", "modules"),
    Kind.CONTEXT: ("context", "contexts"),
    Kind.HANDLE: ("handle", "handles"),
}


def advice_for(kind: Kind) -> str:
    """Return how to fix a finding of this kind."""
    return _ADVICE[kind]


def entry_noun(kind: Kind, *, plural: bool = False) -> str:
    """Return what one more in the holder is called."""
    return _NOUNS.get(kind, ("entry", "entries"))[plural]
