"""Real processes, killed and frozen; real servers, stopped: the short form of `./dev chaos`, with the same checker."""

from __future__ import annotations

import argparse
import asyncio
import time

import pytest

from tools.chaos.lab import open_lab
from tools.chaos.nemesis import SCENES, Report

pytestmark = [pytest.mark.servers, pytest.mark.kill, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def lab():
    with open_lab() as lab:
        yield lab


def play(lab, scene: str, **options: int) -> Report:
    """A scene with its own loop: its servers belong to this thread."""
    chosen = argparse.Namespace(seed=int(time.time()), **options)
    report = asyncio.run(SCENES[scene](lab, lab.database(f"test_{scene}"), chosen))
    print(f"seed {chosen.seed}: {report.text}")
    return report


def test_sixty_kills_lose_nothing_and_double_nothing(lab):
    report = play(lab, "kills", kills=60, jobs=600)
    assert report.passed, report.text


def test_a_worker_frozen_beyond_its_lease_can_not_finish_what_another_took_over(lab):
    report = play(lab, "freeze")
    assert report.passed, report.text


def test_redis_may_be_killed_restarted_and_flushed(lab):
    report = play(lab, "redis")
    assert report.passed, report.text


def test_postgresql_may_be_restarted_under_load(lab):
    report = play(lab, "postgres")
    assert report.passed, report.text


def test_backends_may_be_killed_twice_a_second(lab):
    report = play(lab, "backends")
    assert report.passed, report.text
