"""`./dev chaos [kills | freeze | redis | postgres | backends | asanito]`: all of them when none is named."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from tools.chaos.lab import Lab, open_lab
from tools.chaos.nemesis import SCENES, Report


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev chaos", description=__doc__)
    parser.add_argument("scenes", nargs="*", metavar="scene", help=f"among {', '.join(SCENES)}; all when left out")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the random choices; printed")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=20_000)
    options = parser.parse_args()
    if unknown := set(options.scenes) - set(SCENES):
        parser.error(f"there is no scene named {', '.join(sorted(unknown))}")
    print(f"seed {options.seed}")
    with open_lab() as lab:
        reports = [_play(lab, number, name, options) for number, name in enumerate(options.scenes or SCENES)]
    return 0 if all(report.passed for report in reports) else 1


def _play(lab: Lab, number: int, name: str, options: argparse.Namespace) -> Report:
    url = lab.database(f"chaos_{number}_{name}")
    began = time.monotonic()
    report = asyncio.run(SCENES[name](lab, url, options))
    print(f"{'ok  ' if report.passed else 'FAIL'} {name}: {report.text} ({time.monotonic() - began:.0f} s)", flush=True)
    return report


if __name__ == "__main__":
    sys.exit(main())
