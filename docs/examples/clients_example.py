from pytest_nodeleak import Connections
from pytest_nodeleak.scenarios import EventStream


def test_users_survive_impatient_clients(node_app):
    impatient = Connections(abort=0.1, reconnect_every=50)
    node_app.hammer("GET /users/{n}", connections=impatient).assert_bounded()


def test_events(node_app):
    node_app.hammer(EventStream("/events", events=1), concurrency=4).assert_bounded()
