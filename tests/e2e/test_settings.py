"""Every option from every source, and which source wins."""

from __future__ import annotations

import pytest

# name, flag value, ini value, attribute of Settings, from the flag, from the ini file
_OPTIONS = [
    ("app", "node a.js", "node b.js", "app", "'node a.js'", "'node b.js'"),
    ("cwd", "one", "two", "cwd.name", "'one'", "'two'"),
    ("route", "GET /a", "GET /b", "routes", "('GET /a',)", "('GET /b',)"),
    ("node", "node-a", "node-b", "node", "'node-a'", "'node-b'"),
    ("verify", "no", "yes", "verify", "False", "True"),
    ("budget", "90 s", "2 min", "budget_s", "90.0", "120.0"),
    ("ready-timeout", "5", "7 s", "ready_timeout_s", "5.0", "7.0"),
    ("rps", "7", "120", "rates", "(7.0,)", "(120.0,)"),
    ("max-old-space", "64", "128", "max_old_space_mb", "64", "128"),
    ("memory-limit", "64 MiB", "1 GB", "memory_limit_bytes", "67108864", "1000000000"),
    ("max-open-files", "128", "256", "max_open_files", "128", "256"),
    ("inconclusive", "warn", "warn", "fail_inconclusive", "False", "False"),
    ("artifacts", "one", "two", "artifacts.directory.name", "'one'", "'two'"),
    (
        "metrics",
        "a.om",
        "b.om",
        "outputs['metrics.om'].name",
        "'a.om'",
        "'b.om'",
    ),
    ("otlp", "http://a:1", "env", "otlp", "'http://a:1/v1/metrics'", "'env'"),
    ("json", "a.json", "b.json", "outputs['json'].name", "'a.json'", "'b.json'"),
    ("html", "a.html", "b.html", "outputs['html'].name", "'a.html'", "'b.html'"),
]
_SHOW = """
from pytest_nodeleak.session.session import SETTINGS

def pytest_sessionfinish(session):
    print("setting:", repr(session.config.stash[SETTINGS].{attribute}))
"""


@pytest.mark.parametrize("source", ["flag", "ini", "both"])
@pytest.mark.parametrize("option", _OPTIONS, ids=lambda option: option[0])
def test_an_option_is_taken_from_its_source(
    pytester: pytest.Pytester, option: tuple[str, ...], source: str
) -> None:
    name, flag_value, ini_value, attribute, from_flag, from_ini = option
    pytester.makeconftest(_SHOW.format(attribute=attribute))
    pytester.makepyfile("def test_nothing(): pass")
    arguments = ["--nodeleak", "--collect-only"]
    if source != "ini":
        arguments += [f"--nodeleak-{name}", flag_value]
    if source != "flag":
        ini = name.replace("-", "_")
        pytester.makeini(f"[pytest]\nnodeleak_{ini} = {ini_value}")
    result = pytester.runpytest_subprocess(*arguments)
    expected = from_ini if source == "ini" else from_flag
    result.stdout.fnmatch_lines([f"*setting: {expected}"])


_SHOW_MARKER = """
from pytest_nodeleak.session.session import marker_settings_of

def pytest_collection_finish(session):
    resolved = marker_settings_of(session.items[0])
    print("policy:", resolved.policy.{field}, resolved.budget_s)
"""


@pytest.mark.parametrize(
    ("limit", "value", "ini_value", "field", "from_marker", "from_ini"),
    [
        ("heap_slope", "64 B", "1 KiB", "heap_slope_bytes", "64.0", "1024.0"),
        ("external_slope", "2 KB", "1 B", "external_slope_bytes", "2000.0", "1.0"),
        ("listener_growth", "0", "0.5", "listener_growth", "0.0", "0.5"),
        ("loop_delay_p50", "5 ms", "7", "loop_delay_p50_ms", "5.0", "7.0"),
        ("loop_delay_p99", "50 ms", "1 s", "loop_delay_p99_ms", "50.0", "1000.0"),
        ("loop_delay_max", "0.5 s", "9 ms", "loop_delay_max_ms", "500.0", "9.0"),
    ],
)
def test_a_marker_beats_the_ini_file(  # noqa: PLR0917
    pytester: pytest.Pytester,
    limit: str,
    value: str,
    ini_value: str,
    field: str,
    from_marker: str,
    from_ini: str,
) -> None:
    pytester.makeconftest(_SHOW_MARKER.format(field=field))
    pytester.makeini(f"[pytest]\nnodeleak_{limit} = {ini_value}\nnodeleak_budget = 9")
    pytester.makepyfile("def test_it(): pass")
    result = pytester.runpytest_subprocess("--nodeleak", "--collect-only")
    result.stdout.fnmatch_lines([f"policy: {from_ini} 9.0"])
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.nodeleak({limit}="{value}", budget="20 s")
        def test_it(): pass
        """
    )
    result = pytester.runpytest_subprocess("--nodeleak", "--collect-only")
    result.stdout.fnmatch_lines([f"policy: {from_marker} 20.0"])


def test_the_closest_marker_wins(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(_SHOW_MARKER.format(field="heap_slope_bytes"))
    pytester.makepyfile(
        """
        import pytest

        pytestmark = pytest.mark.nodeleak(heap_slope="1 KB", budget="5 s")

        @pytest.mark.nodeleak(heap_slope="64 B")
        def test_it(): pass
        """
    )
    result = pytester.runpytest_subprocess("--nodeleak", "--collect-only")
    result.stdout.fnmatch_lines(["policy: 64.0 5.0"])
