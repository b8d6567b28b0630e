def test_the_service_fits_its_container(nodeleak):
    with nodeleak.launch("node server.mjs", max_old_space_size=700) as app:
        app.assert_fits("4 GiB", workers=4)


def test_a_busy_hour_fits(nodeleak):
    with nodeleak.launch(
        "node server.mjs", memory_limit="256 MiB", max_old_space_size=150
    ) as app:
        app.hammer("POST /users", json={"name": "{uuid}"}).assert_bounded()
