"""The bridge's tools in the browser: mappings, deals, the source's rows, money, starting over; in every look."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.support.portico import running_portico, wait_for
from tools.stack import console, databases, postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.browser.conftest import Console
    from tests.support.portico import RunningPortico

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

API = "/api/asanito/v1"
FUNNEL, LEVEL = "7", "پیشنهاد"
UNIT = "1"
"""A unit that most services have; it is not mapped before the first run."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCREENS = {
    "mappings": "/asanito/mappings",
    "units": "/asanito/mappings/ProductUnit?look=1",
    "deals": "/asanito/deals",
    "triggers": "/asanito/deals?tab=triggers",
    "explorer": "/asanito/explorer?q=احم",
    "money": "/asanito/money?range=90d",
    "admin": "/asanito/admin",
    "doctor": "/asanito/doctor",
    "takeover": "/asanito/take-over",
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1440, "height": 900}},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 720}},
    "persian": {"viewport": {"width": 1440, "height": 900}},
}


@pytest.fixture(scope="module")
def portico(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPortico]:
    """The bridge over its sandbox; products were sent, but for those of one unit that nobody has mapped."""
    console.build_if_changed(print)
    with running_portico(tmp_path_factory.mktemp("bridge"), services="asanito") as running:
        for topic, values in {
            "sync": {"brake_first_run": False, "deals": True},
            "target": {"calls_per_second": 100, "settle_seconds": 0},
        }.items():
            kept = running.api.get(f"{API}/options/{topic}")
            put(running, f"/options/{topic}", kept.json()["value"] | values, kept.headers["ETag"])
        map_unit(running, UNIT, "")
        run(running, "products")
        yield running


