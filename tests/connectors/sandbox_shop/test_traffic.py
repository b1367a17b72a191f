"""The rate limit, the faults and the log."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connectors.sandbox_shop.traffic import Fault, Traffic


def arm(control: httpx.Client, **fault: Any) -> None:
    assert control.post("/faults", json=fault).status_code == 201


def test_a_status_for_the_next_requests_only(api: httpx.Client, control: httpx.Client) -> None:
    arm(control, status=500, next=2)
    statuses = [api.get("/products").status_code for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert control.get("/faults").json() == []


def test_429_says_how_long_to_wait(api: httpx.Client, control: httpx.Client) -> None:
    arm(control, status=429, retry_after=7, next=1)
    refused = api.get("/products")
    assert (refused.status_code, refused.headers["retry-after"], refused.json()["code"]) == (429, "7", "rate_limited")


def test_a_fault_does_nothing_else(stocked: httpx.Client, control: httpx.Client) -> None:
    arm(control, status=503, next=1, method="POST", path="/api/categories")
    assert stocked.get("/categories").status_code == 200
    assert stocked.post("/locations", json={"code": "L", "name": "L", "country": "AU"}).status_code == 201
    assert stocked.post("/categories", json={"code": "A", "name": "A"}).status_code == 503
    assert stocked.post("/categories", json={"code": "A", "name": "A"}).status_code == 201


def test_seeded_dice_fall_the_same_way() -> None:
    def falls(seed: int) -> list[bool]:
        traffic = Traffic()
        traffic.arm(Fault(status=500, probability=0.3, seed=seed))
        return [bool(traffic.striking("GET", "/api/products")) for _ in range(200)]

    assert falls(1) == falls(1) != falls(2)
    assert 30 < sum(falls(1)) < 90


def test_probability_lasts_until_taken_back(api: httpx.Client, control: httpx.Client) -> None:
    arm(control, status=500, probability=0.5, seed=3)
    statuses = [api.get("/locations").status_code for _ in range(40)]
    assert set(statuses) == {200, 500}
    assert len(control.get("/faults").json()) == 1
    assert control.delete("/faults").status_code == 204
    assert {api.get("/locations").status_code for _ in range(20)} == {200}


def test_latency(api: httpx.Client, control: httpx.Client) -> None:
    arm(control, latency_ms=150, next=1)
    assert api.get("/products").status_code == 200
    entry = control.get("/log").json()["requests"][-1]
    assert entry["milliseconds"] >= 150 and entry["faults"] == ["latency"]


def test_silence_after_the_work_is_done(stocked: httpx.Client, control: httpx.Client) -> None:
    arm(control, timeout_after_commit=True, next=1, method="POST")
    record = {"code": "DONE", "name": "Done"}
    headers = {"Idempotency-Key": "k"}
    with pytest.raises(httpx.ReadTimeout):
        stocked.post("/categories", json=record, headers=headers, timeout=0.3)
    assert stocked.get("/categories", params={"code": "DONE"}).json()["records"][0]["name"] == "Done"
    replayed = stocked.post("/categories", json=record, headers=headers)
    assert replayed.status_code == 201 and replayed.headers["idempotent-replayed"] == "true"
    assert stocked.post("/categories", json=record).json()["code"] == "duplicate"
    entry = next(each for each in control.get("/log").json()["requests"] if each["faults"])
    assert (entry["faults"], entry["written"]) == (["timeout"], 1)


def test_a_silence_that_ends_in_504(stocked: httpx.Client, control: httpx.Client) -> None:
    arm(control, timeout_after_commit=True, hang_seconds=0.1, next=1)
    refused = stocked.post("/categories", json={"code": "DONE", "name": "Done"})
    assert refused.status_code == 504
    assert stocked.get("/categories", params={"code": "DONE"}).json()["records"] != []


def test_half_an_answer(stocked: httpx.Client, control: httpx.Client) -> None:
    whole = stocked.get("/products").content
    arm(control, truncate_body=True, next=1)
    half = stocked.get("/products")
    assert half.status_code == 200 and half.content == whole[: len(whole) // 2]
    with pytest.raises(ValueError):
        half.json()


@pytest.mark.parametrize(
    "fault",
    [{}, {"next": 1}, {"status": 200}, {"status": 500, "probability": 2}, {"status": 500, "next": 0}, {"sleep": 1}],
)
def test_a_fault_that_makes_no_sense_is_refused(control: httpx.Client, fault: dict[str, Any]) -> None:
    assert control.post("/faults", json=fault).status_code == 422


def test_the_rate_limit(api: httpx.Client, control: httpx.Client) -> None:
    control.put("/rate-limit", json={"per_second": 0.5, "burst": 3})
    responses = [api.get("/locations") for _ in range(5)]
    assert [response.status_code for response in responses] == [200, 200, 200, 429, 429]
    assert int(responses[-1].headers["retry-after"]) in (2, 3)
    control.post("/reset")
    assert api.get("/locations").status_code == 200


def test_the_log_counts_what_was_written(stocked: httpx.Client, control: httpx.Client) -> None:
    control.delete("/log")
    assert control.get("/log").json() == {"requests": [], "records_written": 0}
    stocked.post("/categories/batch", json={"records": [{"code": "A", "name": "A"}, {"code": "B"}]})
    stocked.get("/categories", params={"limit": 5})
    stocked.post("/categories", json={"code": "A", "name": "A"})
    stocked.delete(f"/categories/{stocked.get('/categories', params={'code': 'A'}).json()['records'][0]['id']}")
    log = control.get("/log").json()
    said = [
        (each["method"], each["path"].rstrip("0123456789"), each["status"], each["written"]) for each in log["requests"]
    ]
    assert said == [
        ("POST", "/api/categories/batch", 207, 1),
        ("GET", "/api/categories", 200, 0),
        ("POST", "/api/categories", 409, 0),
        ("GET", "/api/categories", 200, 0),
        ("DELETE", "/api/categories/", 204, 1),
    ]
    assert log["records_written"] == 2
    assert log["requests"][1]["query"] == "limit=5"
    assert log["requests"][0]["at"].endswith("Z")


def test_a_replayed_answer_writes_nothing(stocked: httpx.Client, control: httpx.Client) -> None:
    control.delete("/log")
    for _ in range(2):
        stocked.post("/categories", json={"code": "A", "name": "A"}, headers={"Idempotency-Key": "k"})
    assert [each["written"] for each in control.get("/log").json()["requests"]] == [1, 0]


def test_reset_is_the_first_day(stocked: httpx.Client, control: httpx.Client) -> None:
    arm(control, status=500)
    control.post("/reset")
    assert stocked.get("/products").json()["records"] == []
    assert len(stocked.get("/orders", params={"limit": 250}).json()["records"]) == 30
    assert len(stocked.get("/locations").json()["records"]) == 3
