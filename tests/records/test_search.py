"""The words records are found by."""

from __future__ import annotations

import pytest

from engine.records.search import search_words, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("OAK-TABLE-180", ["oak", "table", "180"]),
        ("Café Crème", ["cafe", "creme"]),
        ("Straße", ["strasse"]),
        ("a_b.c@d", ["a", "b", "c", "d"]),
        ("  ", []),
        ("Māori 木", ["maori", "木"]),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_a_product_is_found_by_its_variants_and_barcodes() -> None:
    document = {"name": "Oak table", "brand": "Oak & Co", "variants": [{"sku": "T-180", "barcode": "931"}]}
    assert search_words("T-1", document) == "t 1 oak table co 180 931"


def test_thousands_of_variants_keep_the_index_small() -> None:
    document = {"name": "x", "variants": [{"sku": f"sku{number}"} for number in range(5000)]}
    assert len(search_words("k", document).split()) == 200
