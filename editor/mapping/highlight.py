"""Which words of an expression are what, for colouring diffs and code chips on the server.

The code box colours itself while one types (static/app.js §4); both use the same classes.
"""

from __future__ import annotations

from markupsafe import Markup, escape

from engine.errors import ExpressionError
from engine.expressions.lexer import Lexer, Token

_CLASSES = {"name": "pa", "string": "st", "number": "nu", "value": "nu", "regex": "st", "operator": "op"}


def highlight(expression: str) -> Markup:
    """The text in <i> elements by kind; text that cannot be read stays plain."""
    errors: list[ExpressionError] = []
    lexer = Lexer(expression, errors)
    parts: list[Markup | str] = []
    end, operand = 0, True
    while (token := lexer.next(operand=operand)).kind != "end":
        parts.append(escape(expression[end : token.start]))
        text = expression[token.start : token.end]
        parts.append(Markup('<i class="{}">{}</i>').format(_class(token, expression), text))
        end = token.end
        operand = token.kind == "operator" and token.symbol not in (")", "]", "}")
    parts.append(escape(expression[end:]))
    return Markup("").join(parts)


def _class(token: Token, expression: str) -> str:
    if token.kind == "variable":
        return "fu" if expression[token.end : token.end + 1] == "(" else "va"
    return _CLASSES.get(token.kind, "")
