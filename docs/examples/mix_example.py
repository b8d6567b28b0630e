def test_reading_beside_writing(node_app):
    routes = ["GET /users/{n}", "POST /users", "POST /search"]
    report = node_app.hammer(routes, mix=True, json={"q": "{n}"})
    report.assert_bounded()
