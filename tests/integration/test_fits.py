"""Whether an app fits into a container, asked before any load."""

from __future__ import annotations

import re

import pytest
from integration.node_apps import LaunchApp, OpenFactory, WriteApp, serving

from pytest_nodeleak import DoesNotFit
from pytest_nodeleak.exceptions import InvalidSetting

pytestmark = pytest.mark.nodejs

CLUSTER = f"""
const cluster = require('node:cluster');
if (cluster.isPrimary) {{ cluster.fork(); cluster.fork(); }} else {{ {serving()} }}
"""


def test_an_app_is_added_up_for_a_container(
    write_app: WriteApp, open_factory: OpenFactory
) -> None:
    write_app(serving())
    app = open_factory().launch("node app.cjs", max_old_space_size=100)

    app.assert_fits("512 MiB")
    app.assert_fits("4 GiB", workers=4)
    with pytest.raises(DoesNotFit) as crowded:
        app.assert_fits("512 MiB", workers=8)
    text = str(crowded.value)
    assert text.startswith("cluster multiplier: 8 processes may take ")
    assert "--max-old-space-size=100 and young objects" in text
    with pytest.raises(DoesNotFit, match="Buffers, outside V8, at the peak"):
        app.assert_fits("512 MiB", external="400 MB")
    with pytest.raises(DoesNotFit, match="300 MiB for the system"):
        app.assert_fits("400 MiB", reserved="300 MiB")
    with pytest.raises(InvalidSetting, match=r"memory '512' is not at least 16 MiB;"):
        app.assert_fits("512")
    with pytest.raises(InvalidSetting, match=r"workers= 0 is not a whole number"):
        app.assert_fits("512 MiB", workers=0)


def test_what_is_recommended_fits_when_it_is_set(
    write_app: WriteApp, open_factory: OpenFactory
) -> None:
    write_app(serving())
    nodeleak = open_factory()
    with pytest.raises(DoesNotFit, match="V8's default for this memory") as trap:
        nodeleak.launch("node app.cjs").assert_fits("4 GiB", workers=4)
    flag = re.search(r"--max-old-space-size=(\d+) in each of 4", str(trap.value))

    assert flag is not None
    assert 614 <= int(flag[1]) <= 768
    # NODE_OPTIONS sets it as well.
    app = nodeleak.launch(
        "sh -c 'node app.cjs'",
        env={"NODE_OPTIONS": f"--max-old-space-size={flag[1]}"},
    )
    app.assert_fits("4 GiB", workers=4)


def test_a_check_of_an_app_that_fits_is_clean_and_says_nothing_of_containers(
    write_app: WriteApp, open_factory: OpenFactory
) -> None:
    write_app(serving())
    app = open_factory().launch(
        "node app.cjs", memory_limit="512 MiB", max_old_space_size=128
    )
    report = app.hammer("GET /items/{n}", requests=400)

    assert report.verdict == "clean"
    assert "container" not in "\n".join(report.measurement.notes)


def test_the_workers_of_a_cluster_are_counted(
    write_app: WriteApp, launch_app: LaunchApp
) -> None:
    write_app(CLUSTER)
    app = launch_app()

    assert app.tree.count_twins(app.pid) == 3
