"""Fill a workspace with rich sample messages, a thread, a private message, a picture and a Home tab."""

import struct
import zlib

from demo.workspace.sample import blocks
from demo.workspace.sample.app import SampleApp
from demo.workspace.sample.gallery import gallery
from demo.workspace.workspace import Workspace

_WIDTH, _HEIGHT = 480, 160


async def fill(workspace: Workspace) -> None:
    """Post the samples; clicks are answered by a stand-in app from now on."""
    app = workspace.state.app
    workspace.courier.use(app.id, SampleApp(workspace))
    messages, state = workspace.messages, workspace.state
    critical = state.channel("alerts-critical")
    await workspace.say("mina", "general", "Good morning! @ops-monitor watches #alerts-critical for us.")
    await workspace.say("jun", "general", "확인했습니다. 오늘 당직은 @mina 입니다 <script>alert(1)</script>")
    card = messages.from_app(
        app, critical, {"text": "P0 checkout: error rate 12.4 %", "blocks": blocks.card()}
    )
    for user, text in (("mina", "I take it."), ("dana", "The database looks *fine*: `0` slow queries.")):
        await workspace.say(user, "alerts-critical", text, thread_ts=card["ts"])
    messages.from_app(app, critical, {"text": "gallery", "blocks": gallery()}, thread_ts=card["ts"])
    await workspace.react("mina", "alerts-critical", card["ts"], "eyes")
    await workspace.react("sam", "alerts-critical", card["ts"], "eyes")
    await workspace.react("sam", "alerts-critical", card["ts"], "fire")
    messages.from_app(app, critical, {"text": "All kinds of blocks", "blocks": gallery()})
    stored = workspace.files.promise("error-rate.png", 1, app.seed.bot_user_id, "Error rate, rising")
    workspace.files.receive(stored.ticket, _picture())
    described = workspace.files.describe(workspace.files.complete(stored.id, "Error rate"))
    messages.from_app(app, critical, {"text": "The last hour", "files": [described]})
    whisper = {"text": "Only you see this: your shift ends in an hour."}
    messages.whisper(app, critical, "U0MINA0001", whisper)
    for person in state.users.values():
        if not person.is_bot:
            workspace.views.publish(app, person.id, blocks.home())
    dm = workspace.open_dm("U0MINA0001", app.seed.bot_user_id)
    messages.from_app(app, dm, {"text": "Ask me anything about production."})
    prompts = [{"title": "Why is checkout slow?", "message": "why is checkout slow?"}]
    workspace.threads.set_prompts(dm, "", "Try one of these", prompts)


def _picture() -> bytes:
    rows = bytearray()
    for y in range(_HEIGHT):
        rows.append(0)
        for x in range(_WIDTH):
            line = _HEIGHT - 20 - (0 if x < 300 else min(100, x - 300))
            rows += b"\xe0\x1e\x5a" if abs(y - line) < 3 else b"\xff\xff\xff"
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
