"""What endpoints ask of the application, with the type of this service's resources; `CoreOf` is in `common.inside`."""

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

from fastapi import Depends

from common.inside import resources_of

if TYPE_CHECKING:
    from services.invoices.resources import Resources

    ResourcesOf: TypeAlias = Resources
else:
    ResourcesOf = Annotated[Any, Depends(resources_of)]
