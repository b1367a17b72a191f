"""Weights and lengths in other units. The factors are exact by definition (international pound and yard)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any, Final

from engine.expressions.functions.function import Function, function
from engine.expressions.functions.money import exact, like
from engine.expressions.messages import fault
from engine.expressions.numbers import EXACT, QUOTIENT
from engine.expressions.values import UNDEFINED

GRAMS: Final = {
    "mg": Decimal("0.001"),
    "g": Decimal(1),
    "kg": Decimal(1000),
    "t": Decimal(1_000_000),
    "oz": Decimal("28.349523125"),
    "lb": Decimal("453.59237"),
    "st": Decimal("6350.29318"),
}
MILLIMETRES: Final = {
    "mm": Decimal(1),
    "cm": Decimal(10),
    "m": Decimal(1000),
    "km": Decimal(1_000_000),
    "in": Decimal("25.4"),
    "ft": Decimal("304.8"),
    "yd": Decimal("914.4"),
    "mi": Decimal(1_609_344),
}
_NAMES: Final = {
    "gram": "g", "grams": "g", "kgs": "kg", "kilogram": "kg", "kilograms": "kg", "tonne": "t", "tonnes": "t",
    "ounce": "oz", "ounces": "oz", "lbs": "lb", "pound": "lb", "pounds": "lb", "stone": "st", "milligrams": "mg",
    "millimetre": "mm", "millimetres": "mm", "centimetre": "cm", "centimetres": "cm", "metre": "m", "metres": "m",
    "millimeters": "mm", "centimeters": "cm", "meter": "m", "meters": "m", "inch": "in", "inches": "in",
    "foot": "ft", "feet": "ft", "yard": "yd", "yards": "yd", "mile": "mi", "miles": "mi",
}  # fmt: skip


def convert_weight(value: Any, unit: Any, target: Any) -> Any:
    return _converted(value, unit, target, GRAMS, "weight")


def convert_length(value: Any, unit: Any, target: Any) -> Any:
    return _converted(value, unit, target, MILLIMETRES, "length")


def _converted(value: Any, unit: Any, target: Any, sizes: Mapping[str, Decimal], kind: str) -> Any:
    if value is UNDEFINED or unit is UNDEFINED or target is UNDEFINED:
        return UNDEFINED
    in_base = EXACT.multiply(exact(value), _size(unit, sizes, kind))
    return like(QUOTIENT.divide(in_base, _size(target, sizes, kind)), value)


def _size(unit: str, sizes: Mapping[str, Decimal], kind: str) -> Decimal:
    name = unit.strip().lower().rstrip(".")
    size = sizes.get(_NAMES.get(name, name))
    if size is None:
        raise fault("L2002", value=unit, kind=kind, other=", ".join(sizes))
    return size


_unit = partial(function, "units", extension=True)

FUNCTIONS: Final[tuple[Function, ...]] = (
    _unit(
        "convertWeight",
        "<(ns)ss:n>",
        convert_weight,
        "value, from, to",
        "A weight in another unit: mg, g, kg, t, oz, lb, st, or their English names.",
        ('$convertWeight(1.5, "kg", "g")', 1500),
        ('$round($convertWeight(2, "lb", "kg"), 3)', 0.907),
    ),
    _unit(
        "convertLength",
        "<(ns)ss:n>",
        convert_length,
        "value, from, to",
        "A length in another unit: mm, cm, m, km, in, ft, yd, mi, or their English names.",
        ('$convertLength(10, "in", "cm")', 25.4),
    ),
)
