"""Logs: one JSON object per line on stdout, with the request and run that it belongs to. Used by every process.

Events are static names (`run.claimed`) with key-values. Secrets never get out: values under telling keys and everything
that looks like a credential are replaced before rendering, whatever library wrote the line.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING, Any

import orjson
import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"
DEEPEST = 6

_TELLING = re.compile(
    r"pass(word|wd|phrase)|secret|token|authorization|cookie|credential|private|api_?key|identity_keys|^pw$|csrf",
    re.IGNORECASE,
)
_LOOKS_SECRET = re.compile(
    r"(?P<url>(?<=://)[^/\s:@]*:[^/\s@]+(?=@))"  # user:password of a URL
    r"|(?P<jwt>eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
    r"|(?P<key>\bpk_[A-Za-z0-9]+_[\w-]{8,})"
    r"|(?P<bearer>(?<=[Bb]earer )[\w.~+/=-]{8,})"
    r"|(?P<pem>-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$))",
    re.DOTALL,
)


def redact(value: Any, depth: int = 0) -> Any:
    """`value` without what looks like a secret, however deep it is nested."""
    if isinstance(value, str):
        return _LOOKS_SECRET.sub(HIDDEN, value)
    if depth > DEEPEST:
        return HIDDEN
    if isinstance(value, dict):
        return {
            key: HIDDEN if _TELLING.search(str(key)) and item else redact(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _LOOKS_SECRET.sub(HIDDEN, str(value))


def _redacted(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    cleaned: EventDict = redact(event)
    return cleaned


def _rendered(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def configure_logging(service: str, level: str = "info") -> None:
    """Send everything, the libraries' own logging included, through one pipeline to stdout."""

    def named(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event.setdefault("service", service)
        return event

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", key="ts"),
        named,
    ]
    last: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        _redacted,
        _rendered,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=last))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("uvicorn.access", "arq.worker", "asyncssh"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    for own in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(own).handlers.clear()
        logging.getLogger(own).propagate = True
