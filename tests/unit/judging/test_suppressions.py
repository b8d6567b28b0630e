"""Every way a file of known leaks can be wrong says what to write instead."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pytest_nodeleak.exceptions import InvalidSetting
from pytest_nodeleak.judging.suppressions import (
    Rate,
    Suppression,
    Suppressions,
    parse_suppressions,
)
from pytest_nodeleak.settings.options import OPTIONS
from pytest_nodeleak.settings.settings import resolve

TODAY = date(2026, 6, 30)
KINDS = (
    "collection",
    "listener",
    "timer",
    "closure",
    "promise",
    "module",
    "context",
    "handle",
    "external",
    "unknown",
)
ENTRY = """\
[[suppress]]
holder = "cache"
reason = "fixed in 2.1"
expires = 2027-06-30
"""


def parse(text: str) -> Suppressions:
    return parse_suppressions(text, file="known.toml", today=TODAY)


def refused(text: str) -> str:
    with pytest.raises(InvalidSetting) as raised:
        parse(text)
    return str(raised.value)


def test_all_that_can_be_said_is_read() -> None:
    text = """
    [[suppress]]
    fingerprint = "3fa9c1d2e4b5"
    holder = "store.*"
    package = "express-session"
    kind = "collection"
    target = "* /login"
    reason = "  sessions move to Redis in 2.1  "
    expires = 2027-06-30
    at_most = 1.5

    [[suppress]]
    holder = "audit"
    reason = "nightly restart"
    expires = "2026-12-31"
    at_most = "2 KB"
    """

    assert parse(text) == Suppressions(
        entries=(
            Suppression(
                number=1,
                fingerprint="3fa9c1d2e4b5",
                holder="store.*",
                package="express-session",
                kind="collection",
                target="* /login",
                reason="sessions move to Redis in 2.1",
                expires=date(2027, 6, 30),
                at_most=Rate(value=1.5),
            ),
            Suppression(
                number=2,
                holder="audit",
                reason="nightly restart",
                expires=date(2026, 12, 31),
                at_most=Rate(value=2000, is_bytes=True),
            ),
        ),
        today=TODAY,
        file="known.toml",
    )


@pytest.mark.parametrize("text", ["", "# nothing known\n"])
def test_an_empty_file_has_no_entries(text: str) -> None:
    assert parse(text).entries == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[[suppress]\n",
            "known.toml: suppressions file 'known.toml' is not TOML: ",
        ),
        (
            "[[suppressed]]\n",
            "known.toml: table 'suppressed' is not 'suppress'; did you mean 'suppress'?",
        ),
        (
            "[suppress]\nreason = 'x'\n",
            "known.toml: suppress {'reason': 'x'} is not a list of tables: write [[supp",
        ),
        (
            "suppress = [1]\n",
            "known.toml: suppress [1] is not a list of tables: write [[suppress]]",
        ),
        (
            "a = " + "[" * 20_000,
            "known.toml: suppressions file 'known.toml' is not TOML: ",
        ),
        (
            "a = " + "9" * 5_000,
            "known.toml: suppressions file 'known.toml' is not TOML: ",
        ),
    ],
    ids=["syntax", "other table", "one table", "no table", "deep", "long"],
)
def test_a_file_of_another_form_is_refused(text: str, said: str) -> None:
    assert refused(text).startswith(said)


def test_an_unknown_key_is_refused_with_the_one_that_was_meant() -> None:
    assert refused(ENTRY + ENTRY + "expiry = 2027-01-01\n") == (
        "known.toml, entry 2 (cache): key 'expiry' is not one of fingerprint, holder,"
        " package, kind, target, reason, expires, at_most; did you mean 'expires'?"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            'fingerprint = "3fa9"',
            "fingerprint '3fa9' is not the 12 digits in quotes that the report shows",
        ),
        (
            "fingerprint = 123456789012",
            "fingerprint 123456789012 is not the 12 digits in quotes that the report",
        ),
        ('package = ""', "package '' is not a text in quotes"),
        ("target = 1", "target 1 is not a text in quotes"),
        (
            'kind = "collections"',
            "kind 'collections' is not one of collection, listener,",
        ),
        ('kind = "collections"', "; did you mean 'collection'?"),
        *(
            (f'kind = "{kind}"', f"kind '{kind}' is not one of {', '.join(KINDS)}")
            for kind in ("loop_blocked", "gc_pause", "native", "oom_kill", "heap_limit")
        ),
        (
            "at_most = 0",
            "at_most 0 is not a number of entries above 0, such as 1.5, or",
        ),
        ("at_most = -1", "at_most -1 is not a number of entries above 0"),
        ("at_most = nan", "at_most nan is not a number of entries above 0"),
        ("at_most = inf", "at_most inf is not a number of entries above 0"),
        ("at_most = true", "at_most True is not a number of entries above 0"),
        ('at_most = "1.5"', "at_most '1.5' is not a number of entries above 0"),
        ('at_most = "2 KBps"', "or a size such as '2 KB'"),
        ("at_most = [1]", "at_most [1] is not a number of entries above 0"),
    ],
)
def test_a_wrong_value_is_refused_with_what_to_write(line: str, said: str) -> None:
    text = refused(ENTRY + line)

    assert text.startswith("known.toml, entry 1 (")
    assert said in text


@pytest.mark.parametrize(
    ("day", "shown"),
    [
        ("2027", "2027"),
        ('"soon"', "'soon'"),
        ('"2027-13-01"', "'2027-13-01'"),
        ("2027-06-30T12:00:00", "'2027-06-30 12:00:00'"),
    ],
)
def test_what_is_no_day_is_refused(day: str, shown: str) -> None:
    assert refused(ENTRY.replace("2027-06-30", day)) == (
        f"known.toml, entry 1 (cache): expires {shown} is not a day such as 2027-03-31"
    )


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        (
            "reason",
            "reason None is not set; say why the leak is accepted, for whoever reads this",
        ),
        (
            "expires",
            "expires None is not set; name the last day it is accepted, such as",
        ),
    ],
)
def test_reason_and_expiry_are_required(left_out: str, said: str) -> None:
    lines = [line for line in ENTRY.splitlines() if not line.startswith(left_out)]

    assert refused("\n".join(lines)).startswith(f"known.toml, entry 1 (cache): {said}")


def test_an_entry_has_to_say_which_leak_it_is_about() -> None:
    said = refused(ENTRY.replace('holder = "cache"', 'kind = "timer"'))

    assert said.startswith(
        "known.toml, entry 1: fingerprint None is not set, and neither"
    )


@pytest.mark.parametrize("pattern", ["*", "**", "?*"])
def test_an_entry_that_fits_every_leak_is_refused(pattern: str) -> None:
    everything = ENTRY.replace("cache", pattern)

    assert "is not narrow enough: it fits every leak" in refused(everything)
    assert "is not narrow enough" in refused(everything + 'target = "*"')
    assert parse(everything + 'package = "lodash"').entries[0].package == "lodash"
    assert parse(everything + 'target = "GET /a"').entries[0].target == "GET /a"


def test_an_entry_is_named_by_its_number_and_what_it_is_about() -> None:
    assert str(parse(ENTRY).entries[0]) == "suppression 1 (cache)"


@pytest.fixture
def below(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two files of one name: beside the ini file, and where pytest is started."""
    pytester.makeini("[pytest]\nnodeleak_suppressions = known.toml")
    pytester.path.joinpath("known.toml").write_text(ENTRY)
    directory = pytester.mkdir("below")
    (directory / "known.toml").write_text(ENTRY + ENTRY)
    monkeypatch.chdir(directory)
    return directory


