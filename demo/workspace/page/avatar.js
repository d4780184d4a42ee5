/** The square picture of a person or app: an emoji or initials on their colour. */

import { h } from "./dom.js";
import { anyEmoji } from "./emoji.js";

/** Draw an avatar; `size` is tiny, small, medium or large. */
export function avatar(person, size) {
  const colour = /^[0-9a-f]{6}$/i.test(person?.color ?? "") ? `#${person.color}` : "#7a6c7d";
  const sign = anyEmoji(person?.avatar_emoji);
  const name = person?.real_name || person?.name || "?";
  return h("span", { class: `avatar avatar-${size}`, "aria-hidden": "true",
    style: { backgroundColor: sign ? tint(colour) : colour } }, sign || [...name][0].toUpperCase());
}

// A pale ground lets the emoji stand out while the person keeps their colour.
function tint(colour) {
  const part = (at) => Math.round(255 - (255 - Number.parseInt(colour.slice(at, at + 2), 16)) * 0.35);
  return `rgb(${part(1)}, ${part(3)}, ${part(5)})`;
}
