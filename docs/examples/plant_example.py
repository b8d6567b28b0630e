def test_that_a_leak_would_be_found(nodeleak, node_app):
    with nodeleak.plant(node_app, objects_per_request=0.5, size_bytes=64):
        assert node_app.hammer("GET /users/{n}").verdict == "leak"
