/** Dates and times as people read them, in the time zone and language of the person looking. */

const MINUTE = 60;

/** Turn a Slack timestamp or epoch seconds into a Date. */
export function dateOf(ts) {
  return new Date(Number.parseFloat(ts) * 1000);
}

/**
 * Build the formatters of one person; unknown zones fall back to the browser's own.
 * The page around the messages speaks English; dates that an app writes are told in the reader's language.
 */
export function clockFor(person) {
  const timeZone = knownZone(person?.tz);
  const page = tellers("en-US", timeZone);
  const own = tellers(person?.locale?.replace("_", "-") || "en-US", timeZone);
  const time = page.style({ hour: "numeric", minute: "2-digit" });
  const seconds = page.style({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const day = page.style({ weekday: "long", month: "long", day: "numeric" });
  const full = page.style({ dateStyle: "full", timeStyle: "medium" });
  return {
    time: (ts) => time.format(dateOf(ts)),
    short: (ts) => time.format(dateOf(ts)).replace(/\s?[AP]M$/i, ""),
    seconds: (ts) => seconds.format(dateOf(ts)),
    full: (ts) => full.format(dateOf(ts)),
    dayKey: (ts) => page.dayKey(dateOf(ts)),
    day: (ts) => dayName(dateOf(ts), day, page),
    ago: (ts) => ago(Number.parseFloat(ts), page.relative),
    slackDate: (ts, format) => slackDate(dateOf(ts), format, own),
  };
}

function tellers(wanted, timeZone) {
  const locale = knownLocale(wanted);
  const style = (options) => new Intl.DateTimeFormat(locale, { timeZone, ...options });
  const key = style({ year: "numeric", month: "2-digit", day: "2-digit" });
  return { style, dayKey: (date) => key.format(date), relative: new Intl.RelativeTimeFormat(locale, { numeric: "auto" }) };
}

function knownLocale(wanted) {
  try {
    return Intl.getCanonicalLocales(wanted)[0];
  } catch {
    return "en-US";
  }
}

function knownZone(zone) {
  try {
    return zone ? new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone : undefined;
  } catch {
    return undefined;
  }
}

function dayName(date, day, { dayKey, relative }) {
  const now = new Date();
  if (dayKey(date) === dayKey(now)) return capital(relative.format(0, "day"));
  if (dayKey(date) === dayKey(new Date(now.getTime() - 864e5))) return capital(relative.format(-1, "day"));
  return day.format(date);
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function ago(seconds, relative) {
  const past = Math.max(0, Date.now() / 1000 - seconds);
  if (past < MINUTE) return relative.format(0, "second");
  if (past < 60 * MINUTE) return relative.format(-Math.floor(past / MINUTE), "minute");
  if (past < 1440 * MINUTE) return relative.format(-Math.floor(past / (60 * MINUTE)), "hour");
  return relative.format(-Math.floor(past / (1440 * MINUTE)), "day");
}

const DATE_STYLES = {
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  day_divider_pretty: { weekday: "long", month: "long", day: "numeric" },
  time: { hour: "numeric", minute: "2-digit" },
  time_secs: { hour: "numeric", minute: "2-digit", second: "2-digit" },
};

/** Fill Slack's `{date_short}`-like placeholders; unknown ones stay as they are. */
function slackDate(date, format, own) {
  return String(format).replace(/\{([a-z_]+)\}/g, (whole, name) => {
    if (name === "ago") return ago(date.getTime() / 1000, own.relative);
    const base = name.replace(/_pretty$/, "");
    const options = Object.hasOwn(DATE_STYLES, name) ? DATE_STYLES[name] : Object.hasOwn(DATE_STYLES, base) && DATE_STYLES[base];
    if (!options) return whole;
    const formatter = own.style(options);
    const pretty = name.endsWith("_pretty") && base !== "day_divider";
    return pretty ? dayName(date, formatter, own) : formatter.format(date);
  });
}

/** Say a size in bytes the short way. */
export function bytes(size) {
  if (!Number.isFinite(size)) return "";
  const units = ["B", "kB", "MB", "GB"];
  const step = Math.min(units.length - 1, size > 0 ? Math.floor(Math.log10(size) / 3) : 0);
  return `${(size / 1000 ** step).toFixed(step ? 1 : 0)} ${units[step]}`;
}
