/** What the browser remembers between visits: the person one acts as, and which panels are open. */

const PREFIX = "workspace.";

function read(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

function write(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // Private windows may refuse storage; the page then simply forgets.
  }
}

/** Return the id of the person acted as last time, or null. */
export function rememberedUser() {
  return new URLSearchParams(location.search).get("user") ?? read("user");
}

/** Remember the person acted as. */
export function rememberUser(id) {
  write("user", id);
}

/** Tell whether a panel was open last time. */
export function rememberedOpen(name, otherwise) {
  const value = read(`open.${name}`);
  return value === null ? otherwise : value === "yes";
}

/** Remember whether a panel is open. */
export function rememberOpen(name, open) {
  write(`open.${name}`, open ? "yes" : "no");
}
