"""The bridge's records in the browser: why each is as it is, what is decided about one and many, names, directions."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_every_screen import findings, settled
from tests.browser.test_shared_screen import OWN_PASSWORD, person
from tests.support.portico import RunningPortico, running_portico, wait_for
from tools.stack import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.conftest import Console

pytestmark = [pytest.mark.browser, pytest.mark.timeout(500)]

API = "/api/asanito/v1"
RUN_SECONDS = 120
PAGE = 50


@pytest.fixture(scope="module")
def portico(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortico]:
    """The bridge alone, with its Asanito and its legacy database; nothing was sent yet."""
    console.build_if_changed(print)
    with running_portico(tmp_path_factory.mktemp("portico"), services="asanito") as running:
        yield running


@pytest.fixture(scope="module")
def gym(portico: RunningPortico) -> Iterator[httpx.Client]:
    """Control of the sandbox's Asanito."""
    told = json.loads((portico.folder / "var" / "portico.json").read_text(encoding="utf-8"))
    with httpx.Client(base_url=told["sandbox"]["asanito"]["http"], timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def sent_once(portico: RunningPortico) -> RunningPortico:
    """The contacts were sent; the store's invoices wait for their products."""
    for job in ("contacts", "store-invoices"):
        run(portico, job, answer="go_on")
    return portico


@pytest.fixture
def sent(sent_once: RunningPortico) -> RunningPortico:
    """`sent_once`, in whatever order tests come: what an earlier one took back in was looked at by a run again."""
    now = kinds(sent_once)
    for kind, job in (("person", "contacts"), ("store_invoice", "store-invoices")):
        if now[kind]["pending"]:
            run(sent_once, job, answer="go_on")
    return sent_once


def ask(portico: RunningPortico, path: str, **params: Any) -> Any:
    answer = portico.api.get(f"{API}{path}", params=params)
    answer.raise_for_status()
    return answer.json()


def kinds(portico: RunningPortico) -> dict[str, dict[str, Any]]:
    return {item["kind"]: item for item in ask(portico, "/entities/stats")["kinds"]}


def record_of(portico: RunningPortico, **filters: str) -> dict[str, Any]:
    """The first record of a filter."""
    found: dict[str, Any] = ask(portico, "/entities", limit=1, **filters)["items"][0]
    return found


def run(portico: RunningPortico, job: str, *, answer: str = "", **params: Any) -> dict[str, Any]:
    """One run to its end; what it asks is answered."""
    started = portico.api.post(f"{API}/jobs/{job}/runs", json={"params": params}).json()

    def over() -> dict[str, Any] | None:
        now = ask(portico, f"/runs/{started['id']}")
        if now["state"] == "waiting" and answer:
            for question in ask(portico, "/questions", state="open")["items"]:
                portico.api.post(f"{API}/questions/{question['id']}/answer", json={"choice": answer})
        return now if now["state"] in ("succeeded", "partial", "failed", "cancelled") else None

    found: dict[str, Any] = wait_for(over, seconds=RUN_SECONDS, what=f"the end of {job}")
    return found


def test_a_failed_record_says_why_and_is_ignored_and_taken_back(sent: RunningPortico, admin: Console):
    record = record_of(sent, kind="person", state="failed", reason="invalid_data")
    page = admin.open("/")
    row = (
        page.locator("[data-attention='records_failed']")
        .filter(has_text="Contacts:")
        .filter(has_text="Data that cannot be sent")
    )
    expect(row).to_contain_text("Contacts")
    row.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"kind=person&state=failed&reason=invalid_data"))

    page = admin.open(f"/asanito/records/person/{record['key']}")
    why = page.locator("[data-reason='invalid_data']")
    for said in ("What the source says cannot be sent.", "No run takes it up again", "Correct it in the source"):
        expect(why).to_contain_text(said)
    expect(page.locator("[data-preview='not_sent']")).to_contain_text("It would not be sent.")
    expect(page.get_by_role("region", name="In the source")).to_contain_text("MembershipCode")
    page.get_by_role("button", name="Ignore").click()
    dialog = page.get_by_role("dialog", name="Ignore")
    expect(dialog).to_contain_text("What refers to it cannot be sent either.")
    dialog.get_by_label("Note").fill("a test entry")
    dialog.get_by_role("button", name="Ignore").click()
    expect(page.locator("[data-reason='ignored_by_operator']")).to_contain_text("never sent")

    page.get_by_role("link", name="Show in the audit").click()
    expect(page.locator("tbody")).to_contain_text("record ignore")
    page.go_back()
    page.get_by_role("button", name="Take back in").click()
    page.get_by_role("dialog").get_by_role("button", name="Take back in").click()
    expect(page.locator("[data-reason='pending']")).to_contain_text("sent with the next run")


