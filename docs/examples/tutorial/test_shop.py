def test_books(node_app):
    node_app.hammer("GET /leaky/books/{n}").assert_bounded()
