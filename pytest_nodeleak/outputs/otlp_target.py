"""Where metrics are sent to over OTLP, as a user names it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

__all__ = ["BY_ENVIRONMENT", "otlp_target"]

#: The standard variables ``OTEL_EXPORTER_OTLP_ENDPOINT`` and the like say where.
BY_ENVIRONMENT = "env"

_PACKAGE = "opentelemetry-exporter-otlp-proto-http"
_PATH = "/v1/metrics"


def otlp_target(text: str) -> str:
    """Return the address that metrics are posted to, or that the environment names it.

    Raises:
        ValueError: If it is neither, or if the extra that sends them is not installed.

    """
    if not _is_installed():
        msg = "possible without its packages: pip install 'pytest-nodeleak[otlp]'"
        raise ValueError(msg)
    if text == BY_ENVIRONMENT:
        return text
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        # Reading an impossible port raises.
        is_usable = is_usable and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        msg = "the URL of an OTLP receiver such as 'http://localhost:4318', or 'env'"
        raise ValueError(msg)
    if parts.path.endswith(_PATH):
        return text
    # As the standard has it of a base address.
    return parts._replace(path=parts.path.rstrip("/") + _PATH).geturl()


def _is_installed() -> bool:
    try:
        return bool(version(_PACKAGE))
    except PackageNotFoundError:
        return False