def test_a_missing_mapping_is_named_and_heals_once_it_is_mapped(sent: RunningPortico, admin: Console):
    record = record_of(sent, kind="person", state="skipped", reason="mapping_missing")
    wanted = record["params"]
    page = admin.open(f"/asanito/records/person/{record['key']}")
    expect(page.locator("[data-reason='mapping_missing']")).to_contain_text(f"gender {wanted['source_id']}")
    page.get_by_role("link", name="Map it now").click()
    expect(page).to_have_url(re.compile(rf"/asanito/mappings/Gender\?source={wanted['source_id']}"))

    held = sent.api.get(f"{API}/mappings/{wanted['map_type']}")
    change = {"source_id": wanted["source_id"], "source_name": "", "asanito_id": "1"}
    saved = sent.api.put(
        f"{API}/mappings/{wanted['map_type']}",
        json={"items": [change]},
        headers={"If-Match": held.headers["ETag"]},
    )
    saved.raise_for_status()
    run(sent, "contacts", keys=[record["key"]], answer="go_on")
    page = admin.open(f"/asanito/records/person/{record['key']}")
    expect(page.locator("[data-reason='synced']")).to_contain_text("It is in Asanito")
    expect(page.locator("[data-preview='none']")).to_contain_text("Nothing would be sent")
    expect(page.locator("[data-effect='confirmed']").first).to_contain_text("Create the contact")


def test_the_csv_of_records_comes_whole_from_the_server_with_the_filters_of_the_screen(
    sent: RunningPortico, admin: Console
):
    page = admin.open("/asanito/records?kind=person")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/entities" in request.url else None)
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(saved.value.path().read_text(encoding="utf-8-sig"))))
    assert {row["kind"] for row in rows} == {"person"}
    assert len(rows) == kinds(sent)["person"]["total"] > PAGE
    assert [url for url in asked if "entities.csv?" in url]
    assert not [url for url in asked if "cursor=" in url], "not gathered page by page in the browser"


def test_many_are_ignored_together_and_taken_back(sent: RunningPortico, admin: Console):
    before = kinds(sent)["person"]["failed"]
    page = admin.open("/asanito/records?kind=person&state=failed")
    page.get_by_label("Select all rows shown").check()
    bar = page.get_by_role("region", name="Actions on the chosen records")
    bar.get_by_role("button", name=f"Ignore {before}").click()
    page.get_by_role("dialog").get_by_role("button", name=f"Ignore {before}").click()
    expect(bar).to_contain_text(f"{before} done")
    expect(page.get_by_text("No record matches")).to_be_visible()
    assert kinds(sent)["person"]["failed"] == 0
    bar.get_by_role("button", name="Undo").click()
    wait_for(lambda: kinds(sent)["person"]["ignored"] == 0, what="the undo")


def test_all_that_match_are_ignored_as_a_run_and_taken_back(sent: RunningPortico, admin: Console):
    before = kinds(sent)["store_invoice"]
    waiting = before["skipped"] + before["failed"]
    assert waiting > PAGE  # their products were not sent yet
    page = admin.open("/asanito/records?kind=store_invoice&state=skipped,failed")
    page.get_by_label("Select all rows shown").check()
    bar = page.get_by_role("region", name="Actions on the chosen records")
    bar.get_by_role("button", name="Select all that match, on every page").click()
    expect(bar).to_contain_text(f"{waiting} match")
    bar.get_by_role("button", name="Ignore all").click()
    page.get_by_role("dialog").get_by_role("button", name=f"Ignore {waiting}").click()
    done = page.get_by_role("region", name="Ignore many records")
    expect(done).to_contain_text(f"{waiting} of {waiting} records done", timeout=RUN_SECONDS * 1000)
    assert kinds(sent)["store_invoice"]["ignored"] == before["ignored"] + waiting
    done.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("region", name="Take records back in")).to_contain_text(
        f"{waiting} of {waiting} records done", timeout=RUN_SECONDS * 1000
    )
    assert kinds(sent)["store_invoice"]["pending"] == before["pending"] + waiting


