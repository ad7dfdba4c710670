"""Writes a new service from `tools/scaffold`: `./dev new-service billing --title Billing`.

The references are written anew with it, so the whole passes `./dev check` untouched. What is left to do by hand is
printed, and stands in docs/how-to/add-a-service.md.
"""

from __future__ import annotations

import argparse
import keyword
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from tools.checks import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCAFFOLD = ROOT / "tools" / "scaffold"

NEXT = """
Next:
  1. ./dev check                   passes as it is; so does ./dev test tests/{name}
  2. ./dev up                      starts it; what it is told about its outside: tools/stack/topology.py (OUTSIDE)
  3. docker-compose.yml            api and worker of {name}; tests/stack/test_deployment.py says what is missing
  4. services/{name}/README.md     say whose day it saves
"""


def fill(text: str, name: str, title: str) -> str:
    """The template with its four placeholders replaced."""
    camel = "".join(part.capitalize() for part in name.split("_"))
    values = {"{{name}}": name, "{{Name}}": camel, "{{NAME}}": name.upper(), "{{title}}": title}
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def write_service(name: str, title: str, root: Path = ROOT) -> list[Path]:
    """Write the files and return them.

    Raises:
        FileExistsError: there is such a service already; nothing was written.
    """
    targets = {"service": root / "services" / name, "tests": root / "tests" / name}
    for target in targets.values():
        if target.exists():
            raise FileExistsError(f"{target.relative_to(root)} exists already; choose another name.")
    written = []
    for template in sorted(SCAFFOLD.rglob("*.txt")):
        kind, *rest = template.relative_to(SCAFFOLD).parts
        path = targets[kind].joinpath(*rest).with_suffix("")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fill(template.read_text(encoding="utf-8"), name, title), encoding="utf-8")
        written.append(path)
    return written


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="./dev new-service", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("name", help="package name: lower case letters, digits and underscores")
    parser.add_argument("--title", help="what people read; the name when left out")
    options = parser.parse_args(arguments)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", options.name) or keyword.iskeyword(options.name):
        parser.error(f"{options.name!r} can't be a package: use lower case letters, digits and underscores")
    try:
        written = write_service(options.name, options.title or options.name.replace("_", " ").capitalize())
    except FileExistsError as error:
        print(error, file=sys.stderr)
        return 1
    for path in written:
        print(f"wrote {path.relative_to(ROOT)}")
    print(NEXT.format(name=options.name))
    return subprocess.run([sys.executable, "-m", "tools.generate_reference"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
