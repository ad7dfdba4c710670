"""The worker's own process of a service, `python -m services.<name> worker`, told by its environment alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from common.core import Core
    from common.settings import ServiceSettings

ROOT = Path(__file__).parents[2]


def worker_command(core: Core[Any]) -> list[str]:
    return [sys.executable, "-m", f"services.{core.service}", "worker"]


def worker_environment(settings: ServiceSettings, **changes: Any) -> dict[str, str]:
    """The variables that make these settings, `changes` instead of what they say, and where the code is."""
    values = {name: _plain(getattr(settings, name)) for name in type(settings).model_fields} | changes
    prefix = type(settings).model_config["env_prefix"]
    told = {f"{prefix}{name.upper()}": str(value) for name, value in values.items() if value not in (None, "")}
    return os.environ | told | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'libs'}"}


def _plain(value: Any) -> Any:
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value