def put(portico: RunningPortico, path: str, body: Any, tag: str) -> None:
    answer = portico.api.put(API + path, json=body, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text


def map_unit(portico: RunningPortico, source_id: str, asanito_id: str) -> None:
    """As somebody else would, at another screen."""
    seen = portico.api.get(f"{API}/mappings/ProductUnit").headers["ETag"]
    put(portico, "/mappings/ProductUnit", {"items": [{"source_id": source_id, "asanito_id": asanito_id}]}, seen)


def legacy(portico: RunningPortico, statement: str) -> None:
    """Change the legacy database, as its owner."""
    kept = json.loads((portico.folder / "var" / "stack.json").read_text(encoding="utf-8"))
    role, port = databases.LEGACY.owner, kept["ports"]["postgres"]
    secret = kept["secrets"][f"role.{role}"]
    postgres.ask(f"postgresql://{role}:{secret}@127.0.0.1:{port}/{databases.LEGACY.name}", statement)


def run(portico: RunningPortico, job: str) -> None:
    started = portico.api.post(f"{API}/jobs/{job}/runs", json={"params": {}}).json()["id"]
    wait_for(
        lambda: portico.api.get(f"{API}/runs/{started}").json()["state"] in {"succeeded", "partial"},
        seconds=60,
        what=job,
    )


def saved(portico: RunningPortico) -> dict[str, str]:
    items = portico.api.get(f"{API}/mappings/ProductUnit").json()["items"]
    return {item["source_id"]: item["asanito_id"] for item in items}


def unit_field(page: Any, source_id: str) -> Any:
    return page.get_by_role("textbox", name=f"Id in Asanito for {source_id}", exact=True)


def test_what_most_records_wait_for_is_mapped_first_and_kept_until_it_is_saved(admin: Console, portico: RunningPortico):
    page = admin.open("/asanito/mappings")
    first = page.locator("[data-gap]").first
    expect(first).to_contain_text(re.compile(r"\d+ records wait for this"))
    first.get_by_role("link", name="Map it").click()
    expect(page).to_have_url(re.compile(rf"/asanito/mappings/ProductUnit\?source={UNIT}"))
    expect(unit_field(page, UNIT)).to_be_focused()
    unit_field(page, UNIT).fill("x")
    expect(page.get_by_role("button", name="Save 1 change")).to_be_disabled()
    unit_field(page, UNIT).fill("\u06f1")  # one, on a Persian keyboard
    expect(unit_field(page, UNIT)).to_have_value("1")
    page.get_by_role("link", name="Records", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Stay here").click()
    page.once("dialog", lambda asked: asked.accept())  # the browser asks as well
    page.reload()
    expect(unit_field(page, UNIT)).to_have_value("1")
    page.get_by_role("button", name="Save 1 change").click()
    expect(page.get_by_role("region", name="Not saved yet")).to_have_count(0)
    assert saved(portico)[UNIT] == "1"


def test_values_are_found_in_the_source_with_how_often_they_occur(admin: Console):
    page = admin.open("/asanito/mappings/ProductUnit")
    expect(page.get_by_role("columnheader", name="Rows in the source")).to_have_count(0)
    page.get_by_role("button", name="Load and discover").click()
    row = page.locator('[data-row="2"]')
    expect(page.get_by_role("columnheader", name="Rows in the source")).to_be_visible()
    expect(row.locator("td").nth(3)).to_have_text(re.compile(r"^[1-9]\d*$"))


def test_what_somebody_else_saved_meanwhile_is_shown_and_not_overwritten_unseen(
    admin: Console, portico: RunningPortico
):
    page = admin.open("/asanito/mappings/ProductUnit")
    unit_field(page, "3").fill("3003")
    map_unit(portico, "3", "3001")
    page.get_by_role("button", name="Save 1 change").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Somebody saved “Unit” while you were typing.")
    expect(alert).to_contain_text("demo saved 3001, you typed 3003")
    assert saved(portico)["3"] == "3001"
    page.get_by_role("button", name="Save mine all the same").click()
    expect(alert).to_have_count(0)
    assert saved(portico)["3"] == "3003"
    map_unit(portico, "3", "3")


def test_a_product_of_asanito_is_found_and_opens_deals_at_a_level_of_its_funnel(
    admin: Console, portico: RunningPortico
):
    page = admin.open("/asanito/deals?tab=triggers")
    found = page.locator("[data-product]")
    expect(found.first).to_be_visible()
    page.get_by_role("searchbox", name="Search products by name or code").fill("استخر")
    expect(page).to_have_url(re.compile(r"product="))
    expect(found.filter(has_not_text="استخر")).to_have_count(0)
    found.first.get_by_role("button").click()
    chosen = page.locator("[data-trigger]").first
    expect(chosen).to_contain_text("Its deals wait until a level is chosen.")
    chosen.get_by_label("Number of the funnel").fill("99")
    expect(chosen).to_contain_text("Asanito knows no funnel of this number")
    chosen.get_by_label("Number of the funnel").fill(FUNNEL)
    chosen.get_by_label("Level where deals begin").select_option(label=LEVEL)
    page.get_by_role("button", name="Save 1 change").click()
    expect(page.get_by_role("region", name="Not saved yet")).to_have_count(0)
    [trigger] = portico.api.get(f"{API}/deals/triggers").json()["items"]
    assert (trigger["funnel_id"], trigger["funnel_level_id"]) == (7, 72)
    expect(page.get_by_role("tab", name="Trigger products (1)")).to_be_visible()


def test_while_asanito_is_away_the_search_says_so_and_the_chosen_products_stay(admin: Console):
    page = admin.open("/")
    page.route(
        "**/target/products*",
        lambda route: route.fulfill(
            status=502, content_type="application/problem+json",
            body='{"code": "remote_unreachable", "status": 502, "title": "Away", "detail": "", "params": {}}',
        ),
    )  # fmt: skip
    page.goto(page.url.rstrip("/") + "/asanito/deals?tab=triggers")
    expect(page.get_by_role("alert")).to_contain_text("The other system can't be reached.")
    expect(page.get_by_role("alert")).to_contain_text("What is chosen above stays as it is.")
    page.unroute("**/target/products*")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-product]").first).to_be_visible()


def test_the_source_is_searched_literally_and_only_read(admin: Console):
    page = admin.open("/asanito/explorer")
    expect(page.get_by_text("This is the source itself")).to_be_visible()
    rows = page.get_by_role("region", name="Rows of membership").locator("tbody tr")
    expect(rows).to_have_count(20)
    first = rows.first.inner_text()
    page.get_by_role("button", name="Next rows").click()
    expect(page).to_have_url(re.compile(r"cursor=\d+"))
    expect(rows.first).not_to_have_text(first)
    page.get_by_role("searchbox", name="Text in this column").fill("احمدی")
    expect(rows.filter(has_text="احمدی").first).to_be_visible()
    expect(rows.filter(has_not_text="احمدی")).to_have_count(0)
    page.get_by_role("searchbox", name="Text in this column").fill("%")
    expect(page.get_by_text("No row has “%” in lastname.")).to_be_visible()
    page.get_by_role("combobox", name="Table", exact=True).select_option("receipt")
    page.get_by_role("searchbox", name="Text in this column").fill("")
    expect(page.get_by_role("columnheader", name="modeldaryaft")).to_be_visible()


def test_the_money_check_answers_in_a_sentence_and_lists_what_differs(admin: Console):
    page = admin.open("/asanito/money?range=365d")
    verdict = page.locator("[data-differing]")
    expect(verdict).to_have_text(re.compile(r"All the money|documents? differs?|no invoice and no payment"))
    for name in ("source", "posted", "left_out", "difference"):
        expect(page.locator(f'[data-sum="{name}"] dd')).to_be_visible()
    if int(verdict.get_attribute("data-differing") or 0):
        page.get_by_role("region", name="Documents that differ").get_by_role("link").first.click()
        expect(page).to_have_url(re.compile(r"/asanito/records/"))
        page.go_back()
        with page.expect_download() as saved_file:
            page.get_by_role("button", name="Save “Documents that differ” as CSV").click()
        assert len(saved_file.value.path().read_text(encoding="utf-8-sig").splitlines()) > 1


def test_the_doctor_says_what_keeps_the_bridge_from_working_and_what_is_in_order(admin: Console):
    page = admin.open("/asanito/admin")
    page.get_by_role("link", name="Doctor").click()
    expect(page.locator("[data-problems]")).to_have_text(re.compile("Nothing keeps the bridge from working"))
    expect(page.locator("[data-finding='asanito']")).to_contain_text("In order")
    answer = (
        '{"ok": false, "findings": [{"name": "driver", "level": "ok", "detail": "there", "fix": ""},'
        ' {"name": "status_columns", "level": "problem", "detail": "Missing.", "fix": "ALTER TABLE x"}]}'
    )
    page.route("**/v1/doctor", lambda route: route.fulfill(status=200, content_type="application/json", body=answer))
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("[data-problems='1']")).to_contain_text("1 problem keeps the bridge from working.")
    expect(page.locator("[data-finding]").first).to_contain_text("Status columns")
    expect(page.locator("[data-finding]").first).to_contain_text("ALTER TABLE x")


