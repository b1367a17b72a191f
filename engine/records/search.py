"""The words people find a record by. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from engine.records.entity import Document

_WORD = re.compile(r"[^\W_]+")
_FIELDS = ("name", "sku", "code", "barcode", "brand", "company_name", "email", "external_number", "po_number")
_MOST = 200  # words kept per record: a product with thousands of variants is found by the first ones


def search_words(key: str, document: Document) -> str:
    """Key, names, codes and barcodes as plain lower-case words, each once, separated by blanks."""
    found = words(" ".join(_texts(key, document)))
    return " ".join(list(dict.fromkeys(found))[:_MOST])


def words(text: str) -> list[str]:
    """The words of a text as the index has them: lower case, without accents, split at everything else."""
    folded = text.casefold()
    if not folded.isascii():
        folded = "".join(each for each in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(each))
    return _WORD.findall(folded)


def _texts(key: str, document: Document) -> Iterator[str]:
    yield key
    for name in _FIELDS:
        if value := document.get(name):
            yield value
    for variant in document.get("variants") or ():
        yield variant["sku"]
        if barcode := variant.get("barcode"):
            yield barcode
    if buyer := document.get("buyer"):
        yield from (value for value in buyer.values() if value)
