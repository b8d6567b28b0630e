"""One bug has one fingerprint, whatever a run happens to see of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from suspects import a_holder, a_suspect

from pytest_nodeleak.evidence.fingerprint import fingerprint_of
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.path_step import PathStep
from pytest_nodeleak.heap.sources import SourcePosition
from pytest_nodeleak.heap.suspects import Suspect

NEAR = SourcePosition(script="/app/server.js", line=5, column=19)
CACHE = a_suspect(
    a_holder(
        near=NEAR,
        steps=(PathStep(text="handler", function=NEAR), PathStep(text="cache")),
    )
)


def fingerprint(
    suspect: Suspect = CACHE,
    *,
    name: str | None = None,
    home: str = "src/server.js",
    entry_home: str = "",
) -> str:
    if name is not None:
        suspect = replace(suspect, holder=replace(suspect.holder, name=name))
    return fingerprint_of(suspect, home=home, entry_home=entry_home)


def changed(
    *,
    kind: Kind = Kind.COLLECTION,
    class_name: str = "Map",
    near: SourcePosition | None = NEAR,
    entry: str = "{name}",
    function: str = "",
    is_root: bool = False,
) -> Suspect:
    holder = replace(CACHE.holder, class_name=class_name, near=near, is_root=is_root)
    return replace(
        CACHE, holder=holder, kind=kind, entry=entry, entry_function=function
    )


def test_it_is_the_same_for_ever() -> None:
    """A change here takes every suppression of every user out of force."""
    assert fingerprint() == "2990b9aee9a6"


def test_lines_ids_and_counts_do_not_enter() -> None:
    moved = replace(
        CACHE.holder, heap_id=99, near=replace(NEAR, line=812, column=3), steps=()
    )

    other = replace(
        CACHE,
        holder=moved,
        objects_per_request=17.0,
        bytes_per_request=9.0,
        requests=120,
        constructors=(),
    )

    assert fingerprint(other) == fingerprint()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cache", "sessions"),
        ("store.cache", "store.index"),
        ("cache", "cache2"),
        ("http.agents", "http2.agents"),
        ("bus._events.order", "bus._events.price"),
        ("requestsForHttp2Sessions", "requestsForHttp2Streams"),
    ],
)
def test_another_variable_or_property_is_another_bug(one: str, other: str) -> None:
    assert fingerprint(name=one) != fingerprint(name=other)


def test_another_file_or_class_is_another_bug() -> None:
    prints = {
        fingerprint(),
        fingerprint(home="src/users/index.js"),
        fingerprint(home="src/orders/index.js"),
        fingerprint(home="lodash"),
        fingerprint(changed(class_name="Set")),
    }

    assert len(prints) == 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tenants.user_4711.orders", "tenants.user_17.orders"),
        ("tenants.4711", "tenants.8"),
        ("tenants.order1000", "tenants.order2000"),
        (
            "open.0b9f8f44-4b0b-4b6e-9d0e-6d2f7a3c1e55.queue",
            "open.7e0a1c1d-93c1-4f4e-8d88-0f4a1b2c3d4e.queue",
        ),
        ("byHash.9f86d081884c", "byHash.60303ae22b99"),
        ("sessions.s4Jk2mQ9_xYz7LpW0aBcD", "sessions.Zq8Rt5vN3-kLm1Xy6EfGh"),
        ("days.2026-01-31[]", "days.2026-02-01[]"),
        ("express_1.default.cache", "express_2.default.cache"),
        ("handlers", "handlers[]"),
    ],
)
def test_ids_within_a_name_do_not_enter(one: str, other: str) -> None:
    assert fingerprint(name=one) == fingerprint(name=other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dist/main.3fa9c1d2.js", "dist/main.77e0b1a9.js"),
        ("dist/server-BX3kd9Qa.mjs", "dist/server-q1LmZ8_c.mjs"),
        ("dist/chunks/247.js", "dist/chunks/318.js"),
    ],
)
def test_what_a_bundler_adds_to_a_file_s_name_does_not_enter(
    one: str, other: str
) -> None:
    assert fingerprint(home=one) == fingerprint(home=other)


def test_names_from_a_minifier_do_not_enter() -> None:
    near = replace(NEAR, line=1, column=48_211)
    bundled = changed(near=near, class_name="Map")

    assert fingerprint(bundled, name="e.byUser") == fingerprint(
        bundled, name="tn.byUser"
    )
    assert fingerprint(bundled, name="e.byUser") != fingerprint(bundled, name="e.byId")


def test_in_minified_code_the_entries_tell_bugs_apart() -> None:
    near = replace(NEAR, line=1, column=48_211)
    users, orders = changed(near=near), changed(near=near, entry="{sku, count}")

    assert fingerprint(users, name="e") != fingerprint(orders, name="t")


@pytest.mark.parametrize("kind", [Kind.EXTERNAL, Kind.CLOSURE, Kind.UNKNOWN])
def test_an_app_s_holder_is_the_same_whatever_fills_it(kind: Kind) -> None:
    assert fingerprint(changed(kind=kind)) == fingerprint()


def test_an_abort_signal_is_an_event_target_on_another_node() -> None:
    new = changed(kind=Kind.LISTENER, class_name="AbortSignal")
    old = changed(kind=Kind.LISTENER, class_name="EventTarget")

    assert fingerprint(new, name="signal") == fingerprint(old, name="signal")


def test_a_module_is_known_by_its_file_whatever_list_holds_it() -> None:
    esm = changed(kind=Kind.MODULE, class_name="LoadCache", near=None)
    root = changed(kind=Kind.MODULE, class_name="", is_root=True, near=None)

    def of(suspect: Suspect, name: str, entry_home: str) -> str:
        return fingerprint(suspect, name=name, home="", entry_home=entry_home)

    assert of(esm, "native_bind.loadCache", "rules.mjs") == of(root, "", "rules.mjs")
    assert of(esm, "loader.loadCache", "rules.mjs") != of(esm, "x", "prices.mjs")


@pytest.mark.parametrize("home", ["", "express-rate-limit"])
def test_a_timer_is_known_by_its_callback_whatever_list_holds_it(home: str) -> None:
    timer = changed(kind=Kind.TIMER, class_name="TimersList", function="poll")
    other = changed(kind=Kind.TIMER, class_name="TimersList", function="refresh")

    def of(suspect: Suspect, name: str = "x", home: str = "") -> str:
        return fingerprint(suspect, name=name, home=home, entry_home="poll.js")

    assert of(timer, "MemoryStore.interval", home) == of(timer, "timerListMap.1000")
    assert of(timer) != of(other)


def test_handles_are_known_by_their_class() -> None:
    def handle(entry: str, name: str) -> str:
        held = changed(kind=Kind.HANDLE, entry=entry, is_root=True, near=None)
        return fingerprint(held, name=name, home="")

    assert handle("UDP", "(Global handles)") == handle("UDP", "roots")
    assert handle("UDP", "roots") != handle("TCP", "roots")


def test_listeners_of_the_process_are_known_by_event_and_callback() -> None:
    def listener(event: str, entry_home: str) -> str:
        held = changed(kind=Kind.LISTENER, class_name="Array", near=None)
        return fingerprint(
            held, name=f"process._events.{event}", home="", entry_home=entry_home
        )

    prints = {
        listener("exit", "winston"),
        listener("exit", "app.js"),
        listener("warning", "winston"),
    }
    assert len(prints) == 3


def test_a_name_that_is_no_text_has_a_fingerprint() -> None:
    assert len(fingerprint(name="a\ud800b")) == 12
