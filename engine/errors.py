"""Every error CODI raises on purpose, classed by what the caller must do.

CodiError
├── UsageError            mend the call, the command or the settings
├── ExpressionError       mend the expression
│   └── LimitError        the expression asked for more steps, depth, time or space than it may have
├── MappingError          mend the mapping document; carries every diagnostic at once
├── RecordError           mend the record; carries every problem with its path
├── StoreError
│   ├── NotFoundError     nothing has that name or id in this workspace
│   ├── StaleError        somebody changed it meanwhile: show both, let the person decide
│   └── ImmutableError    revisions and audit entries never change
├── ConnectorError        what went wrong in a foreign system, by what the run does next
│   ├── RetryError        try again later, with backoff
│   ├── RateLimitError    wait as told, then go on
│   ├── AuthError         refresh once; then pause the connection and alert
│   ├── ConfigError       pause the sync: settings or rights are wrong
│   ├── RejectedError     this record is refused: park it, go on
│   ├── ConflictError     the object changed meanwhile: read again, then retry
│   ├── DuplicateError    it exists already: adopt its id
│   └── GoneError         the object is no longer there
└── FencedError           another run holds this sync now: stop at once
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class CodiError(Exception):
    """Something went wrong in CODI."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())

    @property
    def message(self) -> str:
        return str(self.args[0])


class UsageError(CodiError):
    """The call, the command line or a setting is wrong."""


class ExpressionError(CodiError):
    """An expression cannot be parsed, compiled or evaluated.

    `code` is JSONata's where it has one (`S0201`, `T2001`, …). `start` and `end` are offsets into `expression`,
    in characters, end exclusive; both are None where no place is known.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        expression: str | None = None,
        start: int | None = None,
        end: int | None = None,
        token: str | None = None,
        value: Any = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.expression = expression
        self.start = start
        self.end = end
        self.token = token
        self.value = value

    def caret(self) -> str:
        """The line of the expression that is wrong, with a caret under the place; "" where no place is known."""
        if self.expression is None or self.start is None:
            return ""
        begin = self.expression.rfind("\n", 0, self.start) + 1
        stop = self.expression.find("\n", self.start)
        line = self.expression[begin : stop if stop >= 0 else None]
        width = max(1, min((self.end or self.start + 1), begin + len(line)) - self.start)
        return f"{line}\n{' ' * (self.start - begin)}{'^' * width}"


class LimitError(ExpressionError):
    """The expression asked for more than its limits allow."""


class MappingError(CodiError):
    """The mapping document has errors. `diagnostics` holds all of them (engine.mapping.diagnostics.Diagnostic)."""

    def __init__(self, message: str, diagnostics: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.diagnostics = tuple(diagnostics)


class RecordError(CodiError):
    """The record does not fit its entity. `problems` are (path, message) pairs, all of them."""

    def __init__(self, message: str, problems: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class StoreError(CodiError):
    """The store cannot do that."""


class NotFoundError(StoreError):
    """Nothing has that name or id in this workspace."""


class StaleError(StoreError):
    """Somebody changed it meanwhile. `current` is what is stored now."""

    def __init__(self, message: str | None = None, current: Any = None) -> None:
        super().__init__(message)
        self.current = current


class ImmutableError(StoreError):
    """Revisions and audit entries never change."""


class ConnectorError(CodiError):
    """A foreign system did not do what it was asked. `field` names the part of the payload it complained about."""

    kind = "error"  # the class word of DESIGN §7.6, as stored and shown

    def __init__(self, message: str | None = None, *, field: str | None = None, response: Any = None) -> None:
        super().__init__(message)
        self.field = field
        self.response = response


class RetryError(ConnectorError):
    """The system did not answer, or not usefully: try again later."""

    kind = "retry"

    def __init__(self, message: str | None = None, *, in_doubt: bool = False, response: Any = None) -> None:
        super().__init__(message, response=response)
        self.in_doubt = in_doubt  # the request may have been carried out: look before creating again


class RateLimitError(ConnectorError):
    """The system asks us to wait."""

    kind = "rate_limit"

    def __init__(self, message: str | None = None, *, after: float = 1.0, response: Any = None) -> None:
        super().__init__(message, response=response)
        self.after = after  # seconds


class AuthError(ConnectorError):
    """The credentials are refused."""

    kind = "auth"


class ConfigError(ConnectorError):
    """The connection's settings or rights do not allow that."""

    kind = "config"


class RejectedError(ConnectorError):
    """The system refuses this record."""

    kind = "record"

    def __init__(
        self,
        message: str | None = None,
        *,
        field: str | None = None,
        response: Any = None,
        after_others: bool = False,
    ) -> None:
        super().__init__(message, field=field, response=response)
        self.after_others = after_others  # it refers to records that are not there yet


class ConflictError(ConnectorError):
    """The object changed meanwhile."""

    kind = "conflict"


class DuplicateError(ConnectorError):
    """The object exists already."""

    kind = "duplicate"

    def __init__(self, message: str | None = None, *, external_id: str | None = None, response: Any = None) -> None:
        super().__init__(message, response=response)
        self.external_id = external_id


class GoneError(ConnectorError):
    """The object is no longer there."""

    kind = "gone"


class FencedError(CodiError):
    """Another run holds this sync now."""
