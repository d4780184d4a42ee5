/** Block Kit's text objects: plain_text and mrkdwn. */

import { h } from "./dom.js";
import { withEmoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";

/** Return the raw words of a text object or string. */
export function textOf(text) {
  return typeof text === "string" ? text : (text?.text ?? "");
}

/** Draw a text object; a bare string counts as plain text. */
export function textNodes(text, names) {
  if (text?.type === "mrkdwn") return mrkdwn(text.text, names);
  return plainNodes(text);
}

/** Draw words that carry no formatting, apart from emoji shortcodes. */
export function plainNodes(text) {
  const words = text?.emoji === false ? textOf(text) : withEmoji(textOf(text));
  return words.split("\n").flatMap((line, i) => (i ? [h("br"), line] : [line]));
}

/** Return plain words with emoji, for labels that cannot hold nodes. */
export function label(text) {
  return withEmoji(textOf(text));
}
