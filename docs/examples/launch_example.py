import pytest


@pytest.mark.nodeleak(loop_delay_p99="100 ms", budget="90 s")
def test_search(nodeleak):
    with nodeleak.launch("node server.mjs", max_old_space_size=128) as app:
        app.hammer("POST /search", json={"q": "{uuid}"}).assert_bounded()
