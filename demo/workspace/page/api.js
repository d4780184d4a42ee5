/** The page's four doors to the server: state, messages, acts and the stream of events. */

/** Fetch JSON from the server; rejects with a plain sentence. */
export async function getJson(path) {
  const response = await fetch(path, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`The workspace answered ${response.status}.`);
  return response.json();
}

/** Send one act; network trouble comes back as `{ok: false, error}` like every other failure. */
export async function postAct(fields) {
  try {
    const response = await fetch("/page/act", {
      method: "POST", credentials: "same-origin",
      headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields),
    });
    return await response.json();
  } catch {
    return { ok: false, error: "workspace_unreachable" };
  }
}

/** Follow the events of one person; `onOpen` runs at every connect. Returns the function that stops. */
export function followEvents(user, onEvent, onOpen, onLost) {
  const source = new EventSource(`/page/events?user=${encodeURIComponent(user)}`);
  source.onopen = onOpen;
  source.onerror = onLost;
  source.onmessage = (event) => onEvent(JSON.parse(event.data));
  return () => source.close();
}
