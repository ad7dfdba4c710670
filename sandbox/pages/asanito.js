import { at, button, call, make, offer, row, showSite, watch } from "./kit.js";

const FAULTS = [
  ["Contact made, answer lost", { system: "asanito", operation: "Person/addLean", kind: "reset_after" }],
  ["Contact: connection reset before", { system: "asanito", operation: "Person/addLean", kind: "reset_before" }],
  ["Invoice made, answered 502", { system: "asanito", operation: "Invoice/issue", kind: "reply_after", status: 502 }],
  ["Invoice made, never answered", { system: "asanito", operation: "Invoice/issue", kind: "stall_after" }],
  ["Confirmation refused (409)", { system: "asanito", operation: "Invoice/groupUpdateStatus", kind: "reply", status: 409, text: "مجاز نیست" }],
  ["Income: 200 with an error", { system: "asanito", operation: "OperatingIncome/addNew", kind: "error", text: "خطا در ثبت" }],
  ["Income made, no id told", { system: "asanito", operation: "OperatingIncome/addNew", kind: "no_id" }],
  ["Deal made, HTML answered", { system: "asanito", operation: "Negotiation/addNew", kind: "garbage" }],
  ["Product: 204", { system: "asanito", operation: "Product/addNew", kind: "empty" }],
  ["Too many requests (429, 5 s)", { system: "asanito", operation: "*", kind: "reply", status: 429, retry_after: "5" }],
  ["Token expires", { system: "asanito", operation: "*", kind: "expire" }],
  ["Unavailable (503) five times", { system: "asanito", operation: "*", kind: "reply", status: 503, times: 5 }],
  ["Login refused", { system: "asanito", operation: "Account/LoginWithPhoneNumber", kind: "reply", status: 401, text: "رمز عبور اشتباه است" }],
  ["Every call 3 s slower", { system: "asanito", operation: "*", kind: "delay", seconds: 3, times: null }],
];

const rows = (added) => `Rows added: ${Object.entries(added).map(([table, count]) => `${count} ${table}`).join(", ")}`;

button("add-day", () => call("POST", "/_sandbox/asanito/source/day", {}), rows);
button("grow", () => call("POST", `/_sandbox/asanito/source/${at("how").value}`, { table: at("table").value, count: 3 }), (found) => `${found.keys.length} done.`);
button("expire", () => call("POST", "/_sandbox/asanito/tokens/expire"), (found) => `${found.expired} tokens are good no more.`);
button("storm", () => call("PUT", "/_sandbox/asanito/weather", { rate: 0.1, seed: Date.now() % 10000 }), "Bad weather.");
button("calm", () => call("PUT", "/_sandbox/asanito/weather", { rate: 0 }), "Calm again.");
button("compare", async () => {
  const found = await call("POST", "/_sandbox/asanito/compare");
  at("verdict").hidden = false;
  at("verdict").textContent = found.items.length ? `${found.items.length} differences.` : "The books are what they must be.";
  at("differences").hidden = !found.items.length;
  at("differences").textContent = found.items.slice(0, 200).join("\n");
});

offer(FAULTS, "Empty Asanito's books and seed the legacy database afresh? A service that has synchronised already knows ids that are gone then.");

function counts(found) {
  const table = make("table");
  for (const [name, count] of Object.entries(found)) table.append(row([name, make("td", String(count), { class: "mono" })]));
  return table;
}

function tenantTable(tenants) {
  const table = make("table");
  const names = Object.keys(tenants[0].counts);
  table.append(row([make("th", "Tenant"), ...names.map((name) => make("th", name))]));
  for (const tenant of tenants) table.append(row([`${tenant.customer_id}`, ...names.map((name) => String(tenant.counts[name]))]));
  return table;
}

async function look() {
  const [state, journal, newest] = await Promise.all([
    call("GET", "/_sandbox/state"), call("GET", "/_sandbox/journal?limit=15"), call("GET", "/_sandbox/asanito/contacts?limit=5"),
  ]);
  showSite(state, journal);
  at("source").replaceChildren(Object.keys(state.source).length ? counts(state.source) : make("p", "No database is attached.", { class: "empty" }));
  at("tenants").replaceChildren(tenantTable(state.tenants));
  const names = make("table");
  for (const person of newest.items) names.append(row([String(person.id), `${person.name} ${person.last_name}`, make("td", person.mobiles.join(" "), { class: "mono", dir: "ltr" })]));
  at("contacts").replaceChildren(newest.items.length ? names : make("p", "None yet.", { class: "empty" }));
  at("weather").textContent = state.weather.rate ? `seed ${state.weather.seed}, ${state.weather.struck} struck` : "calm";
}

watch(look);
