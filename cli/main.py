"""`portico`: reads the command line, runs one command, turns every problem into words and an exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cli.client import Portico
from cli.connection import from_process
from cli.context import Context
from cli.exits import Exit
from cli.output import Printer
from cli.parser import parser
from cli.problems import CliProblem

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main(arguments: Sequence[str] | None = None, transport: httpx.BaseTransport | None = None) -> int:
    asked = parser().parse_args(arguments)
    show = Printer(as_json=asked.json)
    try:
        portico = Portico(from_process(asked.url), transport)
        try:
            done: Exit = asked.function(Context(portico, show, asked))
            return int(done)
        finally:
            portico.close()
    except CliProblem as problem:
        show.problem(problem)
        return int(problem.exit_code)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # `portico runs | head`: the reader has seen enough.
        sys.stderr.close()
        return int(Exit.DONE)


if __name__ == "__main__":
    raise SystemExit(main())
