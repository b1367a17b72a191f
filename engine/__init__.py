"""The Core Engine."""

from engine.expressions.compile import compile_expression

__all__ = ["compile_expression"]
