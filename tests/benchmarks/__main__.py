"""Measure how fast the plugin is beside others, and write docs/benchmarks.md.

Nothing is asserted: timing depends on the machine, ratios hardly do.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from benchmarks.machine import busy_share, environment
from benchmarks.page import PAGE, page, table
from benchmarks.parts import PARTS, run_part
from benchmarks.results import QUIET_SHARE, PartResult, keep, kept
from benchmarks.rows import Size


def main(arguments: Sequence[str]) -> int:
    """Measure the parts that are named, or all; return 1 if one failed."""
    options = _options(arguments)
    machine = environment()
    if options.page:
        _write(machine)
        return 0
    size = Size.QUICK if options.quick else Size.FULL
    _say(*machine)
    if not _is_quiet() and size is Size.FULL and not options.busy:
        _say("Measure when it is, or with --busy, which the page will tell.")
        return 2
    results = _run(options.parts or _default_parts(), size, machine)
    print("\n".join(table(results)))
    _is_quiet()
    if size is Size.FULL:
        _write_if_complete(machine)
    return int(any(result.failure for result in results))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument(
        "--quick", action="store_true", help="see that all runs; nothing is written"
    )
    parser.add_argument("--busy", action="store_true", help="measure beside other work")
    parser.add_argument(
        "--page", action="store_true", help="write the page of what was measured last"
    )
    options = parser.parse_args(arguments)
    unknown = set(options.parts) - PARTS.keys()
    if unknown:
        parser.error(f"no part {sorted(unknown)}, expected some of {', '.join(PARTS)}")
    return options


def _default_parts() -> list[str]:
    return [name for name, part in PARTS.items() if not part.only_if_named]


def _run(names: Sequence[str], size: Size, machine: Sequence[str]) -> list[PartResult]:
    results = []
    for name in names:
        result = run_part(name, size)
        results.append(result)
        if size is Size.FULL:
            keep(result, machine)
        _say(f"{name}: {result.failure or 'measured'} ({result.elapsed_s:.0f} s)")
    return results


def _write_if_complete(machine: Sequence[str]) -> None:
    missing = [name for name in _default_parts() if kept(name, machine) is None]
    if missing:
        _say(
            f"{PAGE.name} is not written: {', '.join(missing)} not measured with these"
            " versions on this machine"
        )
    else:
        _write(machine)


def _write(machine: Sequence[str]) -> None:
    text = page(
        {name: kept(name, machine) for name in PARTS},
        environment=machine,
        methods={name: part.method for name, part in PARTS.items()},
    )
    PAGE.write_text(text, encoding="utf-8")
    _say(f"{PAGE.name} is written")


def _is_quiet() -> bool:
    """Look for seconds whether others use the machine, and say so."""
    busy, (load, *_) = busy_share(), os.getloadavg()
    quiet = busy <= QUIET_SHARE
    _say(
        f"{'quiet' if quiet else 'NOT QUIET'}: {busy:.0%} of the processors in use by"
        f" others, load average {load:.1f}"
    )
    return quiet


def _say(*lines: str) -> None:
    print("\n".join(lines), file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
