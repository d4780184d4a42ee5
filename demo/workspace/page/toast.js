/** Short notices that come and go at the bottom of the page. */

import { h } from "./dom.js";

const SHOWN_MS = 6000;
const SAME_MS = 2500;
const SENTENCES = {
  workspace_unreachable: "The workspace cannot be reached.",
  // The server itself tells of these two, with the app's name.
  operation_timeout: null,
  dispatch_failed: null,
  declined: null,
};

/** Say a failure code in words; null when nobody needs to hear it. */
export function sentence(code) {
  return Object.hasOwn(SENTENCES, code) ? SENTENCES[code] : `That did not work: ${code}`;
}

/** Build the place for notices and the function that shows one. */
export function toaster() {
  const node = h("div", { class: "toasts", "aria-live": "polite" });
  let last = { text: "", at: 0 };
  const toast = (text, level = "info") => {
    // The server and the failed act often tell the same thing.
    if (last.text === text && Date.now() - last.at < SAME_MS) return;
    last = { text, at: Date.now() };
    const note = h("div", { class: `toast toast-${/^\w+$/.test(level) ? level : "info"}` }, text);
    node.append(note);
    setTimeout(() => note.remove(), SHOWN_MS);
  };
  return { node, toast };
}
