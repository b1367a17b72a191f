"""Text with {{expressions}}: where the pieces are."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import ExpressionError


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a template: plain text, or the text of an expression."""

    text: str  # without the braces
    expression: bool
    start: int  # offset of `text` in the template


def split_template(template: str) -> list[Piece]:
    """The pieces in order. Raises ExpressionError (CODI205) where braces do not match."""
    pieces: list[Piece] = []
    position = 0
    while position < len(template):
        opening = template.find("{{", position)
        text_end = len(template) if opening < 0 else opening
        if stray := template.find("}}", position, text_end) + 1:
            raise _broken(template, "}} without {{ before it", stray - 1)
        if text_end > position:
            pieces.append(Piece(template[position:text_end], False, position))
        if opening < 0:
            break
        closing = _closing(template, opening + 2)
        if closing < 0:
            raise _broken(template, "{{ without }} after it", opening)
        if not template[opening + 2 : closing].strip():
            raise _broken(template, "{{ }} without an expression in it", opening)
        pieces.append(Piece(template[opening + 2 : closing], True, opening + 2))
        position = closing + 2
    return pieces


def _broken(template: str, message: str, start: int) -> ExpressionError:
    return ExpressionError(message, code="CODI205", expression=template, start=start, end=start + 2)


def _closing(template: str, start: int) -> int:
    """Where the }} of an expression stands; braces of objects and everything in quotes are passed over."""
    depth, quote, position = 0, "", start
    while position < len(template):
        character = template[position]
        if quote:
            if character == "\\":
                position += 1
            elif character == quote:
                quote = ""
        elif character in "'\"`":
            quote = character
        elif character == "{":
            depth += 1
        elif character == "}" and depth:
            depth -= 1
        elif template.startswith("}}", position):
            return position
        position += 1
    return -1
