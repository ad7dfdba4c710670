// Shared by the two pages: elements from text only (never from HTML), calls with a readable failure.
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

// Looks every second while the page is seen; says once when the sandbox has gone.
export function watch(look, milliseconds = 1000) {
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
