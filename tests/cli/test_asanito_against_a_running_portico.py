"""The bridge from the terminal, against a whole Portico that is older than the bridge; and its mail in the catcher."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.support.portico import RunningPortico, running_portico, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.story, pytest.mark.servers, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortico]:
    """An installation that began with invoices alone, and has the bridge since its second start."""
    folder = tmp_path_factory.mktemp("portico")
    with running_portico(folder) as before:
        assert [one["name"] for one in before.api.get("/api/services").json()] == ["invoices"]
    with running_portico(folder, services="") as running:
        yield running


def answer_of(installation: RunningPortico, *words: str) -> Any:
    done = installation.command("asanito", *words, "--json")
    return json.loads(done.stdout)


def counts(installation: RunningPortico) -> dict[str, dict[str, Any]]:
    return {one["kind"]: one for one in answer_of(installation, "inspect")["kinds"]}


def gym(installation: RunningPortico) -> dict[str, Any]:
    """The books of the stand-in."""
    told = json.loads((installation.folder / "var" / "portico.json").read_text())
    found: dict[str, Any] = httpx.get(f"{told['sandbox']['asanito']['http']}/_sandbox/asanito/books").json()
    return found


def test_an_installation_from_before_the_bridge_is_let_in_and_furnished(installation):
    assert {one["name"] for one in installation.api.get("/api/services").json()} == {"asanito", "invoices"}
    [user] = installation.api.get("/api/users").json()["items"]
    assert user["roles"]["asanito"] == "admin"
    types = installation.api.get("/api/asanito/v1/mappings/types").json()["items"]
    assert all(one["mapped"] for one in types)
    assert installation.api.get("/api/asanito/v1/options/defaults").json()["value"]["host_warehouse_id"]


def test_a_dry_run_changes_nothing(installation):
    done = installation.command("asanito", "run", "contacts", "--dry-run", "--limit", "3", "--wait")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not gym(installation)["contacts"]


def test_the_first_run_asks_and_an_answer_lets_it_go_on(installation):
    asked = installation.command("asanito", "run", "contacts", "--limit", "3", "--wait")
    assert (asked.returncode, "It asks:" in asked.stdout) == (6, True), asked.stdout + asked.stderr
    question = asked.stdout.rsplit("portico asanito answer ", 1)[1].split()[0]
    done = installation.command("asanito", "answer", question, "go_on", "--wait")
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert counts(installation)["person"]["synced"] == len(gym(installation)["contacts"]) > 0


def test_a_cycle_goes_through_and_says_that_it_is_partly_done(installation):
    done = installation.command("asanito", "cycle", "--wait", "--yes")
    assert done.returncode == 3, done.stdout + done.stderr
    found = counts(installation)
    assert found["receipt"]["synced"] == len(gym(installation)["incomes"]) > 0
    assert all(one["total"] == sum(one[state] for state in STATES) for one in found.values())


STATES = ("pending", "synced", "skipped", "failed", "uncertain", "ignored", "duplicate")


def test_records_are_found_shown_and_decided_about(installation):
    failed = answer_of(installation, "inspect", "receipt", "--state", "failed")["items"]
    key = failed[0]["key"]
    shown = installation.command("asanito", "show", "receipt", key, "--preview")
    assert (shown.returncode, "A run would now: not sent" in shown.stdout) == (0, True), shown.stdout + shown.stderr
    ignored = installation.command("asanito", "ignore", "receipt", key, "--note", "a test sale")
    assert (ignored.returncode, "ignored" in ignored.stdout) == (0, True)
    assert installation.command("asanito", "ignore", "receipt", key).returncode == 4
    assert installation.command("asanito", "unignore", "receipt", key).returncode == 0
    assert installation.command("asanito", "retry", "receipt", key).returncode == 4
    assert installation.command("asanito", "bind", "receipt", key, "999001").returncode == 0
    assert installation.command("asanito", "confirm-absent", "receipt", key).returncode == 4
    assert installation.command("asanito", "retry", "receipt").returncode == 2


def test_all_of_a_filter_are_counted_first_and_then_retried_as_a_run(installation):
    before = counts(installation)["store_invoice"]
    counted = installation.command("asanito", "retry", "store_invoice", "--all", "--state", "failed", "--dry-run")
    assert (counted.returncode, counted.stderr.split()[0]) == (0, str(before["failed"]))
    assert counts(installation)["store_invoice"] == before
    done = installation.command("asanito", "retry", "store_invoice", "--all", "--state", "failed", "--wait")
    assert done.returncode == 0, done.stdout + done.stderr
    assert counts(installation)["store_invoice"]["failed"] == 0


def test_gaps_and_money_say_by_their_code_that_something_is_left(installation):
    gaps = installation.command("asanito", "mappings", "gaps")
    assert (gaps.returncode, "Gender" in gaps.stdout) == (6, True)
    money = installation.command("asanito", "money", "--from", "2026-01-01", "--to", "2026-12-31", "--balances")
    assert (money.returncode, "not_posted" in money.stdout) == (3, True), money.stderr
    quiet = installation.command("asanito", "money", "--from", "2020-01-01", "--to", "2020-01-02")
    assert (quiet.returncode, "No money moved" in quiet.stderr) == (0, True)


def test_what_a_job_does_not_take_is_a_usage_error(installation):
    assert installation.command("asanito", "run", "dedupe", "--limit", "3").returncode == 2
    assert installation.command("asanito", "run", "nothing").returncode == 2
    assert installation.command("asanito", "show", "person", "00000000-0000-0000-0000-000000000001").returncode == 1


def test_the_mail_about_the_cycle_is_in_the_catcher(installation):
    installation.command("jobs", "run", "watch", "--wait")
    mails = wait_for(
        lambda: [one for one in installation.mails() if "Asanito" in one["subject"]], what="the morning's mail"
    )
    assert mails[0]["subject"].startswith("Done with problems: Asanito")