def test_a_lost_answer_is_a_question_that_looking_again_answers(
    sent: RunningPortico, gym: httpx.Client, admin: Console
):
    fault = {"system": "asanito", "operation": "Product/addNew", "kind": "reset_after"}
    gym.post("/_sandbox/faults", json=fault).raise_for_status()
    run(sent, "products", answer="go_on")
    record = record_of(sent, kind="product", state="uncertain")
    page = admin.open("/")
    row = page.locator("[data-attention='record_uncertain']")
    expect(row).to_contain_text("Is it in Asanito?")
    expect(row).to_contain_text("Product: The answer was lost")
    row.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(rf"/asanito/records/product/{record['key']}"))
    expect(page.locator("[data-reason='remote_uncertain']")).to_contain_text("It may be in Asanito.")
    page.get_by_role("button", name="Confirm that it is not there").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("If it is there after all, it is there twice.")
    dialog.get_by_role("button", name="Cancel").click()

    def known() -> bool:
        page.get_by_role("button", name="Check again").click()
        page.get_by_role("dialog").get_by_role("button", name="Check again").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.wait_for_timeout(4_000)  # a lost answer is looked up after a settling time
        return record_of(sent, kind="product", q=record["key"])["state"] == "synced"

    wait_for(known, seconds=RUN_SECONDS, what="an answer")
    expect(page.locator("[data-reason='synced']")).to_be_visible()


def test_a_viewer_sees_first_letters_and_no_buttons(sent: RunningPortico, window: Callable[..., Console]):
    record = record_of(sent, state="synced", kind="person")
    person(sent, "looker", role="viewer", service="asanito")
    made = window()
    page = made.log_in(f"/asanito/records?kind=person&q={record['key']}", "looker", OWN_PASSWORD)
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody")).not_to_contain_text(record["label"])
    expect(page.locator("tbody bdi").first).to_contain_text("…")
    expect(page.get_by_label("Select all rows shown")).to_have_count(0)
    page = made.open(f"/asanito/records/person/{record['key']}")
    expect(page.get_by_text("is for operators")).to_be_visible()
    expect(page.get_by_role("region", name="In the source")).to_have_count(0)
    expect(page.locator("h1")).not_to_contain_text(record["label"])


def test_the_search_box_leads_to_a_record(sent: RunningPortico, admin: Console):
    record = record_of(sent, state="synced", kind="person")
    page = admin.open("/")
    settled(page)
    page.get_by_role("button", name="Search everything").click()
    page.get_by_role("textbox", name="Search everything").fill(str(record["asanito_id"]))
    page.get_by_role("option").filter(has_text="person, synced").first.click()
    expect(page).to_have_url(re.compile(rf"/asanito/records/person/{record['key']}"))


def test_a_persian_name_keeps_its_direction_in_both_pages(sent: RunningPortico, window: Callable[..., Console]):
    record = record_of(sent, state="synced", kind="person")
    address = f"/asanito/records?kind=person&q={record['key']}"
    direction = "node => getComputedStyle(node).direction"
    for language, page_direction in (("en", "ltr"), ("fa", "rtl")):
        made = window()
        made.context.add_init_script(f"localStorage['portico.language'] = '{language}'")
        page = sign_in(made, address)
        name = page.locator("tbody bdi").first
        expect(name).to_have_text(record["label"])
        assert name.evaluate(direction) == "rtl"
        assert page.locator("html").evaluate(direction) == page_direction
        expect(page.locator("tbody [data-record-state='synced']")).to_be_visible()
    assert page.locator("h1").inner_text() == "رکوردها"


def sign_in(made: Console, path: str) -> Page:
    """Log in whatever the language is."""
    page = made.open(path)
    page.locator("input[autocomplete='username']").fill(made.portico.username)
    page.locator("input[autocomplete='current-password']").fill(made.portico.password)
    page.locator("button[type='submit']").click()
    settled(page)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_bridge_s_screens_have_no_finding_and_fit_a_phone(
    sent: RunningPortico, window: Callable[..., Console], axe: str, scheme: str
):
    keys = {state: record_of(sent, state=state, kind="person")["key"] for state in ("synced", "failed")}
    routes = ["/asanito", "/asanito?start=contacts", "/asanito/records", "/asanito/records?kind=person&state=synced"]
    routes += [f"/asanito/records/person/{key}" for key in keys.values()]
    made = window(color_scheme=scheme)
    made.log_in()
    for route in routes:
        page = made.open(route)
        settled(page)
        assert findings(page, axe) == []
    made.page.set_viewport_size({"width": 320, "height": 640})
    for route in routes:
        page = made.open(route)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, route
