"""What a browser sees of Grafana's double: the dashboards that were published, as words and queries, never as curves."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from aiohttp import web

Obj = Mapping[str, Any]
_STYLE = """
body { margin: 0; background: #f4f5f7; color: #1d2125; font: 15px/1.5 system-ui, "Noto Sans CJK KR", sans-serif; }
header { background: #7a3b00; color: #fff; padding: 12px 28px; }
header a { color: #ffe2c4; }
main { max-width: 1320px; margin: 0 auto; padding: 20px 28px 60px; }
h1 { font-size: 24px; margin: 8px 0 4px; }
h2 { font-size: 16px; margin: 26px 0 8px; }
.quiet { color: #5b636d; }
.grid { display: grid; grid-template-columns: repeat(24, 1fr); gap: 10px; }
.panel { background: #fff; border: 1px solid #d8dbe0; border-radius: 6px; padding: 10px 12px; min-width: 0; }
.row { font-weight: 600; padding-top: 8px; }
.panel b { display: block; }
code { display: block; margin-top: 6px; font: 12px/1.45 ui-monospace, monospace; overflow-wrap: anywhere; color: #34495e; }
table { border-collapse: collapse; background: #fff; }
td, th { border: 1px solid #d8dbe0; padding: 5px 10px; text-align: left; vertical-align: top; }
"""
_BANNER = (
    "<b>This is a stand-in for Grafana, inside the demo.</b> It answers Grafana's HTTP API and keeps what ops-monitor "
    "publishes; it draws no curves. <a href='/'>Everything it holds</a>"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_WIDTH = 24


def answer(title: str, body: str, *, status: int = 200, again: int | None = None) -> web.Response:
    """Return a page; with `again` it is loaded anew after so many seconds."""
    fresh = f"<meta http-equiv='refresh' content='{again}'>" if again else ""
    words = (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'>{fresh}<title>{escape(title)}</title>"
        f"<style>{_STYLE}</style></head><body><header>{_BANNER}</header><main>{body}</main></body></html>"
    )
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    # Half a character may stand in a title, and a page about it must be shown all the same.
    sent = words.encode("utf-8", "replace")
    return web.Response(body=sent, content_type="text/html", charset="utf-8", status=status, headers=headers)


def front(folders: Mapping[str, Obj], saves: Iterable[Obj], marks: Sequence[Obj]) -> web.Response:
    """Return the list of what was published, and the newest marks."""
    rows = [
        f"<tr><td><a href='/d/{escape(one['uid'])}'>{escape(str(one['data']['title']))}</a></td>"
        f"<td>{escape(_folder(folders, one))}</td><td>{one['version']}</td><td>{escape(one['created'])}</td></tr>"
        for one in saves
    ]
    heads = "<tr><th>Dashboard</th><th>Folder</th><th>Version</th><th>Saved</th></tr>"
    listed = f"<table>{heads}{''.join(rows)}</table>" if rows else _NOTHING
    noted = "".join(f"<li>{escape(str(one['text']))}</li>" for one in reversed(marks[-20:]))
    below = f"<h2>Marks over the curves</h2><ul>{noted}</ul>" if noted else ""
    return answer("Grafana, a stand-in", f"<h1>Published dashboards</h1>{listed}{below}", again=5)


_NOTHING = (
    "<p class='quiet'>Nothing was published yet. In Slack: <b>/ops dashboard operations publish</b></p>"
)


def absent(uid: str) -> web.Response:
    """Return the page of a dashboard that was not published, which becomes that dashboard's once it was."""
    name = uid.removeprefix("ops-")
    how = f"/ops dashboard {name.replace('inc-', 'INC-')}{'' if name.startswith('inc-') else ' publish'}"
    body = (
        f"<h1>“{escape(uid)}” is not here yet</h1><p class='quiet'>Nobody has published it. "
        f"In Slack: <b>{escape(how)}</b></p>"
    )
    return answer("Not published", body, status=404, again=3)


def dashboard(folders: Mapping[str, Obj], teams: Mapping[int, str], saves: Sequence[Obj]) -> web.Response:
    """Return the newest version of a dashboard with its panels where they stand, and its versions."""
    newest = saves[-1]
    model = newest["data"]
    folder = folders.get(newest["folder"], {})
    readers = [teams.get(item.get("teamId"), "") for item in folder.get("permissions", ())]
    read_by = ", ".join(sorted(filter(None, readers))) or "administrators only"
    head = (
        f"<h1>{escape(str(model['title']))}</h1><p>{escape(str(model.get('description', '')))}</p>"
        f"<p class='quiet'>Folder {escape(_folder(folders, newest))} · read by {escape(read_by)} · "
        f"refresh {escape(str(model.get('refresh', '–')))} · format {escape(str(model.get('schemaVersion', '–')))}</p>"
    )
    panels = "".join(_panel(one) for one in model.get("panels", ()))
    versions = "".join(_version(one) for one in reversed(saves))
    heads = "<tr><th>Version</th><th>Saved</th><th>By</th><th>Note</th></tr>"
    past = f"<h2>Versions</h2><table>{heads}{versions}</table>"
    return answer(str(model["title"]), f"{head}<div class='grid'>{panels}</div>{past}")


def _panel(panel: Obj) -> str:
    place = panel.get("gridPos", {})
    x, width = int(place.get("x", 0)), int(place.get("w", _WIDTH))
    where = f"grid-column: {x + 1} / span {min(width, _WIDTH - x)}"
    title = escape(str(panel.get("title", "")))
    if panel.get("type") == "row":
        return f"<div class='row' style='{where}'>{title}</div>"
    asked = "".join(f"<code>{escape(str(one.get('expr', '')))}</code>" for one in panel.get("targets", ()))
    kind = escape(str(panel.get("type", "")))
    return f"<div class='panel' style='{where}'><b>{title}</b><span class='quiet'>{kind}</span>{asked}</div>"


def _version(save: Obj) -> str:
    cells = (save["version"], save["created"], save["createdBy"], save["message"])
    return f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in cells)}</tr>"


def _folder(folders: Mapping[str, Obj], save: Obj) -> str:
    return str(folders.get(save["folder"], {}).get("title", "General"))
