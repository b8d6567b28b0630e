from __future__ import annotations

import pytest
from integration.node_apps import Probed

from pytest_nodeleak.deadline import Deadline

pytestmark = pytest.mark.nodejs


@pytest.mark.parametrize(
    ("expression", "size"),
    [
        pytest.param("new Map([[1, 1], [2, 2], [3, 3]])", 3, id="Map"),
        pytest.param("new Set('abcd')", 4, id="Set"),
        pytest.param(
            "new (class extends Map { get size() { throw 1; } })([[1, 1]])",
            1,
            id="Map with a size of its own",
        ),
        pytest.param("['a', , null, undefined, 0, '']", 3, id="array with holes"),
        pytest.param("new Array(5000)", 0, id="preallocated array"),
        pytest.param("new Array(5000).fill(null)", 0, id="array of nulls"),
        pytest.param("new Array(1_000_001)", 1_000_001, id="array too long to walk"),
        pytest.param("({ a: 1, b: undefined })", 2, id="plain object"),
        pytest.param(
            "Object.assign(Object.create(null), { a: 1 })", 1, id="dictionary"
        ),
        pytest.param("new (class Basket { items = [1, 2]; })", 1, id="instance"),
        pytest.param(
            "Object.assign(new (class Registry {})(), { a: 1, b: 2 })",
            2,
            id="instance used as a dictionary",
        ),
        pytest.param(
            "({ head: { next: { next: { next: null } } }, tail: null })",
            3,
            id="linked list",
        ),
        pytest.param(
            "({ first: { next: {} }, length: 7 })", 7, id="list that says its length"
        ),
        pytest.param(
            "({ next: { _idleNext: 1 }, get length() { throw 1; } })",
            1,
            id="no list after all",
        ),
        pytest.param(
            "(() => { const a = { n: 1 }; a.next = { next: a }; return a; })()",
            1,
            id="ring",
        ),
        pytest.param(
            """(() => {
  let next = null;
  for (let i = 0; i < 1_000_001; i++) next = { next };
  return { head: next };
})()""",
            None,
            id="list too long to walk",
        ),
        pytest.param("new WeakMap()", None, id="WeakMap"),
        pytest.param("(() => 1)", None, id="function"),
        pytest.param(
            """(() => {
  let at;
  for (let i = 0; i < 3; i++) at = setTimeout(() => {}, 3_600_321);
  while (at.constructor.name !== 'TimersList') at = at._idleNext;
  return at;
})()""",
            3,
            id="TimersList",
        ),
    ],
)
def test_occupancy_is_what_is_in_it(
    probed: Probed, expression: str, size: int | None
) -> None:
    live = probed.live(expression)
    assert probed.objects.occupancy(live, Deadline(10.0)) == size


@pytest.mark.parametrize(
    ("expression", "bounds"),
    [
        pytest.param(
            "new (class LRU { #max = 500; get max() { return this.#max; } ttl = 60_000 })",
            {"max": 500, "ttl": 60_000},
            id="getter of a class and a field",
        ),
        pytest.param(
            "({ _options: { maxAge: 5 }, limit: 7 })",
            {"maxAge": 5, "limit": 7},
            id="options",
        ),
        pytest.param(
            "({ get max() { throw new Error('not yet'); }, capacity: 3 })",
            {"capacity": 3},
            id="getter that throws",
        ),
        pytest.param(
            "({ max: 0, ttl: Infinity, limit: '9', maxSize: -1, options: null })",
            {},
            id="what sets no limit",
        ),
        pytest.param(
            "({ maxSize: 5000, totalSize: 90 })",
            {"maxSize": 5000, "totalSize": 90},
            id="sizes",
        ),
        pytest.param("new Map()", {}, id="none"),
    ],
)
def test_bounds_are_what_it_announces(
    probed: Probed, expression: str, bounds: dict[str, float]
) -> None:
    live = probed.live(expression)
    assert probed.objects.bounds(live, Deadline(10.0)) == bounds


@pytest.mark.parametrize(
    ("expression", "delay_s"),
    [
        ("setTimeout(() => {}, 90_000)", 90.0),
        ("setInterval(() => {}, 90_000)", None),
        (
            "(() => { const t = setTimeout(() => {}, 9e4); clearTimeout(t); return t; })()",
            None,
        ),
        ("new Map()", None),
    ],
    ids=["one-shot", "repeating", "cleared", "no timer"],
)
def test_only_a_one_shot_timer_has_a_delay(
    probed: Probed, expression: str, delay_s: float | None
) -> None:
    live = probed.live(expression)
    assert probed.objects.timer_delay_s(live, Deadline(10.0)) == delay_s


def test_an_object_that_died_cannot_be_watched(probed: Probed) -> None:
    assert probed.objects.find(1_999_999_999, Deadline(10.0)) is None


@pytest.mark.parametrize(
    ("expression", "keys"),
    [
        pytest.param("new Map([['a', 'secret'], ['b', {}]])", ('"b"', '"a"'), id="Map"),
        pytest.param(
            "new Map(Array.from({ length: 7 }, (_, i) => [i, i]))",
            ("6", "5", "4", "3", "2"),
            id="more than are shown",
        ),
        pytest.param("new Set(['x', 'y'])", ('"y"', '"x"'), id="Set"),
        pytest.param(
            "({ 'ann@x.example': { token: 'secret' } })",
            ('"ann@x.example"',),
            id="dictionary",
        ),
        pytest.param(
            "Object.assign(Object.create(null), { k: 'secret' })",
            ('"k"',),
            id="dictionary without a prototype",
        ),
        pytest.param(
            "new Map([[new (class User { name = 'secret' }), 1], [{}, 1], [() => 1, 1]])",
            ("function", "(Object)", "(User)"),
            id="objects as keys",
        ),
        pytest.param(
            "new Map([[Symbol('s'), 1], [7n, 1], [null, 1]])",
            ("null", "7", "Symbol(s)"),
            id="other keys",
        ),
        pytest.param(
            "new Map([['k'.repeat(100), 1]])", (f'"{"k" * 60}…"',), id="long key"
        ),
        pytest.param(
            "new Map([['a\\n\\x1b[31m', 1]])", (r'"a\n\u001b[31m"',), id="escape"
        ),
        pytest.param("['secret']", (), id="array"),
        pytest.param("new (class Session { token = 'secret' })", (), id="fields"),
        pytest.param("new WeakMap([[{}, 'secret']])", (), id="WeakMap"),
        pytest.param("(() => 'secret')", (), id="function"),
        pytest.param(
            "new Proxy({}, { ownKeys() { throw 1; }, getPrototypeOf: () => null })",
            (),
            id="proxy that throws",
        ),
    ],
)
def test_the_newest_keys_are_shown_and_never_a_value(
    probed: Probed, expression: str, keys: tuple[str, ...]
) -> None:
    live = probed.live(expression)
    assert probed.objects.newest_keys(live, Deadline(10.0)) == keys
