"""What every error code of the expression language means, in plain words, and how an error is made from a code.

Codes are JSONata's: S at parse time, T for wrong types, D while evaluating. Codes starting with L are ours.
"""

from __future__ import annotations

import json
from typing import Any, Final

from engine.errors import ExpressionError, LimitError
from engine.expressions.values import UNDEFINED, plain

Place = tuple[int, int]  # start and end offset in the expression, in characters, end exclusive

MESSAGES: Final[dict[str, str]] = {
    # reading the text
    "S0101": "This text has no closing quote",
    "S0102": "The number {token} is too large",
    "S0103": "\\{token} is not an escape that JSON knows",
    "S0104": "\\u needs four hexadecimal digits after it",
    "S0105": "This quoted name has no closing backquote",
    "S0106": "This comment is never closed: */ is missing",
    "S0201": "{token} was not expected here",
    "S0202": "Expected {value} here, found {token}",
    "S0203": "Expected {value}, but the expression ends here",
    "S0204": "{token} is not an operator",
    "S0205": "{token} was not expected here",
    "S0206": "{token} cannot stand here",
    "S0207": "The expression ends too early",
    "S0208": "Parameter {value} of a function must be a variable, such as $x",
    "S0209": "A filter cannot follow a grouping {{…}} in the same step",
    "S0210": "A step can have only one grouping {{…}}",
    "S0211": "{token} needs something on its left side",
    "S0212": "The left side of := must be a variable, such as $x",
    "S0213": "The value {value} cannot be a step of a path",
    "S0214": "{token} must be followed by a variable, such as $x",
    "S0215": "@ must stand before the filters of its step",
    "S0216": "@ must stand before the order-by of its step",
    "S0217": "% goes up further than this path came down",
    "S0301": "The regular expression is empty",
    "S0302": "The regular expression has no closing /",
    "S0303": "The regular expression is not accepted: {value}",
    "S0401": "Only a (array) and f (function) can have a type in angle brackets, not {value}",
    "S0402": "A choice of types cannot contain a type with angle brackets: {value}",
    "S0500": "The expression has errors and cannot run",
    # calling functions
    "T0410": "Argument {index} of ${token} has the wrong type: {value}",
    "T0411": "The current value has the wrong type to be argument {index} of ${token}: {value}",
    "T0412": "Argument {index} of ${token} must be a list of {kind}",
    "T1003": "The key of an object must be a string, not {value}",
    "T1005": "{token} is not a function; did you mean ${token}?",
    "T1006": "{token} is not a function and cannot be called",
    "T1007": "{token} is not a function; did you mean ${token}?",
    "T1008": "This is not a function and cannot be called with ?",
    "T1010": "The matcher given to ${token} does not return match, start, end, groups and next",
    # operators
    "D1001": "The result is not a number that can be written: too large, or divided by zero",
    "D1002": "Only a number can be negated, not {value}",
    "D1004": "The regular expression matches the empty string",
    "D1009": "Two keys of this object have the same name: {value}",
    "D1011": "Functions or values are nested too deeply, or the result is too large",
    "D1012": "The expression takes too long",
    "D1013": "The key {value} is reserved",
    "T2001": "The left side of {token} must be a number, not {value}",
    "T2002": "The right side of {token} must be a number, not {value}",
    "T2003": "The left side of .. must be a whole number, not {value}",
    "T2004": "The right side of .. must be a whole number, not {value}",
    "T2006": "The right side of ~> must be a function",
    "T2007": "Cannot order {value} against {other}: they have different types",
    "T2008": "Only numbers and strings can be ordered, not {value}",
    "T2009": "Cannot compare {value} with {other}: they have different types",
    "T2010": "{token} compares only numbers and strings, not {value}",
    "T2011": "The update of |…|…| must be an object, not {value}",
    "T2012": "The deletions of |…|…|…| must be a string or a list of strings, not {value}",
    "T2013": "$clone has been replaced by something that is not a function",
    "D2014": "The range would have {value} numbers; that is too many",
    "D2015": "The list would have more than {value} entries",
    # functions
    "D3001": "A number that is infinite or undefined has no text",
    "D3010": "The text to replace must not be empty",
    "D3011": "The number of replacements must not be negative",
    "D3012": "The replacement function must return a string",
    "D3020": "The number of parts must not be negative",
    "D3030": "{value} is not a number",
    "D3040": "The number of matches must not be negative",
    "D3050": "The function given to $reduce must take at least two arguments",
    "D3060": "There is no square root of the negative number {value}",
    "D3061": "The power is too large or not a real number: {value} to {exponent}",
    "D3070": "$sort needs a function to order anything but only numbers or only strings",
    "D3080": "The picture may have only two parts, divided by ;",
    "D3081": "The picture has more than one decimal separator",
    "D3082": "The picture has more than one percent sign",
    "D3083": "The picture has more than one per-mille sign",
    "D3084": "The picture has both percent and per-mille",
    "D3085": "The picture has no digit: # or 0 is missing",
    "D3086": "The picture has other characters between its digits",
    "D3087": "The picture has a grouping separator beside the decimal separator",
    "D3088": "The picture has a grouping separator at the end of the whole part",
    "D3089": "The picture has two grouping separators side by side",
    "D3090": "In the whole part of the picture # must stand before 0",
    "D3091": "In the fraction of the picture 0 must stand before #",
    "D3092": "A picture with percent or per-mille cannot have an exponent",
    "D3093": "The exponent of the picture may have only 0",
    "D3100": "The radix must be between 2 and 36, not {value}",
    "D3110": "{value} is not an ISO 8601 time",
    "D3120": "$eval: the expression has an error: {value}",
    "D3121": "$eval: {value}",
    "D3130": "Numbers in the sequence that starts with {value} are not supported",
    "D3131": "The digits of the picture come from different scripts",
    "D3132": "The picture has the unknown component {value}",
    "D3133": "Only months and days have names, not {value}",
    "D3134": "The zone in the picture has more than four digits",
    "D3135": "The picture has a [ without its ]",
    "D3136": "The picture lacks components that are needed to read the time",
    "D3137": "{value}",
    "D3138": "$single found more than one",
    "D3139": "$single found none",
    "D3140": "The text given to ${token} is not well formed: {value}",
    "D3141": "{value}",
    # ours
    "L1001": "The text would have more than {value} characters",
    "L1002": "The expression is too long or nested too deeply to compile",
    "L1003": "A picture or format may have at most {value} characters",
    "L2001": "{value} is not a way to round; there are half_up, half_even, half_down, up, down, ceiling and floor",
    "L2002": "{value} is not a unit of {kind}; there are {other}",
    "L2003": "The increment must be greater than 0, not {value}",
    "L2004": "The weights must not be negative, and not all 0: {value}",
    "L2005": "{value} is not a time zone; write +10:00 or a name such as Australia/Sydney",
    "L2006": "{value} is not a GTIN without its check digit: it needs 7, 11, 12 or 13 digits",
    "L2007": "The date format {value} has no part that is read; it is written like YYYY-MM-DD HH:mm",
}


