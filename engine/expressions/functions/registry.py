"""All built-in functions by name: JSONata's own and CODI's extensions for commerce.

The functions that call other functions ($map, $filter, $reduce, $sift, $each, $single, $sort) and $eval belong to the
compiler and are not here.
"""

from __future__ import annotations

from typing import Final

from engine.expressions.functions import (
    date_formats,
    dates,
    encoding,
    integers,
    money,
    number_format,
    numeric,
    objects,
    strings,
    units,
    wording,
)
from engine.expressions.functions.function import Function

FUNCTIONS: Final[dict[str, Function]] = {
    function.name: function
    for function in (
        *strings.FUNCTIONS,
        *number_format.FUNCTIONS,
        *integers.FUNCTIONS,
        *numeric.FUNCTIONS,
        *objects.FUNCTIONS,
        *dates.FUNCTIONS,
        *encoding.FUNCTIONS,
        *money.FUNCTIONS,
        *units.FUNCTIONS,
        *wording.FUNCTIONS,
        *date_formats.FUNCTIONS,
    )
}
