/** The line that tells what an app is doing right now, with its loading messages in turn. */

import { h } from "./dom.js";

const TURN_MS = 2400;

/** Draw a status line. */
export function statusLine(status, app) {
  const words = status.loading_messages?.length ? status.loading_messages : [status.text];
  const shown = h("span", { class: "status-words" }, sentence(words[0], app));
  if (words.length > 1) rotate(shown, words, app);
  return h("div", { class: "status-line", role: "status" },
    h("span", { class: "status-dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")), shown);
}

// An app writes "is checking metrics…"; the page puts its name in front, as Slack does.
function sentence(text, app) {
  const name = app.store.state.apps[0]?.name ?? "The app";
  return /^is\s/.test(text) ? `${name} ${text}` : text;
}

function rotate(node, words, app) {
  let turn = 0;
  const timer = setInterval(() => {
    if (!node.isConnected) return clearInterval(timer);
    turn = (turn + 1) % words.length;
    node.textContent = sentence(words[turn], app);
  }, TURN_MS);
}
