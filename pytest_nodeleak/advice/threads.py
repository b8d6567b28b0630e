"""What to do about worker threads that are never ended."""

from __future__ import annotations

__all__ = ["ABOUT_THREADS"]

ABOUT_THREADS = (
    "worker threads stay: await worker.terminate() when the work is done, or let a pool of"
    " a few (piscina) do it"
)