def test_what_the_program_before_knew_is_taken_over_and_what_is_in_doubt_is_listed(
    admin: Console, portico: RunningPortico
):
    legacy(
        portico,
        'UPDATE dbo."membership" SET "memberAid" = CASE WHEN "personVId" IN '
        '(SELECT "personVId" FROM dbo."membership" ORDER BY "idd" LIMIT 2) THEN 900001 ELSE 910000 + "idd" END, '
        '"fetchStatus" = \'SYNCED\' WHERE "personVId" IN '
        '(SELECT DISTINCT "personVId" FROM (SELECT * FROM dbo."membership" ORDER BY "idd" LIMIT 9) AS first)',
    )
    page = admin.open("/asanito/admin")
    page.get_by_role("link", name="Take over from the program before").click()
    expect(page.get_by_text("Nothing was taken over yet")).to_be_visible()
    page.get_by_role("button", name="Take over").click()
    dialog = page.get_by_role("dialog", name="Take over now?")
    expect(dialog).to_contain_text("Nothing is sent to Asanito")
    dialog.get_by_role("button", name="Take over").click()
    expect(page.locator("[data-last-run='partial']")).to_be_visible(timeout=60_000)
    expect(page.locator("[data-waiting='ambiguous']")).to_contain_text("2")
    expect(page.locator("[data-records='ambiguous'] tbody tr")).to_have_count(2)
    expect(page.locator("[data-records='sample'] tbody tr").first).to_be_visible()
    page.locator("[data-waiting='ambiguous']").get_by_role("link").click()
    expect(page).to_have_url(re.compile(r"/asanito/records\?.*reason=ambiguous"))


def test_a_deal_in_doubt_is_checked_bound_or_confirmed_as_absent(admin: Console):
    where = "store_invoice/00000000-0000-0000-0000-000000000001/00000000-0000-0000-0000-000000000002"
    kind, invoice, item = where.split("/")
    deal = {
        "invoice_kind": kind, "invoice_key": invoice, "item_key": item, "state": "uncertain",
        "reason_code": "search_unsupported", "message": "", "deal_id": None, "title": "A course", "amount": "100",
        "last_run_id": None, "created_at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-20T08:00:00Z",
        "actions": ["check", "bind", "confirm_absent"],
    }  # fmt: skip
    page = admin.open("/")
    page.route("**/v1/deals?*", lambda route: route.fulfill(json={"items": [deal], "next": None, "prev": None}))
    sent: list[tuple[str, Any]] = []

    def answer(route: Any) -> None:
        sent.append((route.request.url.rsplit("/", 1)[1], route.request.post_data_json))
        route.fulfill(status=200, json=None)

    page.route(f"**/v1/deals/{where}/*", answer)
    page.goto(page.url.rstrip("/") + "/asanito/deals")
    row = page.locator("tbody tr")
    expect(row).to_contain_text("Look in Asanito: bind it if it is there, or confirm that it is not.")
    expect(row.get_by_role("button", name="Check again")).to_be_visible()
    row.get_by_role("button", name="Bind to a deal").click()
    dialog = page.get_by_role("dialog", name="Bind to a deal")
    expect(dialog.get_by_role("button", name="Bind to a deal")).to_be_disabled()
    dialog.get_by_label("Number of the deal in Asanito").fill("4711")
    dialog.get_by_role("button", name="Bind to a deal").click()
    expect(dialog).to_have_count(0)
    row.get_by_role("button", name="It is not there").click()
    dialog = page.get_by_role("dialog", name="It is not there")
    expect(dialog).to_contain_text("If it is there after all, it is there twice.")
    dialog.get_by_label("Note").fill("looked")
    dialog.get_by_role("button", name="It is not there").click()
    expect(dialog).to_have_count(0)
    assert sent == [("bind", {"deal_id": 4711, "note": ""}), ("confirm-absent", {"note": "looked"})]


