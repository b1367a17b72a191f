"""Masking and erasing personal fields of payloads in many systems' words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.records.personal import erase, is_personal, mask, mask_text

ORDER: dict[str, Any] = {
    "id": 4711,
    "number": "W-1",
    "email": "Ngaio@Harbour.example",
    "total": "10.00",
    "billing": {"first_name": "Ngaio", "address_1": "1 Quay St", "city": "Sydney", "country": "AU", "phone": "02 9000"},
    "shippingAddress": {"firstName": "Ngaio", "zip": "2000", "name": "Ngaio Rangi"},
    "line_items": [{"sku": "A", "name": "Oak chair", "quantity": 2}],
    "note": "call ngaio@harbour.example first",
    "customer_ip_address": "10.1.2.3",
    "customer": {"id": 9, "EmailAddress": "x@y.example", "Contacts": [{"LastName": "Rangi"}]},
    "tags": ["fragile"],
}


def test_people_are_masked_and_business_is_not() -> None:
    masked = mask(ORDER)
    text = repr(masked).lower()
    for word in ("ngaio", "quay", "rangi", "harbour", "x@y", "10.1.2.3", "02 9000"):
        assert word not in text, word
    for field in ("id", "number", "total", "line_items", "tags"):
        assert masked[field] == ORDER[field]
    assert masked["billing"]["country"] == "AU" and masked["customer"]["id"] == 9
    assert masked["email"].endswith("@masked.example")
    assert masked["note"].startswith("call ") and masked["note"].endswith(" first")


def test_the_same_value_has_the_same_mask_and_shape() -> None:
    assert mask(ORDER) == mask(ORDER)
    assert mask(ORDER)["billing"]["first_name"] == mask(ORDER)["shippingAddress"]["firstName"]
    assert mask_text("Ngaio R-12")[5] == " " and mask_text("Ngaio R-12")[0].isupper()
    assert mask_text("02 9000 1234").replace(" ", "").isdigit()


def test_a_customer_is_about_a_person_throughout() -> None:
    assert mask({"name": "Ngaio", "code": "C-1"}, about_a_person=True)["name"] != "Ngaio"
    assert mask({"name": "Oak chair"})["name"] == "Oak chair"
    assert is_personal("EmailAddress") and is_personal("e-mail") and not is_personal("mailing")


def test_nothing_that_could_be_guessed_back_is_left_after_erasing() -> None:
    erased = erase(ORDER)
    assert erased["email"] == "erased@masked.example" and erased["billing"]["first_name"] == "erased"
    assert erased["total"] == "10.00" and erased["line_items"] == ORDER["line_items"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["email", "name", "customer", "phone", "x"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("change", [mask, erase])
@given(value=JSON)
def test_any_payload_keeps_its_shape(change: Any, value: Any) -> None:
    assert _shape(change(value)) == _shape(value)
    assert change(change(value)) is not ...


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items()}
    return [_shape(each) for each in value] if isinstance(value, list) else None
