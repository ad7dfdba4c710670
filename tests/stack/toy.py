"""A supervisor over three toy processes, for tests that kill it: `python -m tests.stack.toy FOLDER`.

`base` and `top` answer on a port; `top` needs `base`, and `step` between them just ends well.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tools.stack.children import free_port
from tools.stack.probes import is_listening
from tools.stack.supervisor import Process, Supervisor

SERVER = "import socket, time, sys; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(120)"


def server(name: str, *needs: str) -> Process:
    port = free_port()
    command = [sys.executable, "-c", SERVER, str(port)]
    return Process(name, command, ready=lambda: is_listening(port), needs=needs, stop_seconds=2)


def main() -> None:
    folder = Path(sys.argv[1])
    table = [server("top", "step"), Process("step", [sys.executable, "-c", ""], needs=("base",)), server("base")]

    def changed(supervisor: Supervisor) -> None:
        known = {name: [child.phase.value, child.pid] for name, child in supervisor.children.items()}
        fresh = folder / "status.new"
        fresh.write_text(json.dumps(known))
        fresh.replace(folder / "status.json")

    Supervisor(table, folder, lambda line: print(line, flush=True), changed).run(lambda: print("ready", flush=True))


if __name__ == "__main__":
    main()