def test_trigger_products_that_somebody_else_saved_meanwhile_are_shown_and_not_overwritten_unseen(
    admin: Console, portico: RunningPortico
):
    page = admin.open("/asanito/deals?tab=triggers")
    page.locator("[data-product]").last.get_by_role("button").click()
    mine = page.get_by_role("region", name="Not saved yet")
    expect(mine).to_be_visible()
    seen = portico.api.get(f"{API}/deals/triggers").headers["ETag"]
    theirs = {"asanito_product_id": 987, "product_title": "Theirs"}
    put(portico, "/deals/triggers", {"items": [theirs]}, seen)
    page.get_by_role("button", name=re.compile("^Save .* change")).click()
    expect(page.get_by_role("alert")).to_contain_text("Saved now are: Theirs.")
    assert [one["asanito_product_id"] for one in portico.api.get(f"{API}/deals/triggers").json()["items"]] == [987]
    page.get_by_role("button", name="Save mine all the same").click()
    expect(mine).to_have_count(0)
    assert 987 not in [one["asanito_product_id"] for one in portico.api.get(f"{API}/deals/triggers").json()["items"]]


@pytest.mark.parametrize("look", LOOKS)
def test_every_tool_is_free_of_barriers_and_fits_its_window(
    window: Callable[..., Console], axe: str, look: str, portico: RunningPortico
):
    opened = window(**LOOKS[look])
    page = opened.log_in()
    if look == "persian":
        page.evaluate("localStorage['portico.language'] = 'fa'")
    found = {}
    for name, path in SCREENS.items():
        page.goto(portico.url + path)
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator(".mantine-Skeleton-root")).to_have_count(0)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        page.evaluate(axe)
        result = page.evaluate("tags => axe.run({ runOnly: tags })", TAGS)
        found[name] = (max(wide, 0), [f"{item['id']}: {item['nodes'][0]['html']}" for item in result["violations"]])
        if folder := os.environ.get("PORTICO_PICTURES"):
            page.screenshot(path=Path(folder) / f"tools-{name}-{look}.png", full_page=True)
    assert found == dict.fromkeys(SCREENS, (0, []))
    if look == "persian":
        assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["fa", "rtl"]
        expect(page.locator("h1")).to_have_text("تحویل از برنامهٔ پیشین")


def test_starting_over_needs_its_phrase_and_says_what_was_removed(admin: Console, portico: RunningPortico):
    page = admin.open("/asanito/admin")
    page.get_by_role("button", name="Start over").click()
    dialog = page.get_by_role("dialog")
    button = dialog.get_by_role("button", name="Start over")
    expect(button).to_be_disabled()
    dialog.get_by_label("Keep what each record is in Asanito").press("Space")
    expect(dialog.get_by_role("alert")).to_contain_text("would be created in Asanito once more")
    dialog.get_by_label("Keep what each record is in Asanito").press("Space")
    dialog.get_by_label("Type DELETE ALL DATA to confirm").fill("DELETE ALL DATA")
    button.click()
    expect(page.get_by_role("status").filter(has_text="Started over")).to_be_visible()
    assert portico.api.get(f"{API}/entities").json()["items"] == []


def test_test_data_takes_the_place_of_what_the_source_holds(admin: Console):
    page = admin.open("/asanito/admin")
    page.get_by_role("button", name="Fill with test data").click()
    dialog = page.get_by_role("dialog")
    button = dialog.get_by_role("button", name="Fill with test data")
    expect(button).to_be_disabled()
    dialog.get_by_label("Type SEED FAKE DATA to confirm").fill("SEED FAKE DATA")
    button.click()
    told = page.get_by_role("status").filter(has_text="The source holds test data now")
    expect(told).to_contain_text("membership")
