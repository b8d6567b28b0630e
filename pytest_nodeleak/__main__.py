"""``python -m pytest_nodeleak``: heap snapshots from production, without pytest."""

from __future__ import annotations

import sys

from pytest_nodeleak.commands.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
