import { at, call, make, row, tell, watch } from "./kit.js";

const FAULTS = [
  ["Download truncated, 226 anyway", { system: "inbox", operation: "RETR", kind: "truncate" }],
  ["Download stalls", { system: "inbox", operation: "RETR", kind: "stall", bytes: 512 }],
  ["Download dropped", { system: "inbox", operation: "RETR", kind: "drop", bytes: 512 }],
  ["DELE refused (550)", { system: "inbox", operation: "DELE", kind: "reply", status: 550, text: "Permission denied" }],
  ["Login refused (530)", { system: "inbox", operation: "PASS", kind: "reply", status: 530, text: "Login incorrect" }],
  ["Too many users (421)", { system: "inbox", operation: "CONNECT", kind: "reply", status: 421, text: "Too many users" }],
  ["Upload: disk full (552)", { system: "delivery", operation: "STOR", kind: "reply", status: 552, text: "Disk full" }],
  ["Rename refused (553)", { system: "delivery", operation: "RNTO", kind: "reply", status: 553, text: "Not allowed" }],
  ["Rename done, answer lost", { system: "delivery", operation: "RNTO", kind: "reset_after" }],
  ["CSV: 3 lines not read", { system: "consumer", operation: "read", kind: "fewer", count: 3 }],
  ["CSV: error in the log", { system: "consumer", operation: "read", kind: "error", text: "file is not readable" }],
  ["CSV: never confirmed", { system: "consumer", operation: "read", kind: "silent" }],
  ["CSV: confirmed 60 s late", { system: "consumer", operation: "read", kind: "delay", seconds: 60 }],
  ["Mail refused (451)", { system: "mail", operation: "DATA", kind: "reply", status: 451, text: "Try later" }],
  ["Mail kept, answer lost", { system: "mail", operation: "DATA", kind: "reset_after" }],
];

let paused = false;

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

const drop = (body) => () => call("POST", "/_sandbox/drop", body);
const dropped = (file) => `${file.name}: ${file.records} records, ${file.valid.length} valid`;

button("drop-day", drop({ kind: "day" }), dropped);
button("drop-second", drop({ kind: "second", rows: 60 }), dropped);
button("drop-slow", drop({ kind: "day", slow_seconds: 20 }), (file) => `${file.name} is being written, piece by piece.`);
button("drop-bad", () => call("POST", "/_sandbox/drop", { kind: at("bad-kind").value, rows: 60 }), dropped);
button("play", () => call("POST", "/_sandbox/day", { by_hand: at("by-hand").checked }), "The day begins.");
button("stop", () => call("DELETE", "/_sandbox/day"));
button("pause", () => call("PATCH", "/_sandbox/state", { processing_paused: !paused }));
button("process-ten", () => call("POST", "/_sandbox/process", { shipments: 10 }), (done) => `${done.processed} processed`);
button("process-all", () => call("POST", "/_sandbox/process", {}), (done) => `${done.processed} processed`);
button("rotate", () => call("POST", "/_sandbox/log/rotate"), "The log goes on in a new file.");
button("new-key", () => call("POST", "/_sandbox/host-key"), "The host shows a new key.");
button("old-key", () => call("DELETE", "/_sandbox/host-key"), "The host shows its first key.");
button("hide-view", () => call("PATCH", "/_sandbox/state", { view_hidden: true }), "available_invoices is gone.");
button("show-view", () => call("PATCH", "/_sandbox/state", { view_hidden: false }), "available_invoices is back.");
button("disarm", () => call("DELETE", "/_sandbox/faults"), "No fault is armed.");
button("reset", async () => {
  if (!confirm("Remove all files, mails, faults, and what the customer's database holds?")) return;
  await call("POST", "/_sandbox/reset");
}, "");

for (const [title, fault] of FAULTS) {
  const armed = make("button", title, { class: "small" });
  armed.addEventListener("click", () => act(() => call("POST", "/_sandbox/faults", fault), `Armed: ${title}`));
  at("fault-buttons").append(armed);
}

function files(found) {
  if (!found.length) return make("p", "Empty.", { class: "empty" });
  const table = make("table");
  for (const file of found.slice(-8)) table.append(row([make("td", file.name, { class: "mono long" }), `${file.size} bytes`]));
  return table;
}

