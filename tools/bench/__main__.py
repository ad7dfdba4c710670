"""`./dev bench [jobs | lists | gateway …]`: each module here that has a `measure`; all of them when none is named."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path


def main() -> int:
    names = sorted(
        module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]) if module.name[0] != "_"
    )
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"among {', '.join(names)}; all when left out")
    options = parser.parse_args()
    if unknown := set(options.names) - set(names):
        parser.error(f"there is no bench named {', '.join(sorted(unknown))}")
    passed = True
    for name in options.names or names:
        print(f"== {name}", flush=True)
        passed &= bool(importlib.import_module(f"tools.bench.{name}").measure())
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
