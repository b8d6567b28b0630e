"""What ``diff`` says about a leak, a look-alike, and files it cannot compare."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from saved_heaps import Service, saved_service

from pytest_nodeleak.commands.main import main

GOLDEN = Path(__file__).parents[2] / "golden" / "commands"


def _diff(*arguments: object) -> int:
    return main(["diff", *map(str, arguments)])


def test_of_two_snapshots_it_says_what_grew_and_that_this_only_suggests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _diff(*saved_service(tmp_path, 40)) == 1
    assert capsys.readouterr().out == (GOLDEN / "diff_two.txt").read_text()


def test_of_three_snapshots_and_a_known_load_it_gives_rates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _diff(*saved_service(tmp_path, 40, 20), "--requests", 40, 20) == 1
    assert capsys.readouterr().out == (GOLDEN / "diff_three.txt").read_text()


def test_what_grew_in_one_of_two_windows_only_is_no_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _diff(*saved_service(tmp_path, 40, 1)) == 0
    assert "no holder grew in both windows" in capsys.readouterr().out


def test_a_ring_buffer_that_buries_what_it_bears_is_no_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _diff(*saved_service(tmp_path, 40, leaking=False)) == 0
    assert "no holder grew" in capsys.readouterr().out


def test_as_data_a_finding_has_the_fields_of_a_check_s_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _diff(*saved_service(tmp_path, 40, 20), "--json")
    record = json.loads(capsys.readouterr().out)
    assert (record["schema"], record["command"]) == (1, "diff")
    assert record["files"] == ["0.heapsnapshot", "1.heapsnapshot", "2.heapsnapshot"]
    assert [window["objects"] for window in record["windows"]] == [120, 60]
    (finding,) = record["findings"]
    assert finding["kind"] == "collection"
    assert finding["holder"]["name"] == "cache"
    # Without a known load there are numbers, but no rates.
    assert finding["objects_per_request"] is None
    assert finding["constructors"][0] == {
        "name": "{name, orders}",
        "per_request": None,
        "count": 20,
    }
    assert [window["objects"] for window in finding["windows"]] == [120, 60]
    assert finding["retained_bytes"] > 60 * 3 * 32


def test_as_data_a_finding_has_rates_where_the_load_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _diff(*saved_service(tmp_path, 40), "--requests", 40, "--json")
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["objects_per_request"] == 3.0
    assert finding["constructors"][0] == {"name": "{name, orders}", "per_request": 1.0}


def test_at_most_three_holders_are_shown_and_the_rest_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Service()
    maps = [
        service.heap.map(parent=service.scope, via=f"cache{number}", edge="context")
        for number in range(5)
    ]
    files = [service.save(tmp_path / "0")]
    for number, one in enumerate(maps, start=1):
        for _ in range(5 * number):
            service.heap.put(one, service.heap.object("Entry"))
    files.append(service.save(tmp_path / "1"))
    _diff(*files)
    printed = capsys.readouterr().out
    assert [line.split()[1] for line in printed.splitlines() if "suspect" in line] == [
        "cache4",
        "cache3",
        "cache2",
    ]
    assert "2 holders more (480 B): --all" in printed
    _diff(*files, "--all")
    assert capsys.readouterr().out.count("suspect ") == 5


def test_snapshots_in_the_wrong_order_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = saved_service(tmp_path, 40)
    assert _diff(after, before) == 2
    assert "are in the wrong order" in capsys.readouterr().err


def test_the_same_snapshot_twice_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file,) = saved_service(tmp_path)
    assert _diff(file, file) == 2
    assert "are the same snapshot" in capsys.readouterr().err


def test_snapshots_of_different_processes_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (before,) = saved_service(tmp_path)
    restarted = Service()
    # The same ids, for other objects.
    restarted.heap.nodes[5:] = reversed(restarted.heap.nodes[5:])
    for number, node in enumerate(restarted.heap.nodes):
        node.id = 2 * number + 1
    restarted.warm_up()
    restarted.serve(30)
    after = restarted.save(tmp_path / "after")
    assert _diff(before, after) == 2
    printed = capsys.readouterr().err
    assert "are not of one process" in printed
    assert "without a restart between them" in printed


def test_names_from_the_heap_cannot_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Service()
    evil = service.heap.map(parent=service.scope, via="a\x1b[2Jb", edge="context")
    files = [service.save(tmp_path / "0")]
    for _ in range(20):
        service.heap.put(evil, service.heap.object("x\r\ny"))
    files.append(service.save(tmp_path / "1"))
    assert _diff(*files) == 1
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "\r" not in printed
    assert "a\N{REPLACEMENT CHARACTER}[2Jb grew by 20 entries" in printed


def test_a_file_that_cannot_be_read_is_named_whichever_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = saved_service(tmp_path, 40, 20)
    for file in files:
        text = file.read_text()
        file.write_text(text[:-20])
        assert _diff(*files) == 2
        assert f"{file}: section 'strings'" in capsys.readouterr().err
        file.write_text(text)
