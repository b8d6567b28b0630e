"""Places and lines are looked up in real files of an app in a temporary directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from source_maps import Mapped, source_map
from suspects import a_holder, a_suspect

from pytest_nodeleak.advice import advice_for
from pytest_nodeleak.cdp.profiles import ProfileFrame
from pytest_nodeleak.culprits.blocks import Blocks
from pytest_nodeleak.culprits.explain import Explainer
from pytest_nodeleak.evidence.bounds import SizeBound
from pytest_nodeleak.evidence.findings import (
    Excerpt,
    Finding,
    FoundHolder,
    Frame,
    Place,
)
from pytest_nodeleak.evidence.occupancy import Curve, Drained, Linear, Plateau, Unclear
from pytest_nodeleak.evidence.watched import Watched
from pytest_nodeleak.heap.kinds import Kind
from pytest_nodeleak.heap.path_step import PathStep
from pytest_nodeleak.heap.sources import SourcePosition
from pytest_nodeleak.heap.suspects import Suspect
from pytest_nodeleak.sources.stacks import Stack

SERVER = """\
const http = require('node:http');

const cache = new Map();

http.createServer(function handler(req, res) {
  cache.set(req.url, { name: req.url });
  res.end();
}).listen(process.env.PORT);
"""
LINEAR = Linear(per_request=1.5, size=20_412, requests=20_000)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "server.js").write_text(SERVER)
    return tmp_path


def suspect_in(script: str) -> Suspect:
    """Return the suspect that the snapshots of ``SERVER`` show."""
    handler = SourcePosition(script=script, line=5, column=19)
    return a_suspect(
        a_holder(
            near=handler,
            steps=(
                PathStep(text="Server._events.request"),
                PathStep(text="handler", function=handler),
                PathStep(text="cache", variable="cache"),
            ),
        )
    )


def explain(
    app: Path,
    suspect: Suspect,
    *,
    curve: Curve = LINEAR,
    bound: SizeBound | None = None,
    stacks: tuple[Stack, ...] = (),
) -> Finding:
    watched = Watched(suspect=suspect, curve=curve, bound=bound)
    explainer = Explainer(app)
    return explainer.leak(watched, explainer.original_stacks(stacks)).finding


def holder_of(finding: Finding) -> FoundHolder:
    assert finding.holder is not None
    return finding.holder


@pytest.mark.parametrize("as_url", [False, True], ids=["path", "file URL"])
def test_a_suspect_is_explained_with_the_line_of_its_variable(
    app: Path, *, as_url: bool
) -> None:
    script = app / "server.js"

    finding = explain(app, suspect_in(script.as_uri() if as_url else str(script)))

    assert len(finding.fingerprint) == 12
    assert finding == Finding(
        kind=Kind.COLLECTION,
        title="cache gains 1.50 entries per request (402 B)",
        entries_per_request=1.5,
        objects_per_request=2.0,
        bytes_per_request=402.4,
        counted_over=499,
        constructors=(("{name}", 1.0), ("string", 1.0)),
        holder=FoundHolder(
            name="cache",
            class_name="Map",
            place=Place(file="server.js", line=3),
            scope="module scope",
            size=20_412,
        ),
        path=(
            "Server._events.request",
            "handler (server.js:5:19)",
            "cache",
            "Map",
            "{name}",
        ),
        excerpts=(
            Excerpt(
                file="server.js",
                first_line=1,
                lines=tuple(SERVER.splitlines()[:6]),
                marks=(3,),
            ),
        ),
        fingerprint=finding.fingerprint,
        advice=advice_for(Kind.COLLECTION),
    )


def test_the_source_of_what_stopped_growing_is_not_shown(app: Path) -> None:
    finding = explain(app, suspect_in(str(app / "server.js")), curve=Plateau(size=9))

    assert finding.excerpts == ()


@pytest.mark.parametrize(
    ("curve", "size", "entries"),
    [
        (LINEAR, 20_412, 1.5),
        (Linear(per_request=None, size=None, requests=9), None, 1.0),
        (Plateau(size=5000), 5000, 1.0),
        (Drained(peak=900, size=20), 20, 1.0),
        (Unclear(reason="hardly any load was pushed"), None, 1.0),
        (Unclear(reason="it has a bound", per_request=0.5, size=60), 60, 0.5),
    ],
    ids=["linear", "by snapshot", "plateau", "drained", "unclear", "below a bound"],
)
def test_its_size_and_rate_are_those_of_the_curve(
    app: Path, curve: Curve, size: int | None, entries: float
) -> None:
    finding = explain(app, suspect_in(str(app / "server.js")), curve=curve)

    assert holder_of(finding).size == size
    assert finding.entries_per_request == entries


@pytest.mark.parametrize(
    ("kind", "entry", "name"),
    [
        (Kind.HANDLE, "UDP", "Node's open handles"),
        (Kind.MODULE, "ModuleWrap", "Node's loaded modules"),
        (Kind.UNKNOWN, "Worker", "V8's roots"),
    ],
)
def test_what_no_variable_holds_is_named_in_words_and_placed_where_it_was_made(
    app: Path, kind: Kind, entry: str, name: str
) -> None:
    suspect = suspect_in(str(app / "server.js"))
    root = replace(
        suspect.holder, name="roots", class_name="", near=None, steps=(), is_root=True
    )
    made = ProfileFrame(
        function="open", url=(app / "server.js").as_uri(), line=6, column=3
    )

    finding = explain(
        app,
        replace(suspect, holder=root, kind=kind, entry=entry),
        stacks=(Stack(frames=(made,), weight=1.0),),
    )

    holder = holder_of(finding)
    assert (holder.name, holder.class_name) == (name, entry)
    assert holder.place == Place(file="server.js", line=6, column=3)
    assert finding.path == (entry,)


def test_a_module_that_is_loaded_again_is_mended_where_it_is_loaded(app: Path) -> None:
    suspect = suspect_in(str(app / "server.js"))
    children = replace(suspect.holder, name="Module.children", near=None, steps=())
    rules = (app / "rules.js").as_uri()
    frames = (
        ProfileFrame(function="", url=rules, line=1, column=1),
        ProfileFrame(
            function="load", url=(app / "server.js").as_uri(), line=9, column=5
        ),
    )

    finding = explain(
        app,
        replace(
            suspect,
            holder=children,
            kind=Kind.MODULE,
            entry="Module",
            entry_defined=SourcePosition(script=rules),
        ),
        stacks=(Stack(frames=frames, weight=1.0),),
    )

    assert holder_of(finding).place == Place(file="server.js", line=9, column=5)
    assert finding.callback == Place(file="rules.js")


def test_an_announced_bound_is_told(app: Path) -> None:
    bound = SizeBound(name="max", entries=5000)
    watched = Watched(
        suspect=suspect_in(str(app / "server.js")),
        curve=Plateau(size=5000),
        bound=bound,
    )

    explained = Explainer(app).leak(watched, ())

    assert explained.bound == "max 5,000"
    assert holder_of(explained.finding).bound == "max 5,000"
    assert explained.curve == watched.curve


@pytest.mark.parametrize(
    "script", ["gone.js", "node_modules"], ids=["deleted", "a directory"]
)
def test_without_a_source_the_function_is_the_place(app: Path, script: str) -> None:
    (app / "node_modules").mkdir()

    holder = holder_of(explain(app, suspect_in(str(app / script))))

    assert holder.place == Place(file=script, line=5, column=19)
    assert holder.scope == ""


def test_a_source_that_is_no_text_is_searched_all_the_same(app: Path) -> None:
    (app / "server.js").write_bytes(b"// Z\xfcrich\nlet cache = {};\n")

    holder = holder_of(explain(app, suspect_in(str(app / "server.js"))))

    assert holder.place == Place(file="server.js", line=2)


def test_a_bundle_of_many_megabytes_is_not_searched(app: Path) -> None:
    (app / "server.js").write_text(SERVER + "/" * 5_000_000)

    holder = holder_of(explain(app, suspect_in(str(app / "server.js"))))

    assert holder.place == Place(file="server.js", line=5, column=19)


def test_a_holder_in_a_package_names_it(app: Path) -> None:
    script = app / "node_modules" / "@acme" / "store" / "index.js"
    script.parent.mkdir(parents=True)
    script.write_text(
        "class Store {\n  constructor() {\n    this.cache = [];\n  }\n}\n"
    )
    (script.parent / "package.json").write_text('{"version": "1.18.0"}')

    holder = holder_of(explain(app, suspect_in(str(script))))

    assert (holder.package, holder.package_version) == ("@acme/store", "1.18.0")
    assert holder.place == Place(file="node_modules/@acme/store/index.js", line=3)
    assert holder.scope == "function scope"


def test_a_file_outside_the_app_keeps_its_whole_path(app: Path) -> None:
    holder = holder_of(explain(app / "elsewhere", suspect_in(str(app / "server.js"))))

    assert holder.place == Place(file=str(app / "server.js"), line=3)


@pytest.mark.parametrize("near", [None, SourcePosition(script="node:timers", line=9)])
def test_a_timer_on_node_s_own_list_is_placed_where_its_callback_is(
    app: Path, near: SourcePosition | None
) -> None:
    suspect = suspect_in(str(app / "server.js"))
    holder = replace(
        suspect.holder,
        name="timerListMap",
        variable=None,
        class_name="TimersList",
        near=near,
        steps=(PathStep(text="processTimers", function=near),),
    )
    callback = SourcePosition(script=str(app / "server.js"), line=6, column=3)

    finding = explain(
        app,
        replace(
            suspect,
            holder=holder,
            kind=Kind.TIMER,
            entry="Timeout",
            entry_defined=callback,
        ),
    )

    place = Place(file="server.js", line=6, column=3)
    assert holder_of(finding).name == "Node's active timers"
    assert holder_of(finding).place == place
    assert finding.callback == place
    assert finding.path[-2:] == ("TimersList", "Timeout")


def test_node_s_own_functions_are_left_out_of_the_path(app: Path) -> None:
    suspect = suspect_in(str(app / "server.js"))
    internal = PathStep(
        text="emit", function=SourcePosition(script="node:events", line=500)
    )
    steps = (PathStep(text="process"), internal, *suspect.holder.steps)

    finding = explain(
        app, replace(suspect, holder=replace(suspect.holder, steps=steps))
    )

    assert finding.path[0] == "Server._events.request"


def test_a_long_path_is_cut_in_its_middle(app: Path) -> None:
    suspect = suspect_in(str(app / "server.js"))
    steps = tuple(PathStep(text=f"s{n}") for n in range(40))

    path = explain(
        app, replace(suspect, holder=replace(suspect.holder, steps=steps))
    ).path

    assert path == ("s0", "s1", "s2", "…", "s36", "s37", "s38", "s39", "Map", "{name}")


def test_the_stack_through_the_holder_s_file_is_where_entries_are_put(
    app: Path,
) -> None:
    script = (app / "server.js").as_uri()

    def frame(function: str, url: str, line: int) -> ProfileFrame:
        return ProfileFrame(function=function, url=url, line=line, column=9)

    stacks = (
        Stack(frames=(frame("writeHead", str(app / "log.js"), 2),), weight=900),
        Stack(frames=(frame("", script, 6), frame("emit", "node:events", 1)), weight=9),
    )

    finding = explain(app, suspect_in(script), stacks=stacks)

    assert finding.allocated_at == (
        Frame(function="(anonymous)", place=Place(file="server.js", line=6, column=9)),
    )


def test_what_node_holds_for_a_package_is_that_package_s(app: Path) -> None:
    suspect = suspect_in(str(app / "server.js"))
    holder = replace(suspect.holder, near=None, variable=None)
    module = app / "node_modules" / "cron"
    module.mkdir(parents=True)
    (module / "package.json").write_text('{"version": "4.1.0"}')
    callback = SourcePosition(script=str(module / "job.js"), line=6, column=3)

    found = holder_of(
        explain(
            app,
            replace(suspect, holder=holder, kind=Kind.TIMER, entry_defined=callback),
        )
    )

    assert (found.package, found.package_version) == ("cron", "4.1.0")


def test_a_bug_keeps_its_fingerprint_in_another_directory(
    app: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("checkout") / "shop"
    other.mkdir()
    moved = Explainer(other).leak(
        Watched(suspect=suspect_in(str(other / "server.js")), curve=LINEAR, bound=None),
        (),
    )

    assert (
        explain(app, suspect_in(str(app / "server.js"))).fingerprint
        == moved.finding.fingerprint
    )


def test_a_blocking_function_is_named_with_its_share_of_the_time(app: Path) -> None:
    fib = ProfileFrame(function="fib", url=(app / "slow.js").as_uri(), line=2, column=1)
    stacks = [
        Stack(frames=(fib,), weight=0.9),
        Stack(frames=(replace(fib, function="", line=9),), weight=0.1),
    ]

    blocks = Blocks(longest_ms=1310.4, stacks=tuple(stacks))
    finding = Explainer(app).blocking(blocks, delay_ms=9000)

    assert finding.kind is Kind.LOOP_BLOCKED
    assert finding.title == (
        "the event loop is blocked for up to 1,310 ms at a time by a computation in"
        " JavaScript in fib (slow.js:2), 90% of the CPU time"
    )
    assert [str(frame) for frame in finding.allocated_at] == ["fib slow.js:2:1"]


def test_a_loop_that_is_blocked_by_no_one_known_is_told_so(app: Path) -> None:
    finding = Explainer(app).blocking(Blocks(), delay_ms=310)

    assert finding.title == "the event loop is blocked for up to 310 ms"
    assert finding.allocated_at == ()


def mapped_bundle(app: Path, *, texts: Sequence[str | None] = ()) -> str:
    """Write a bundle of a package and the app, three functions on one line."""
    text = "function a(){}function b(){}function c(){}"
    segments = [
        Mapped(line=0, column=9, source=0, source_line=4, name=0),
        Mapped(line=0, column=23, source=0, source_line=8, name=1),
        Mapped(line=0, column=37, source=1, source_line=6, name=2),
    ]
    sources = ["../node_modules/lru/index.js", "../src/users.ts"]
    content = source_map(
        segments, sources=sources, names=["push", "set", "loadUser"], texts=texts
    )
    (app / "dist").mkdir()
    (app / "dist" / "main.js.map").write_bytes(content)
    path = app / "dist" / "main.js"
    path.write_text(f"{text}\n//# sourceMappingURL=main.js.map")
    return path.as_uri()


def test_a_bundle_s_stack_is_that_of_its_packages_and_sources(app: Path) -> None:
    url = mapped_bundle(app)
    frames = tuple(
        ProfileFrame(function=name, url=url, line=1, column=column)
        for name, column in (("a", 11), ("b", 25), ("c", 39))
    )

    blocks = Blocks(longest_ms=9, stacks=(Stack(frames=frames, weight=1.0),))
    finding = Explainer(app).blocking(blocks, delay_ms=9)

    assert [str(frame) for frame in finding.allocated_at] == [
        "set node_modules/lru/index.js:9:1",
        "loadUser src/users.ts:7:1",
    ]


def test_the_source_shown_of_a_bundle_is_that_which_its_map_has(app: Path) -> None:
    source = "\n".join(f"source {number}" for number in range(1, 10))
    url = mapped_bundle(app, texts=[None, source])
    (app / "src").mkdir()
    (app / "src" / "users.ts").write_text("changed since\n" * 20)
    frame = ProfileFrame(function="c", url=url, line=1, column=39)

    blocks = Blocks(longest_ms=9, stacks=(Stack(frames=(frame,), weight=1.0),))
    (excerpt,) = Explainer(app).blocking(blocks, delay_ms=9).excerpts

    assert (excerpt.file, excerpt.marks) == ("src/users.ts", (7,))
    assert excerpt.lines == tuple(f"source {number}" for number in range(4, 10))


def test_a_holder_in_a_bundle_s_package_belongs_to_the_package(app: Path) -> None:
    url = mapped_bundle(app)
    suspect = suspect_in(str(app / "server.js"))
    near = SourcePosition(script=url, line=1, column=11)
    holder = replace(suspect.holder, near=near, variable=None)

    finding = explain(app, replace(suspect, holder=holder))

    assert holder_of(finding).package == "lru"
    assert str(holder_of(finding).place) == "node_modules/lru/index.js:5:1"


def test_a_map_that_cannot_be_read_is_noted(app: Path) -> None:
    (app / "server.js").write_text(SERVER + "//# sourceMappingURL=gone.map\n")
    explainer = Explainer(app)

    finding = explainer.leak(
        Watched(suspect=suspect_in(str(app / "server.js")), curve=LINEAR, bound=None),
        (),
    ).finding

    assert str(holder_of(finding).place) == "server.js:3"
    assert [note.partition(",")[0] for note in explainer.notes] == [
        "the source map of server.js was not used"
    ]
