"""What an endpoint asks of its application: the core, the service's resources. Used by every service.

`common.app` puts both there when the process starts; annotations of endpoints name them:

    async def start(resources: Annotated[Resources, Depends(resources_of)], operator: Operator) -> ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from fastapi import Depends, Request

if TYPE_CHECKING:
    from common.core import Core


def core_of(request: Request) -> Any:
    """The `Core` of the process."""
    return request.app.state.core


def resources_of(request: Request) -> Any:
    """What the service's `open_resources` gave."""
    return request.app.state.resources


if TYPE_CHECKING:
    CoreOf: TypeAlias = Core[Any]
else:
    CoreOf = Annotated[Any, Depends(core_of)]
