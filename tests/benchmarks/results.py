"""What each part gave, kept below ``.cache`` so that a part can be measured again alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.rows import Readings, Row

__all__ = ["FOLDER", "QUIET_SHARE", "PartResult", "keep", "kept"]

# More of the processors than this in other hands shows in what is measured.
QUIET_SHARE = 0.1

FOLDER = Path(__file__).parents[2] / ".cache" / "benchmarks"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartResult:
    """One run of one part.

    Attributes:
        part: Its name.
        rows: Those it gave, up to a failure.
        failure: What ended it early; empty if nothing did.
        elapsed_s: How long it took.
        others_share: The part of the machine's processors that others used meanwhile.
        load_averages: The system's, of a minute, at its begin and its end.
        measured_on: The day, as ISO 8601 has it.

    """

    part: str
    rows: tuple[Row, ...]
    failure: str = ""
    elapsed_s: float
    others_share: float
    load_averages: tuple[float, float]
    measured_on: str


def keep(result: PartResult, environment: Sequence[str], folder: Path = FOLDER) -> None:
    """Write a result in the place of an earlier one."""
    folder.mkdir(parents=True, exist_ok=True)
    kept_as = {"environment": list(environment), "result": asdict(result)}
    text = json.dumps(kept_as, indent=1)
    (folder / f"{result.part}.json").write_text(text, encoding="utf-8")


def kept(
    part: str, environment: Sequence[str], folder: Path = FOLDER
) -> PartResult | None:
    """Return a part's last result; None without one of this machine and versions."""
    file = folder / f"{part}.json"
    if not file.is_file():
        return None
    read = json.loads(file.read_text(encoding="utf-8"))
    if read["environment"] != list(environment):
        return None
    result: dict[str, Any] = read["result"]
    return PartResult(
        **{
            **result,
            "rows": tuple(_row(one) for one in result["rows"]),
            "load_averages": tuple(result["load_averages"]),
        }
    )


def _row(record: dict[str, Any]) -> Row:
    sides = {
        side: record[side] and Readings(values=tuple(record[side]["values"]))
        for side in ("ours", "theirs")
    }
    return Row(**{**record, **sides})