@pytest.mark.parametrize(
    ("arguments", "entries"), [([], 1), (["--nodeleak-suppressions=known.toml"], 2)]
)
@pytest.mark.usefixtures("below")
def test_the_ini_file_s_is_beside_it_and_the_command_line_s_where_it_was_typed(
    pytester: pytest.Pytester, arguments: list[str], entries: int
) -> None:
    known = resolve(pytester.parseconfig(*arguments)).suppressions

    assert known is not None
    assert len(known.entries) == entries
    assert known.today >= date(2026, 1, 1)


def test_without_a_file_nothing_is_known(pytester: pytest.Pytester) -> None:
    assert resolve(pytester.parseconfig()).suppressions is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "No such file or directory"), (b"\xff", "no UTF-8")],
    ids=["missing", "bytes"],
)
def test_a_file_that_cannot_be_read_is_refused(
    pytester: pytest.Pytester, content: bytes | None, problem: str
) -> None:
    if content is not None:
        pytester.path.joinpath("known.toml").write_bytes(content)
    config = pytester.parseconfig("--nodeleak-suppressions=known.toml")

    with pytest.raises(InvalidSetting) as raised:
        resolve(config)

    assert str(raised.value) == (
        "--nodeleak-suppressions: suppressions 'known.toml' is not a file that can be"
        f" read: {problem} ({pytester.path / 'known.toml'})"
    )


def test_the_option_has_an_ini_twin() -> None:
    option = next(one for one in OPTIONS if one.name == "suppressions")

    assert (option.flag, option.ini) == (
        "--nodeleak-suppressions",
        "nodeleak_suppressions",
    )


def test_a_rate_reads_as_what_it_counts() -> None:
    assert str(Rate(value=1.5)) == "1.50/request"
    assert str(Rate(value=2000, is_bytes=True)) == "2.00 KB/request"
