"""Writing up to a hundred records at once."""

from __future__ import annotations

import httpx
import pytest


def test_each_record_has_its_own_outcome(stocked: httpx.Client) -> None:
    known = stocked.get("/categories", params={"code": "DIN"}).json()["records"][0]
    records = [
        {"code": "A", "name": "A"},
        {"code": "B"},
        {"code": "DIN", "name": "Taken"},
        {"id": known["id"], "code": "DIN", "name": "Renamed", "version": 1},
        {"id": known["id"], "code": "DIN", "name": "Stale", "version": 1},
        {"code": "C", "name": "C", "parent_code": "A"},
        {"id": 99999, "code": "D", "name": "D"},
        "not an object",
    ]
    response = stocked.post("/categories/batch", json={"records": records})
    assert response.status_code == 207
    results = response.json()["results"]
    assert [result["index"] for result in results] == list(range(8))
    assert [result["status"] for result in results] == [201, 422, 409, 200, 409, 201, 404, 422]
    assert results[0]["key"] == "A" and results[0]["version"] == 1 and results[0]["id"]
    assert results[1]["problems"] == [{"field": "name", "message": "Field required"}]
    assert (results[2]["code"], results[2]["existing_id"]) == ("duplicate", known["id"])
    assert results[3]["version"] == 2
    assert results[4]["code"] == "version_conflict"
    names = [each["name"] for each in stocked.get("/categories").json()["records"]]
    assert names == ["Chairs", "A", "Renamed", "C"]


def test_on_duplicate_update_writes_by_natural_key(stocked: httpx.Client) -> None:
    stock = [{"sku": "OIL", "location_code": code, "on_hand": "7"} for code in ("SYD", "MEL")]
    response = stocked.post("/inventory/batch", params={"on_duplicate": "update"}, json={"records": stock})
    assert response.status_code == 200
    assert [result["status"] for result in response.json()["results"]] == [200, 201]
    prices = [{"group_code": "trade-au", "sku": "cha-red", "min_qty": "12.0", "price": "1"}]
    response = stocked.post("/group-prices/batch", params={"on_duplicate": "update"}, json={"records": prices})
    assert response.json()["results"][0]["status"] == 200
    assert len(stocked.get("/group-prices").json()["records"]) == 3


def test_a_refused_record_leaves_nothing_behind(stocked: httpx.Client) -> None:
    taken = {"code": "NEW", "name": "New", "variants": [{"sku": "FREE", "price": "1"}, {"sku": "OIL", "price": "1"}]}
    free = {"code": "LATER", "name": "Later", "variants": [{"sku": "FREE", "price": "1"}]}
    response = stocked.post("/products/batch", json={"records": [taken, free]})
    assert [result["status"] for result in response.json()["results"]] == [409, 201]


@pytest.mark.parametrize("body", [[], {}, {"records": {}}, {"records": [], "x": 1}])
def test_a_batch_has_one_shape(api: httpx.Client, body: object) -> None:
    assert api.post("/categories/batch", json=body).status_code == 400


def test_a_hundred_and_no_more(api: httpx.Client) -> None:
    records = [{"code": f"C{number}", "name": "C"} for number in range(101)]
    refused = api.post("/categories/batch", json={"records": records})
    assert (refused.status_code, refused.json()["code"]) == (422, "too_many_records")
    assert api.get("/categories").json()["records"] == []
    assert api.post("/categories/batch", json={"records": records[:100]}).status_code == 200
    assert api.post("/categories/batch", json={"records": []}).json() == {"results": []}
    assert api.post("/categories/batch", params={"on_duplicate": "skip"}, json={"records": []}).status_code == 400
