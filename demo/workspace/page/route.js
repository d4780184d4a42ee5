/** The page's addresses: `#/C1` a channel, `#/C1/p1700000000000100` a thread in it, `#/home/A1` an app's Home. */

/** Read an address into {channel, thread} or {home}; anything else gives an empty place. */
export function readRoute(hash) {
  const [first = "", second = ""] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  if (first === "home") return { channel: null, thread: null, home: second || null };
  return { channel: first || null, thread: threadOf(second), home: null };
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
