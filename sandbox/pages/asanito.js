import { at, call, make, row, tell, watch } from "./kit.js";

const FAULTS = [
  ["Contact made, answer lost", { operation: "Person/addLean", kind: "reset_after" }],
  ["Contact: connection reset before", { operation: "Person/addLean", kind: "reset_before" }],
  ["Invoice made, answered 502", { operation: "Invoice/issue", kind: "reply_after", status: 502 }],
  ["Invoice made, never answered", { operation: "Invoice/issue", kind: "stall_after" }],
  ["Confirmation refused (409)", { operation: "Invoice/groupUpdateStatus", kind: "reply", status: 409, text: "مجاز نیست" }],
  ["Income: 200 with an error", { operation: "OperatingIncome/addNew", kind: "error", text: "خطا در ثبت" }],
  ["Income made, no id told", { operation: "OperatingIncome/addNew", kind: "no_id" }],
  ["Deal made, HTML answered", { operation: "Negotiation/addNew", kind: "garbage" }],
  ["Product: 204", { operation: "Product/addNew", kind: "empty" }],
  ["Too many requests (429, 5 s)", { operation: "*", kind: "reply", status: 429, retry_after: "5" }],
  ["Token expires", { operation: "*", kind: "expire" }],
  ["Unavailable (503) five times", { operation: "*", kind: "reply", status: 503, times: 5 }],
  ["Login refused", { operation: "Account/LoginWithPhoneNumber", kind: "reply", status: 401, text: "رمز عبور اشتباه است" }],
  ["Every call 3 s slower", { operation: "*", kind: "delay", seconds: 3, times: null }],
];

function button(id, action, done = "") {
  at(id).addEventListener("click", () => act(action, done));
}

async function act(action, done) {
  try {
    const found = await action();
    tell(typeof done === "function" ? done(found) : done);
    await look();
  } catch (error) {
    tell(error.message);
  }
}

const rows = (added) => `Rows added: ${Object.entries(added).map(([table, count]) => `${count} ${table}`).join(", ")}`;

button("add-day", () => call("POST", "/_sandbox/asanito/source/day", {}), rows);
button("grow", () => call("POST", `/_sandbox/asanito/source/${at("how").value}`, { table: at("table").value, count: 3 }), (found) => `${found.keys.length} done.`);
button("expire", () => call("POST", "/_sandbox/asanito/tokens/expire"), (found) => `${found.expired} tokens are good no more.`);
button("storm", () => call("PUT", "/_sandbox/asanito/weather", { rate: 0.1, seed: Date.now() % 10000 }), "Bad weather.");
button("calm", () => call("PUT", "/_sandbox/asanito/weather", { rate: 0 }), "Calm again.");
button("disarm", () => call("DELETE", "/_sandbox/faults"), "No fault is armed.");
button("reset", async () => {
  if (!confirm("Empty Asanito's books and seed the legacy database afresh? A service that has synchronised already knows ids that are gone then.")) return;
  await call("POST", "/_sandbox/reset");
}, "");
button("compare", async () => {
  const found = await call("POST", "/_sandbox/asanito/compare");
  at("verdict").hidden = false;
  at("verdict").textContent = found.items.length ? `${found.items.length} differences.` : "The books are what they must be.";
  at("differences").hidden = !found.items.length;
  at("differences").textContent = found.items.slice(0, 200).join("\n");
});

for (const [title, fault] of FAULTS) {
  const armed = make("button", title, { class: "small" });
  armed.addEventListener("click", () => act(() => call("POST", "/_sandbox/faults", { system: "asanito", ...fault }), `Armed: ${title}`));
  at("fault-buttons").append(armed);
}

function counts(found) {
  const table = make("table");
  for (const [name, count] of Object.entries(found)) table.append(row([name, make("td", String(count), { class: "mono" })]));
  return table;
}

function systemRow(system) {
  const stands = system.frozen ? "frozen" : system.up ? "up" : "stopped";
  const state = make("td");
  state.append(make("span", `${{ frozen: "❄", stopped: "■", up: "●" }[stands]} `, { class: `dot ${stands === "stopped" ? "down" : stands}` }), stands);
  const actions = make("td", "", { class: "actions" });
  const change = (title, body) => {
    const pressed = make("button", title, { class: "small", "aria-label": `${title}: ${system.title}` });
    pressed.addEventListener("click", () => act(() => call("PATCH", `/_sandbox/systems/${system.name}`, body), ""));
    actions.append(pressed, " ");
  };
  change(system.up ? "Stop" : "Start", { up: !system.up });
  change(system.frozen ? "Thaw" : "Freeze", { frozen: !system.frozen });
  return row([`${system.title} (${system.kind})`, make("td", String(system.port), { class: "mono" }), state, actions]);
}

function faultList(faults) {
  if (!faults.length) return make("p", "None.", { class: "empty" });
  const table = make("table");
  for (const fault of faults) {
    const actions = make("td", "", { class: "actions" });
    const remove = make("button", "Disarm", { class: "small" });
    remove.addEventListener("click", () => act(() => call("DELETE", `/_sandbox/faults/${fault.id}`), ""));
    actions.append(remove);
    table.append(row([make("td", fault.operation, { class: "mono" }), make("td", `${fault.kind} ${fault.status || ""}`, { class: "fault" }), actions]));
  }
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
  at("clock").textContent = `${state.clock.now.replace("T", " ").slice(0, 19)} ${state.clock.zone}${state.clock.mode === "real" ? "" : ` (${state.clock.mode})`}`;
  at("console").hidden = !state.console;
  if (state.console) at("console").href = state.console;
  at("source").replaceChildren(Object.keys(state.source).length ? counts(state.source) : make("p", "No database is attached.", { class: "empty" }));
  at("tenants").replaceChildren(tenantTable(state.tenants));
  const names = make("table");
  for (const person of newest.items) names.append(row([String(person.id), `${person.name} ${person.last_name}`, make("td", person.mobiles.join(" "), { class: "mono", dir: "ltr" })]));
  at("contacts").replaceChildren(newest.items.length ? names : make("p", "None yet.", { class: "empty" }));
  at("weather").textContent = state.weather.rate ? `seed ${state.weather.seed}, ${state.weather.struck} struck` : "calm";
  const focused = document.activeElement;
  if (!at("systems").contains(focused)) at("systems").replaceChildren(...state.systems.map(systemRow));
  if (!at("faults").contains(focused)) at("faults").replaceChildren(faultList(state.faults));
  at("journal").replaceChildren(...journal.items.reverse().map((entry) => row([
    make("td", entry.at.slice(11, 23), { class: "mono" }), entry.system, make("td", entry.operation, { class: "mono" }),
    make("td", entry.argument.slice(0, 300), { class: "mono long", dir: "auto" }),
    entry.fault ? make("td", `${entry.fault} ${entry.answer}`, { class: "fault" }) : entry.answer,
  ])));
}

watch(look);
