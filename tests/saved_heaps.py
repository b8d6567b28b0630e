"""Snapshot files of a service, as somebody saved them in production."""

from __future__ import annotations

from pathlib import Path

from heaps import Heap, Node, app_server, repeat

_SERVER = "/usr/src/app/server.js"
_CACHED = ("name", "orders")


class Service:
    """A service with a Map that grows and a ring buffer that does not."""

    def __init__(self) -> None:
        self.heap = Heap()
        scope = app_server(self.heap, script=_SERVER)
        self.cache = self.heap.map(parent=scope, via="cache", edge="context")
        self._recent = self.heap.list(parent=scope, via="recent", edge="context")
        self._ring: list[Node] = []
        self.scope = scope

    def warm_up(self) -> None:
        """Fill the ring buffer, so that from now on it stays as full as it is."""
        repeat(10, self._remember)

    def serve(self, requests: int, *, leaking: bool = True) -> None:
        """Answer requests; a leaking service keeps an entry of each."""
        for _ in range(requests):
            if leaking:
                self.heap.put(self.cache, self.heap.shaped(*_CACHED))
            self._remember()
            self.heap.remove(self._ring.pop(0))

    def save(self, path: Path) -> Path:
        """Write a snapshot of the heap as it is now."""
        path.write_text(self.heap.text(), encoding="utf-8")
        return path

    def _remember(self) -> None:
        request = self.heap.object("Request")
        self._ring.append(self.heap.push(self._recent, request))


def saved_service(directory: Path, *loads: int, leaking: bool = True) -> list[Path]:
    """Return snapshot files of a service, one more than there are loads between them."""
    service = Service()
    service.warm_up()
    files = [service.save(directory / "0.heapsnapshot")]
    for number, requests in enumerate(loads, start=1):
        service.serve(requests, leaking=leaking)
        files.append(service.save(directory / f"{number}.heapsnapshot"))
    return files
