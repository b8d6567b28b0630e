from __future__ import annotations

import json
from pathlib import Path

import pytest
from saved_heaps import Service

from pytest_nodeleak.commands.main import main

GOLDEN = Path(__file__).parents[2] / "golden" / "commands"
SECRET = "s3cr3t-token-of-bob"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    service = Service()
    service.warm_up()
    service.serve(40)
    for number in range(3):
        tokens = service.heap.object(parent=service.scope, via=f"t{number}")
        service.heap.node("string", SECRET, parent=tokens, via="token", size=40)
    return service.save(tmp_path / "app.heapsnapshot")


def test_it_says_what_is_there_and_who_keeps_it(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(file)]) == 0
    assert capsys.readouterr().out == (GOLDEN / "show.txt").read_text()


def test_the_text_of_strings_is_shown_only_when_asked_for(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in ([], ["--json"]):
        main(["show", str(file), *arguments])
        printed = capsys.readouterr().out
        assert SECRET not in printed
        assert "a name" not in printed
    main(["show", str(file), "--strings"])
    assert SECRET in capsys.readouterr().out
    main(["show", str(file), "--strings", "--json"])
    assert SECRET in capsys.readouterr().out


def test_a_big_string_is_not_called_by_its_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = Service()
    for parent, via in ((service.scope, "report"), (service.heap.root, "x")):
        service.heap.node("string", SECRET, parent=parent, via=via, size=900_000)
    service.heap.node("regexp", SECRET, parent=service.scope, via="re", size=800_000)
    main(["show", str(service.save(tmp_path / "a"))])
    printed = capsys.readouterr().out
    assert SECRET not in printed
    assert "scope.report" not in printed
    assert "string" in printed


def test_why_a_source_map_was_not_used_is_said(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "server.js").write_text("//# sourceMappingURL=gone.map\n")
    shown = ["show", str(file), "--app", str(tmp_path)]
    main(shown)
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("  note        the source map of server.js was not used, so")
    main([*shown, "--json"])
    assert json.loads(capsys.readouterr().out)["notes"] == [
        last.split("note", 1)[1].strip()
    ]


def test_as_data_it_says_the_same(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["show", str(file), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["schema"], record["command"]) == (1, "show")
    assert record["file"] == "app.heapsnapshot"
    assert record["bytes"] == sum(group["bytes"] for group in record["types"])
    assert record["nodes"] == sum(group["nodes"] for group in record["types"])
    assert sum(one["held_bytes"] for one in record["files"]) == record["bytes"]
    assert sum(one["held_bytes"] for one in record["packages"]) == record["bytes"]
    (secret,) = (
        one for one in record["duplicate_strings"]["largest"] if one["count"] == 3
    )
    assert secret["length"] == len(SECRET)
    assert secret["wasted_bytes"] == 80
    assert "text" not in secret
    cache = next(one for one in record["objects"] if one["name"] == "cache")
    assert cache["class"] == "Map"
    assert cache["file"] == "/usr/src/app/server.js"
