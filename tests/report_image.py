"""Makes the picture of ``docs/html-report.md`` from a run on the example app.

``make report-image`` calls it; it is no test.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from chromium import open_browser

ROOT = Path(__file__).parents[1]
IMAGE = ROOT / "docs" / "images" / "report.png"
_LARGEST_BYTES = 300_000
_VIEWPORT = (1120, 1480)


def main() -> int:
    """Check the planted leaks, and take a picture of the page."""
    with tempfile.TemporaryDirectory() as directory:
        page = Path(directory) / "report.html"
        subprocess.run(
            [
                sys.executable,
                *("-m", "pytest", "-q", "--nodeleak", f"--nodeleak-html={page}"),
                *("example_app", "-k", "planted_leak"),
            ],
            cwd=ROOT,
            check=True,
        )
        with open_browser() as browser:
            browser.go(page.as_uri(), viewport=_VIEWPORT)
            IMAGE.parent.mkdir(exist_ok=True)
            browser.screenshot(IMAGE)
    size_bytes = IMAGE.stat().st_size
    print(f"{IMAGE.relative_to(ROOT)}: {size_bytes:,} bytes")
    return int(size_bytes > _LARGEST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
