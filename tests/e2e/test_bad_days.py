"""What goes wrong outside or is sent wrongly: a clear answer, nothing lost, and seen in the console's lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from tests.support.portico import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.portico import RunningPortico

API = "/api/invoices/v1"
MEBI = 2**20


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem that an answer is, with everything a person needs."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    told: dict[str, Any] = answer.json()
    assert told["code"], told
    assert told["detail"].endswith("."), told
    assert told["request_id"] == answer.headers["x-request-id"]
    return told


def last_run(portico: RunningPortico, job: str) -> dict[str, Any]:
    found = portico.api.get(f"{API}/runs", params={"job": job, "limit": 1}).json()["items"]
    return found[0] if found else {"id": None, "state": "none"}


def run_pick_up(portico: RunningPortico) -> dict[str, Any]:
    run = portico.api.post(f"{API}/jobs/imports.pick_up/runs", json={"params": {}}).json()

    def ended() -> dict[str, Any] | None:
        now = portico.api.get(f"{API}/runs/{run['id']}").json()
        return now if now["state"] not in {"queued", "running"} or now["error"] else None

    return wait_for(ended, seconds=60, what="the end of the look")


def test_a_wrong_password_is_told_without_saying_which_part_was_wrong(portico: RunningPortico) -> None:
    for user, password in ((portico.username, "wrong" * 5), ("nobody", "wrong" * 5)):
        answer = httpx.post(f"{portico.url}/api/auth/login", json={"username": user, "password": password})
        assert problem(answer, 401)["code"] == "login_failed"


def test_an_unknown_job_is_named(portico: RunningPortico) -> None:
    told = problem(portico.api.post(f"{API}/jobs/imports.dance/runs", json={"params": {}}), 404)
    assert told["code"] == "unknown_job"


def test_broken_json_says_where(portico: RunningPortico) -> None:
    answer = portico.api.post(
        f"{API}/session/close", content=b'{"force": tru', headers={"Content-Type": "application/json"}
    )
    assert problem(answer, 422)["errors"]


def test_an_upload_of_300_megabytes_is_refused(portico: RunningPortico) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="big.txt"\r\n\r\n'
        for _ in range(300):
            yield b"6" * MEBI
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    try:
        answer = portico.api.post(f"{API}/files", content=pieces(), headers=headers)
    except httpx.WriteError:
        return  # it hung up before we had sent everything: refused as well
    assert "large" in problem(answer, 413)["detail"]
    assert portico.api.get(f"{API}/files").json()["items"] == []


def test_a_wrong_file_says_which_lines_and_changes_nothing(portico: RunningPortico) -> None:
    wrong = b"600000001|1|Shoes|9.99|one too many\n600000002|1|Shoes|nine\n"
    answer = portico.api.post(f"{API}/files", files={"file": ("Letture20261121190000000_2.txt", wrong)})
    told = problem(answer, 422)
    assert "no_records" in str(told)
    assert portico.session()["state"] == "none"


def test_an_inbox_that_is_down_is_told_and_recovers(portico: RunningPortico) -> None:
    portico.outside.patch("/_sandbox/systems/inbox", json={"up": False}).raise_for_status()
    run = run_pick_up(portico)
    assert run["error"], run
    tested = portico.api.post(f"{API}/connections/inbox/test").json()
    assert tested["ok"] is False
    assert any(not step["ok"] and step["detail"] for step in tested["steps"])
    portico.outside.patch("/_sandbox/systems/inbox", json={"up": True}).raise_for_status()
    assert portico.api.post(f"{API}/connections/inbox/test").json()["ok"] is True


def test_mails_wait_for_a_server_that_is_down(portico: RunningPortico) -> None:
    portico.outside.patch("/_sandbox/systems/mail", json={"up": False}).raise_for_status()
    dropped = portico.outside.post("/_sandbox/drop", json={"kind": "day", "rows": 20}).json()
    run_pick_up(portico)
    wait_for(lambda: portico.session()["state"] == "ready", seconds=90, what="the import")

    def waiting() -> list[dict[str, Any]]:
        mails = portico.api.get(f"{API}/outbox", params={"state": "pending"}).json()["items"]
        return [mail for mail in mails if mail["attempts"] > 0 and mail["error"]]

    mail = wait_for(waiting, what="a try to send")[0]
    portico.outside.patch("/_sandbox/systems/mail", json={"up": True}).raise_for_status()
    assert portico.api.post(f"{API}/outbox/{mail['id']}/retry").status_code in {200, 409}  # 409: sent meanwhile
    wait_for(lambda: [m for m in portico.mails() if dropped["name"] in m["subject"]], what="the mail")


def test_a_changed_host_key_fails_the_session_with_its_reason(portico: RunningPortico) -> None:
    portico.outside.post("/_sandbox/host-key").raise_for_status()
    assert portico.api.post(f"{API}/session/start").status_code == 202
    failed = wait_for(
        lambda: found if (found := portico.session())["state"] == "failed" else None, what="a failed session"
    )
    assert "key" in failed["error"], failed
    needs = portico.api.get("/api/attention").json()
    assert any("session" in item["title"].lower() or "session" in item["kind"] for item in needs["items"]), needs
    assert needs["errors"] == []
    portico.outside.delete("/_sandbox/host-key").raise_for_status()


def test_a_worker_that_is_gone_is_told_and_only_costs_its_own_part(portico: RunningPortico) -> None:
    health = portico.api.get("/api/health").json()
    assert [service["name"] for service in health["services"]] == ["invoices"]
    assert health["services"][0]["status"] == "ready"
