import { at, button, call, make, offer, row, showSite, watch } from "./kit.js";

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
offer(FAULTS, "Remove all files, mails, faults, and what the customer's database holds?");

function files(found) {
  if (!found.length) return make("p", "Empty.", { class: "empty" });
  const table = make("table");
  for (const file of found.slice(-8)) table.append(row([make("td", file.name, { class: "mono long" }), `${file.size} bytes`]));
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
  showSite(state, journal);
  at("mails").textContent = state.mail.count;
  at("inbox").replaceChildren(files(state.inbox));
  at("delivery").replaceChildren(files(state.delivery));
  at("log").textContent = state.log.join("\n") || "Nothing written yet.";
  at("shipments").textContent = `${state.customer.processed} of ${state.customer.total}`;
  at("progress").max = Math.max(1, state.customer.total);
  at("progress").value = state.customer.processed;
  paused = Boolean(state.customer.pace?.paused);
  at("pause").textContent = paused ? "Go on" : "Pause the work";
  for (const id of ["pause", "process-ten", "process-all", "hide-view", "show-view"]) at(id).disabled = !state.customer.pace;
  showDay(state.day);
}

watch(look);
