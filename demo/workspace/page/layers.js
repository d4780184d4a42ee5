/** What is open on top of what: Escape closes the newest layer only. */

const open = [];

/** Register an open layer; returns the function that closes it, which is safe to call twice. */
export function layer(onClose) {
  const entry = { onClose };
  const close = () => {
    const at = open.indexOf(entry);
    if (at < 0) return;
    open.splice(at, 1);
    onClose();
  };
  entry.close = close;
  open.push(entry);
  return close;
}

/** Start listening for Escape; `otherwise` runs when no layer is open. */
export function watchEscape(otherwise) {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    const top = open.at(-1);
    if (top) top.close();
    else otherwise();
    event.preventDefault();
  });
}
