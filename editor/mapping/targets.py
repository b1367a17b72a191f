"""The target fields of a mapping, read from the JSON Schema of the stream or entity it makes, grouped into sections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.mapping.diff import LISTS

DEEPEST: Final = 6  # nested levels shown; deeper ones are mapped through their parent

# A field belongs to the first section one of whose words its name has; the order is the order on the page.
SECTIONS: Final[dict[str, str]] = {
    "Identity": "id key sku code name title slug number reference barcode gtin type kind status state handle brand "
    "email",
    "Prices and tax": "price prices cost rrp amount currency tax taxes discount discounts coupon coupons total totals "
    "subtotal loyalty payment payments credit refund",
    "Stock and freight": "stock quantity qty weight dimensions dims length width height shipping freight location "
    "warehouse shipment tracking backorder inventory available",
    "Texts and media": "description summary text html image images media document documents video videos url seo",
    "People and places": "customer contact contacts address addresses billing delivery phone company person first last "
    "city postcode country region suburb group groups",
    "Dates": "date dates at time created updated modified published from until valid",
    "Structure": "category categories parent children variant variants option options attribute attributes tag tags "
    "line lines related collection",
    "Custom fields": "custom meta metafield metafields extra",
}
OTHER: Final = "More fields"
_SECTION_WORDS: Final = {name: frozenset(words.split()) for name, words in SECTIONS.items()}
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@dataclass(frozen=True, kw_only=True)
class Target:
    """One field that can be made."""

    path: str  # `images[].src`
    type: str  # in words: text, integer, decimal, yes/no, date, list, object, choice; "" any
    required: bool = False
    inside: str = ""  # the object that may be left out, in which alone it is required; "": none
    doc: str = ""
    choices: tuple[str, ...] = ()  # the values a choice may have


def is_required(target: Target, places: Iterable[str]) -> bool:
    """Whether rules for these places must make it too: what an object needs counts once something is made in it."""
    around = f"{target.inside}."
    return target.required and (not target.inside or any(place.startswith(around) for place in places))


def targets_of(schema: Mapping[str, Any] | None) -> tuple[Target, ...]:
    """All fields of a JSON Schema of an object, in its order; () where nothing is known."""
    if not schema:
        return ()
    definitions = schema.get("$defs") or {}
    return tuple(_fields(schema, definitions, "", 0, ""))


def section_of(path: str) -> str:
    top = path.split(".")[0].removesuffix(LISTS)
    words = [word.lower() for word in _WORDS.findall(top)]
    for name, known in _SECTION_WORDS.items():
        if known.intersection(words):
            return name
    return OTHER


def section_order(names: Iterable[str]) -> list[str]:
    known = [*SECTIONS, OTHER]
    return sorted(set(names), key=known.index)


def _fields(
    schema: Mapping[str, Any], definitions: Mapping[str, Any], prefix: str, depth: int, inside: str
) -> Iterator[Target]:
    """`inside`: the object around that may be left out."""
    schema = _plain(schema, definitions)
    required = set(schema.get("required") or ())
    for name, raw in (schema.get("properties") or {}).items():
        field = _plain(raw, definitions)
        path = f"{prefix}{name}"
        items = _plain(field.get("items") or {}, definitions)
        is_object = bool(field.get("properties"))
        if not is_object or depth >= DEEPEST:
            yield _target(path, field, name in required, inside)
        if is_object and depth < DEEPEST:
            yield from _fields(field, definitions, f"{path}.", depth + 1, inside if name in required else path)
        elif items.get("properties") and depth < DEEPEST:
            yield from _fields(items, definitions, f"{path}{LISTS}.", depth + 1, "")  # shown once the list is made


def _target(path: str, field: Mapping[str, Any], required: bool, inside: str) -> Target:
    return Target(
        path=path,
        type=type_words(field),
        required=required,
        inside=inside,
        doc=str(field.get("description") or field.get("title") or ""),
        choices=tuple(str(choice) for choice in field.get("enum") or ()),
    )


def type_words(field: Mapping[str, Any]) -> str:
    if field.get("enum"):
        return "choice"
    kind, form = field.get("type"), field.get("format")
    if isinstance(kind, list):
        kind = next((entry for entry in kind if entry != "null"), None)
    if kind == "string":
        return {"date": "date", "date-time": "time", "decimal": "decimal", "html": "html"}.get(str(form), "text")
    return {"integer": "integer", "number": "decimal", "boolean": "yes/no", "array": "list", "object": "object"}.get(
        str(kind), ""
    )


def _plain(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """References followed, and of `anyOf: [X, null]` the X."""
    for _ in range(8):
        if "$ref" in field:
            target = definitions.get(str(field["$ref"]).rpartition("/")[2], {})
            field = {**target, **{key: value for key, value in field.items() if key != "$ref"}}
        elif len(field.get("allOf") or ()) == 1:
            field = {**field["allOf"][0], **{key: value for key, value in field.items() if key != "allOf"}}
        elif options := field.get("anyOf") or field.get("oneOf"):
            real = [option for option in options if option.get("type") != "null"]
            if not real:
                return field
            outer = {key: value for key, value in field.items() if key not in ("anyOf", "oneOf")}
            # Decimal texts are described as number or text: the text says more.
            chosen = next((option for option in real if "$ref" in option or option.get("type") == "string"), real[0])
            field = {**chosen, **outer}
        else:
            return field
    return field
