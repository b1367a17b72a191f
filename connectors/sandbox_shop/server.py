"""Runs the shop on a port: in this process (`run`) or on a thread of it (`SandboxShop`)."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path
from types import TracebackType

import uvicorn

from connectors.sandbox_shop.app import create_app
from connectors.sandbox_shop.shop import Shop, open_shop

DEFAULT_TOKEN = "sandbox-shop-token"  # not a secret: the shop holds invented people only
START_SECONDS = 10.0


class SandboxShop:
    """A shop on its own thread, as a context manager.

    `data` is the SQLite file (None: in memory), `seed` a folder with shop.json and orders.json, `port` 0 a free one.
    Raises OSError when the port is taken.
    """

    def __init__(
        self,
        *,
        data: Path | None = None,
        seed: Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str = DEFAULT_TOKEN,
    ) -> None:
        self.token = token
        self._socket = listen(host, port)
        self.url = address(self._socket)
        self.api_url = f"{self.url}/api"
        self._server = _server(open_shop(data, seed, token))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def start(self) -> SandboxShop:
        """Returns when it answers. Raises RuntimeError when it does not within 10 seconds."""
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the sandbox shop did not start")
            time.sleep(0.005)
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> SandboxShop:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def run(shop: Shop, bound: socket.socket) -> None:
    """Serve until interrupted."""
    _server(shop).run([bound])


def listen(host: str, port: int) -> socket.socket:
    """Raises OSError when the port is taken."""
    # Said to be TCP, or asyncio leaves Nagle on and every answer waits 40 ms.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(128)
    except OSError:
        bound.close()
        raise
    return bound


def address(bound: socket.socket) -> str:
    host, port = bound.getsockname()
    return f"http://{host}:{port}"


def _server(shop: Shop) -> uvicorn.Server:
    # A hanging fault must not keep the shop from stopping.
    config = uvicorn.Config(
        create_app(shop), log_level="error", access_log=False, lifespan="on", timeout_graceful_shutdown=1
    )
    return uvicorn.Server(config)
