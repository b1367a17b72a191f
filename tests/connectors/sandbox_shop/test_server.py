"""Starting, stopping and starting again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from connectors.sandbox_shop.server import DEFAULT_TOKEN, SandboxShop
from tests.connectors.sandbox_shop.conftest import SEED, bearer
from tests.presence import ROOT


def test_a_process_prints_its_address_and_serves(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "connectors.sandbox_shop",
        "--data",
        str(tmp_path / "shop.sqlite"),
        "--seed",
        str(SEED),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        headers = {"Authorization": f"Bearer {DEFAULT_TOKEN}"}
        transport = httpx.HTTPTransport(retries=5)
        with httpx.Client(transport=transport, headers=headers) as client:
            assert len(client.get(f"{url}/api/orders", params={"limit": 250}).json()["records"]) == 30
        process.terminate()
    assert process.returncode in (0, -15)


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "shop.sqlite"
    with SandboxShop(data=data, seed=SEED) as shop, httpx.Client(base_url=shop.api_url, headers=bearer(shop)) as api:
        made = api.post("/categories", json={"code": "A", "name": "A"}, headers={"Idempotency-Key": "k"}).json()
    with SandboxShop(data=data, seed=SEED) as shop, httpx.Client(base_url=shop.api_url, headers=bearer(shop)) as api:
        assert api.get("/categories").json()["records"] == [made]
        assert len(api.get("/orders", params={"limit": 250}).json()["records"]) == 30
        again = api.post("/categories", json={"code": "A", "name": "A"}, headers={"Idempotency-Key": "k"})
        assert again.headers["idempotent-replayed"] == "true"
        later = api.post("/categories", json={"code": "B", "name": "B"}).json()
        assert later["id"] > made["id"] and later["updated_at"] > made["updated_at"]


def test_a_port_that_is_taken_is_said_at_once(tmp_path: Path) -> None:
    with SandboxShop() as shop:
        port = int(shop.url.rsplit(":", 1)[1])
        with pytest.raises(OSError):
            SandboxShop(port=port)


def test_its_own_token() -> None:
    with SandboxShop(token="another") as shop:
        headers = {"Authorization": "Bearer another"}
        assert httpx.get(f"{shop.api_url}/products", headers=headers).status_code == 200
        assert (
            httpx.get(f"{shop.api_url}/products", headers={"Authorization": f"Bearer {DEFAULT_TOKEN}"}).status_code
            == 401
        )
