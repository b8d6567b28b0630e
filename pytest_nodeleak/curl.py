"""What every request to an app has in common, whoever sends it by libcurl."""

from __future__ import annotations

import pycurl

from pytest_nodeleak.endpoint import Endpoint

__all__ = ["set_up"]


def set_up(curl: pycurl.Curl, endpoint: Endpoint) -> None:
    """Let a handle speak to an app as its endpoint says."""
    curl.setopt(pycurl.NOSIGNAL, 1)
    # A proxy of the environment must not stand between us and the loopback.
    curl.setopt(pycurl.PROXY, "")
    if endpoint.socket_path is not None:
        curl.setopt(pycurl.UNIX_SOCKET_PATH, endpoint.socket_path)
    if endpoint.knows_http2:
        curl.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
    if isinstance(endpoint.verify, str):
        curl.setopt(pycurl.CAINFO, endpoint.verify)
    elif not endpoint.verify:
        curl.setopt(pycurl.SSL_VERIFYPEER, 0)
        curl.setopt(pycurl.SSL_VERIFYHOST, 0)