def shown(value: Any) -> str:
    """A value as it appears in a message: JSON, cut after 60 characters."""
    if value is UNDEFINED:
        return "nothing"
    text = value if isinstance(value, str) and not value.isprintable() else ""
    try:
        text = json.dumps(_beginning(value, [100]), ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = text or type(value).__name__
    return text if len(text) <= 60 else text[:59] + "…"


def _beginning(value: Any, left: list[int]) -> Any:
    """As much of a value as a message can show: so many entries, and the first characters of each text."""
    if isinstance(value, str):
        return value[:100]
    if not isinstance(value, list | dict):
        return plain(value)
    taken = []
    for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
        left[0] -= 1
        if left[0] < 0:
            break
        taken.append((key, _beginning(entry, left)))
    return {str(key)[:100]: entry for key, entry in taken} if isinstance(value, dict) else [entry for _, entry in taken]


def message(code: str, *, token: str | None = None, value: Any = UNDEFINED, **details: Any) -> str:
    """The sentence for a code. `details` fill its other places (index, kind, other, exponent)."""
    said = value if isinstance(value, str) and code in _VERBATIM else shown(value)
    words = {key: entry if isinstance(entry, str | int) else shown(entry) for key, entry in details.items()}
    return MESSAGES[code].format_map(_Words(words, token=token if token is not None else "This", value=said))


def fault(
    code: str, at: Place | None = None, *, token: str | None = None, value: Any = UNDEFINED, **details: Any
) -> ExpressionError:
    """The error for a code, to be raised by the caller. `at` is its place, `token` the operator or function name."""
    start, end = at or (None, None)
    kind = LimitError if code in _LIMITS else ExpressionError
    text = message(code, token=token, value=value, **details)
    held = None if value is UNDEFINED else value
    return kind(text, code=code, start=start, end=end, token=token, value=held)


class _Words(dict[str, Any]):
    def __init__(self, words: dict[str, Any], **more: Any) -> None:
        super().__init__(words, **more)

    def __missing__(self, key: str) -> str:
        return "?"


_VERBATIM = frozenset(("D3120", "D3121", "D3137", "D3141", "S0202", "S0203", "S0303", "S0401", "S0402"))
_LIMITS = frozenset(("D1011", "D1012", "D2014", "D2015", "L1001", "L1002", "L1003"))
