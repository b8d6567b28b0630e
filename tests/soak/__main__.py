"""Hours of checks in one pytest session, which must stay as small as it was.

``make soak HOURS=2``, or ``PYTHONPATH=tests python -m soak --minutes 2``. Prints what grew
and exits with 1 if anything did. With ``--judge FILE`` it judges what an earlier session
noted, also of one that still runs.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pytest_nodeleak.nodejs.binary import find_node
from pytest_nodeleak.nodejs.ports import free_port
from soak.flatness import LIMITS, Sample, judge
from soak.rotation import EXPECTED, KINDS

_HERE = Path(__file__).parent
_CHECKS, _APP = _HERE / "checks.py", _HERE / "app.cjs"


def main(arguments: list[str]) -> int:
    """Run a session and judge it; return the exit status."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--samples", type=Path, help="where to note them")
    parser.add_argument("--judge", type=Path, help="what was noted")
    asked = parser.parse_args(arguments)
    if asked.judge is not None:
        return _tell(asked.judge)
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        directory = Path(name)
        samples = asked.samples or directory / "samples.jsonl"
        samples.unlink(missing_ok=True)
        with _running_app() as (inspector, base_url):
            _run(directory, samples, asked.minutes, inspector, base_url)
        return _tell(samples)


def _run(
    directory: Path, samples: Path, minutes: float, inspector: str, base_url: str
) -> None:
    temporary = directory / "temporary"
    temporary.mkdir()
    command: list[str | Path] = [
        *(sys.executable, "-m", "pytest", "--nodeleak", "-q", "--tb=short"),
        *("-p", "soak.watching", "-p", "no:cacheprovider", f"--rootdir={_HERE}"),
        # It keeps what each test failed of, with all frames on the way: also in a session
        # that has nothing to do with us, that is most of what grows.
        *("-p", "no:rerunfailures"),
        *("-c", _HERE.parents[1] / "pyproject.toml"),
        f"--nodeleak-artifacts={directory / 'artifacts'}",
        f"--nodeleak-json={directory / 'record.json'}",
        f"--nodeleak-html={directory / 'report.html'}",
        f"--junitxml={directory / 'junit.xml'}",
        f"--nodeleak-attach={inspector}",
        f"--nodeleak-base-url={base_url}",
        _CHECKS,
    ]
    node = find_node(None, os.environ).path
    environment = {
        **os.environ,
        "NODELEAK_SOAK_APP": f"{node} {_APP}",
        "NODELEAK_SOAK_SECONDS": str(60 * minutes),
        "NODELEAK_SOAK_SAMPLES": str(samples),
        "TMPDIR": str(temporary),
    }
    # Leaks fail their tests, so this exits with 2 when it is stopped.
    subprocess.run(command, env=environment, check=False)
    for path in sorted(directory.iterdir()):
        if path.is_file():
            print(f"{path.name}: {path.stat().st_size / 1e6:,.1f} MB")


@contextmanager
def _running_app() -> Iterator[tuple[str, str]]:
    """Start the app that is attached to; tell its inspector's address and its own."""
    port = free_port()
    flags = ["--inspect=127.0.0.1:0", "--expose-gc"]
    process = subprocess.Popen(
        [find_node(None, os.environ).path, *flags, _APP],
        env={**os.environ, "PORT": str(port)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        banner = re.search(r"ws://([\d.:]+)/", process.stderr.readline())
        assert banner is not None
        yield banner[1], f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def _tell(file: Path) -> int:
    samples: list[Sample] = [json.loads(line) for line in file.read_text().splitlines()]
    odd = [one for one in samples if one["verdict"] != EXPECTED[str(one["kind"])]]
    took_s = float(samples[-1]["elapsed_s"]) if samples else 0.0
    print(
        f"{len(samples):,} checks in {took_s / 60:,.0f} minutes, {len(odd)} of them with"
        " another verdict than expected"
    )
    for one in odd:
        print(f"  check {one['number']}: {one['kind']} {one['verdict']}")
    return 1 if _tell_quantities(samples) or odd else 0


def _tell_quantities(samples: Sequence[Sample]) -> bool:
    """Print a line for each; tell whether any is not flat."""
    judged = judge(samples, kinds=len(KINDS))
    print("| quantity | first | last | per check, 95 % interval | limit | is |")
    print("| --- | --- | --- | --- | --- | --- |")
    for one in judged:
        slope = one.per_check or "-"
        limit = LIMITS.get(one.name, "-")
        print(
            f"| {one.name} | {one.first:,.0f} | {one.last:,.0f} | {slope} | {limit}"
            f" | {one.answer} |"
        )
    return any(one.answer != "flat" for one in judged)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
