"""The step `demo` of `./dev up`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.stack.state import State


def seed(state: State) -> None:
    state.write("portico.json", {})
