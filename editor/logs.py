"""How CODI logs: one handler to standard error, in words or as JSON, without the secrets that are held at the moment.

Tracebacks show no local variables: they hold passwords as people typed them.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import Processor

from engine.redaction import hide_held

_CHATTY = ("dbos", "alembic", "httpx", "httpcore", "aiosqlite", "asyncio")  # they log what they send

_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class _Discreet(structlog.stdlib.ProcessorFormatter):
    """The last word on every line, whoever logged it."""

    def format(self, record: logging.LogRecord) -> str:
        return hide_held(super().format(record))


class Handler(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at the moment."""

    def __init__(self, form: str) -> None:
        logging.Handler.__init__(self)
        last: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
        if form == "json":
            last += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        else:
            plain = structlog.dev.plain_traceback
            last.append(structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain))
        self.setFormatter(_Discreet(foreign_pre_chain=_SHARED, processors=last))

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def set_up_logging(level: str, form: str) -> None:
    """`level`: debug to error; `form`: text or json. May be called again."""
    route_structlog()
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, Handler)]:
        root.removeHandler(old)
    root.addHandler(Handler(form))
    root.setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def route_structlog() -> None:
    """What CODI itself logs goes the way of all other logs, whether they are set up or not."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
