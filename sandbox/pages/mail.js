import { at, call, make, row, tell, watch } from "./kit.js";

let chosen = Number(location.hash.slice(1)) || 0;
let shown = 0;
let mail = null;

function show(view) {
  at("html").hidden = view !== "html";
  at("text").hidden = view === "html";
  at("text").textContent = view === "headers" ? mail.headers.map(([name, value]) => `${name}: ${value}`).join("\n") : mail.text ?? "";
  for (const tab of document.querySelectorAll("[data-view]")) {
    tab.setAttribute("aria-pressed", String(tab.dataset.view === view));
    tab.disabled = (tab.dataset.view === "html" && mail.html === null) || (tab.dataset.view === "text" && mail.text === null);
  }
}

async function open(number) {
  mail = await call("GET", `/mail/api/messages/${number}`);
  shown = number;
  at("mail").hidden = false;
  at("subject").textContent = mail.subject || "(no subject)";
  const lines = [["From", mail.from], ["To", mail.to], ["Delivered to", mail.recipients.join(", ")], ["Received", mail.received_at]];
  if (mail.refused.length) lines.push(["Refused", mail.refused.join(", ")]);
  at("envelope").replaceChildren(...lines.flatMap(([name, value]) => [make("dt", name), make("dd", value)]));
  at("raw").href = `/mail/api/messages/${number}/raw`;
  if (mail.html !== null) at("html").src = `/mail/api/messages/${number}/html`;
  at("attachments").replaceChildren(...mail.attachments.map((part) => {
    const line = make("li");
    line.append(make("a", part.name, { href: `/mail/api/messages/${number}/attachments/${part.index}`, download: part.name }), ` (${part.type}, ${part.size} bytes)`);
    return line;
  }));
  if (!mail.attachments.length) at("attachments").append(make("li", "None."));
  show(mail.html === null ? "text" : "html");
}

function choose(number) {
  chosen = number;
  history.replaceState(null, "", `#${number}`);
  look().catch((error) => tell(error.message));
}

function line(found) {
  const cell = make("td");
  cell.append(make("strong", found.subject || "(no subject)"), make("br"), make("span", `${found.to} · ${found.received_at.replace("T", " ").slice(0, 19)}`, { class: "empty" }));
  const element = row([cell]);
  element.tabIndex = 0;
  element.className = found.number === chosen ? "chosen" : "";
  element.addEventListener("click", () => choose(found.number));
  element.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(found.number); });
  return element;
}

async function look() {
  const { items, total } = await call("GET", "/mail/api/messages");
  at("count").textContent = total;
  at("none").hidden = total > 0;
  if (!at("list").contains(document.activeElement)) at("list").replaceChildren(...items.map(line));
  else for (const [index, element] of [...at("list").children].entries()) element.className = items[index]?.number === chosen ? "chosen" : "";
  if (!items.some((found) => found.number === chosen)) chosen = items[0]?.number ?? 0;
  if (!chosen) at("mail").hidden = true;
  else if (chosen !== shown) await open(chosen);
}

for (const tab of document.querySelectorAll("[data-view]")) tab.addEventListener("click", () => show(tab.dataset.view));
at("clear").addEventListener("click", async () => {
  if (!confirm("Remove all mails?")) return;
  await call("DELETE", "/mail/api/messages");
  shown = 0;
  await look();
});

watch(look, 2000);
