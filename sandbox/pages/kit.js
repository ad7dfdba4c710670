// Shared by the pages: elements from text only (never from HTML), calls with a readable failure, and what every site's page shows.
export const at = (id) => document.getElementById(id);

export function make(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

export function tell(text) {
  at("notice").textContent = text;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => { at("notice").textContent = ""; }, 5000);
}

export async function call(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const found = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(typeof found?.detail === "string" ? found.detail : `${method} ${path}: ${answer.status}`);
  return found;
}

export function row(cells) {
  const line = make("tr");
  for (const cell of cells) {
    if (cell instanceof Node) line.append(cell);
    else line.append(make("td", String(cell)));
  }
  return line;
}

let look = async () => {};

// Looks every second while the page is seen; says once when the sandbox has gone.
export function watch(own, milliseconds = 1000) {
  look = own;
  let lost = false;
  const again = async () => {
    if (!document.hidden) {
      try {
        await look();
        lost = false;
      } catch (error) {
        if (!lost) tell(`The sandbox does not answer: ${error.message}`);
        lost = true;
      }
    }
    setTimeout(again, milliseconds);
  };
  again();
}

// `done` is said afterwards: a text, or what makes one of the answer.
async function act(action, done = "") {
  try {
    const found = await action();
    tell(typeof done === "function" ? done(found) : done);
    await look();
  } catch (error) {
    tell(error.message);
  }
}

export function button(id, action, done) {
  at(id).addEventListener("click", () => act(action, done));
}

function smallButton(title, action, done = "", attributes = {}) {
  const pressed = make("button", title, { class: "small", ...attributes });
  pressed.addEventListener("click", () => act(action, done));
  return pressed;
}

// The faults as buttons, "Disarm all", and the reset, which `warning` asks about.
export function offer(faults, warning) {
  for (const [title, fault] of faults) {
    at("fault-buttons").append(smallButton(title, () => call("POST", "/_sandbox/faults", fault), `Armed: ${title}`));
  }
  button("disarm", () => call("DELETE", "/_sandbox/faults"), "No fault is armed.");
  button("reset", async () => {
    if (confirm(warning)) await call("POST", "/_sandbox/reset");
  });
}

function systemRow(system) {
  const stands = system.up === null ? "not ours to stop" : system.frozen ? "frozen" : system.up ? "up" : "stopped";
  const [sign, colour] = { frozen: ["❄", "frozen"], stopped: ["■", "down"] }[stands] ?? ["●", "up"];
  const state = make("td");
  state.append(make("span", `${sign} `, { class: `dot ${colour}` }), stands);
  const actions = make("td", "", { class: "actions" });
  const change = (title, body) => {
    const named = { "aria-label": `${title}: ${system.title}` };
    actions.append(smallButton(title, () => call("PATCH", `/_sandbox/systems/${system.name}`, body), "", named), " ");
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
    actions.append(smallButton("Disarm", () => call("DELETE", `/_sandbox/faults/${fault.id}`)));
    table.append(row([make("td", `${fault.system} ${fault.operation}`, { class: "mono" }), make("td", `${fault.kind} ${fault.status || ""}`, { class: "fault" }), actions]));
  }
  return table;
}

// Clock, way to the console, servers, armed faults and journal. A part that has the focus stays as it is: no button vanishes under a finger.
export function showSite(state, journal) {
  at("clock").textContent = `${state.clock.now.replace("T", " ").slice(0, 19)} ${state.clock.zone}${state.clock.mode === "real" ? "" : ` (${state.clock.mode})`}`;
  at("console").hidden = !state.console;
  if (state.console) at("console").href = state.console;
  const focused = document.activeElement;
  if (!at("systems").contains(focused)) at("systems").replaceChildren(...state.systems.map(systemRow));
  if (!at("faults").contains(focused)) at("faults").replaceChildren(faultList(state.faults));
  at("journal").replaceChildren(...journal.items.reverse().map((entry) => row([
    make("td", entry.at.slice(11, 23), { class: "mono" }), entry.system, make("td", entry.operation, { class: "mono" }),
    make("td", entry.argument.slice(0, 300), { class: "mono long", dir: "auto" }),
    entry.fault ? make("td", `${entry.fault} ${entry.answer}`, { class: "fault" }) : entry.answer,
  ])));
}
