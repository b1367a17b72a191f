from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.mapping.masking import mask

ORDER = {
    "number": "W10007",
    "name": "Pania Rewi",
    "email": "Pania.Rewi@example.org",
    "phone": "021 555 0177",
    "currency": "NZD",
    "shipping_address": {"attention": "Pania Rewi", "line1": "7 Mock Terrace", "city": "Napier", "postcode": "4110"},
    "lines": [{"sku": "FOD-001", "name": "Olive oil, 500 ml", "note": None, "quantity": "2"}],
    "gift_message": "Happy birthday, Nan!",
    "ALPHACODE": "REWI",
    "contacts": [{"FIRSTNAME": "Pania", "LASTNAME": "Rewi", "JOBTITLE": "Owner", "EMAIL": "p@example.org"}],
}


def test_people_are_replaced_and_business_stays() -> None:
    found = mask(ORDER, salt="s")
    text = str(found.payload)
    for personal in ("Pania", "Rewi", "021 555 0177", "7 Mock", "birthday", "p@example.org"):
        assert personal not in text, personal
    kept = found.payload
    assert kept["number"] == "W10007" and kept["lines"] == ORDER["lines"] and kept["currency"] == "NZD"
    assert kept["shipping_address"]["city"] == "Napier" and kept["shipping_address"]["postcode"] == "4110"
    assert kept["contacts"][0]["JOBTITLE"] == "Owner" and kept["ALPHACODE"] == "REWI"
    assert found.masked[:3] == ("name", "email", "phone") and "contacts.FIRSTNAME" in found.masked


def test_a_mask_keeps_the_shape_and_fits_together() -> None:
    found = mask(ORDER, salt="s").payload
    assert found["name"] == found["shipping_address"]["attention"]
    assert found["phone"][3] == " " and found["phone"].replace(" ", "").isdigit()
    assert found["email"].endswith("@example.invalid") and found["email"][0].isupper()
    assert mask(ORDER, salt="s").payload == found != mask(ORDER, salt="t").payload


def test_paths_can_be_added_and_kept() -> None:
    found = mask(ORDER, salt="s", extra=["ALPHACODE", "lines.sku"], keep=["phone"])
    assert found.payload["ALPHACODE"] != "REWI" and found.payload["lines"][0]["sku"] != "FOD-001"
    assert found.payload["phone"] == "021 555 0177"


def test_products_are_nobody() -> None:
    product = {"sku": "SOF-001", "name": "Bellarine sofa", "brand": "Wattle", "barcode": "2900010001012", "price": 12.5}
    assert mask(product, salt="s").payload == product


names = st.sampled_from(["email", "name", "phone", "sku", "lines", "address1", "x"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=10,
)


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape(entry) for key, entry in value.items()}
    return [shape(entry) for entry in value] if isinstance(value, list) else type(value)


@given(values)
def test_only_texts_change(value: Any) -> None:
    assert shape(mask(value, salt="s").payload) == shape(value)
