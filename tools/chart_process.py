"""The drawing process: reads specifications of charts and pages, one JSON object a line; answers a PNG in base64."""

import base64
import json
import sys
from typing import Any

import matplotlib

matplotlib.use("Agg")

from matplotlib import font_manager

from agent.analysis.fonts import korean_font, latin_fonts
from tools.chart_page import draw_page
from tools.chart_picture import draw


def _fonts() -> list[str]:
    installed = {font.name for font in font_manager.fontManager.ttflist}
    # One face that knows Hangul is enough; without any it is drawn as boxes, but nothing fails.
    korean = korean_font(installed)
    return [*latin_fonts(installed), *([korean] if korean else [])] or ["sans-serif"]


def _drawn(request: dict[str, Any]) -> bytes:
    return draw_page(request) if "tiles" in request else draw(request)


def _answer(line: str) -> dict[str, str]:
    try:
        return {"png": base64.b64encode(_drawn(json.loads(line))).decode()}
    except Exception as error:  # noqa: BLE001 - the edge of the process: one bad picture must not end it
        return {"error": f"{type(error).__name__}: {error}"[:300]}


def main() -> None:
    """Draw until the input ends."""
    matplotlib.rcParams["font.family"] = _fonts()
    matplotlib.rcParams["axes.unicode_minus"] = False
    sys.stdout.write(json.dumps({"ready": True}) + "\n")
    sys.stdout.flush()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answer(line)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
