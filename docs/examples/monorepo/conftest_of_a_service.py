# services/users/conftest.py
import pytest


@pytest.fixture
def nodeleak_app():
    return "npm --prefix services/users start"
