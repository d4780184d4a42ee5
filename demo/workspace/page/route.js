/** The page's addresses: `#/C1` a channel, `#/C1/p1700000000000100` a thread in it,
 *  `#/C1/F1` a canvas in it, `#/home/A1` an app's Home. */

/** Read an address into {channel, thread, canvas} or {home}; anything else gives an empty place. */
export function readRoute(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [first = "", second = ""] = path.split("/").map(decodeURIComponent);
  if (first === "home") return { channel: null, thread: null, canvas: null, home: second || null };
  const canvas = /^F\w+$/.test(second) ? second : null;
  // The link to a reply names its thread beside it.
  const thread = new URLSearchParams(query).get("thread_ts") ?? second;
  return { channel: first || null, thread: threadOf(thread), canvas, home: null };
}

function threadOf(part) {
  const dotted = /^p?(\d+\.\d+)$/.exec(part);
  if (dotted) return dotted[1];
  const plain = /^p?(\d{7,})$/.exec(part);
  return plain ? `${plain[1].slice(0, -6)}.${plain[1].slice(-6)}` : null;
}

/** Write the address of a channel or a thread in it. */
export function writeRoute(channel, thread) {
  return `#/${encodeURIComponent(channel)}${thread ? `/p${thread.replace(".", "")}` : ""}`;
}