function systemRow(system) {
  const stands = system.up === null ? "not ours to stop" : system.frozen ? "frozen" : system.up ? "up" : "stopped";
  const state = make("td");
  state.append(make("span", `${stands === "frozen" ? "❄" : stands === "stopped" ? "■" : "●"} `, { class: `dot ${system.frozen ? "frozen" : system.up === false ? "down" : "up"}` }), stands);
  const actions = make("td", "", { class: "actions" });
  const change = (title, body) => {
    const pressed = make("button", title, { class: "small", "aria-label": `${title}: ${system.title}` });
    pressed.addEventListener("click", () => act(() => call("PATCH", `/_sandbox/systems/${system.name}`, body), ""));
    actions.append(pressed, " ");
  };
  if (system.up !== null) change(system.up ? "Stop" : "Start", { up: !system.up });
  if (system.can_freeze) change(system.frozen ? "Thaw" : "Freeze", { frozen: !system.frozen });
  return row([`${system.title} (${system.kind})`, make("td", String(system.port ?? "–"), { class: "mono" }), state, actions]);
}

function faultList(faults) {
  if (!faults.length) return make("p", "None.", { class: "empty" });
  const table = make("table");
  for (const fault of faults) {
    const actions = make("td", "", { class: "actions" });
    const remove = make("button", "Disarm", { class: "small" });
    remove.addEventListener("click", () => act(() => call("DELETE", `/_sandbox/faults/${fault.id}`), ""));
    actions.append(remove);
    table.append(row([make("td", `${fault.system} ${fault.operation}`, { class: "mono" }), make("td", fault.kind, { class: "fault" }), actions]));
  }
  return table;
}

function showDay(day) {
  at("play").disabled = day.running;
  at("stop").hidden = !day.running;
  at("by-hand").disabled = day.running || !day.can_press;
  at("by-hand").title = day.can_press ? "" : "Without a running ./dev up nobody else can press them.";
  at("steps").replaceChildren(...day.steps.map((step) => {
    const line = make("li", "", { class: step.state });
    line.append(make("span", step.title));
    const below = step.state === "now" && (day.by_hand || !step.detail) ? step.hint : step.detail;
    if (below) line.append(make("small", below));
    return line;
  }));
  at("outcome").hidden = !day.outcome;
  at("outcome").textContent = `${day.outcome} (${day.seconds} s)`;
}

async function look() {
  const state = await call("GET", "/_sandbox/state");
  const journal = await call("GET", "/_sandbox/journal?limit=15");
  at("clock").textContent = `${state.clock.now.replace("T", " ").slice(0, 19)} ${state.clock.zone}${state.clock.mode === "real" ? "" : ` (${state.clock.mode})`}`;
  at("mails").textContent = state.mail.count;
  at("console").hidden = !state.console;
  if (state.console) at("console").href = state.console;
  at("inbox").replaceChildren(files(state.inbox));
  at("delivery").replaceChildren(files(state.delivery));
  at("log").textContent = state.log.join("\n") || "Nothing written yet.";
  at("shipments").textContent = `${state.customer.processed} of ${state.customer.total}`;
  at("progress").max = Math.max(1, state.customer.total);
  at("progress").value = state.customer.processed;
  paused = Boolean(state.customer.pace?.paused);
  at("pause").textContent = paused ? "Go on" : "Pause the work";
  for (const id of ["pause", "process-ten", "process-all", "hide-view", "show-view"]) at(id).disabled = !state.customer.pace;
  const focused = document.activeElement;
  if (!at("systems").contains(focused)) at("systems").replaceChildren(...state.systems.map(systemRow));
  if (!at("faults").contains(focused)) at("faults").replaceChildren(faultList(state.faults));
  showDay(state.day);
  at("journal").replaceChildren(...journal.items.reverse().map((entry) => row([
    make("td", entry.at.slice(11, 23), { class: "mono" }), entry.system, make("td", entry.operation, { class: "mono" }),
    make("td", entry.argument, { class: "mono long" }),
    entry.fault ? make("td", `${entry.fault} ${entry.answer}`, { class: "fault" }) : entry.answer,
  ])));
}

watch(look);
