def test_user_route(node_app):
    node_app.hammer("GET /users/{n}").assert_bounded()


def test_checkout(node_app):  # a scenario: any callable that takes a session
    def checkout(http):  # a requests.Session bound to the app
        http.post("/cart", json={"sku": 1})
        http.post("/checkout")

    report = node_app.hammer(checkout)
    report.assert_bounded()
    assert report.heap_slope <= 64  # bytes per call
    assert report.loop_delay.p99 < 100  # milliseconds
