"""The local Slack workspace: Web API, Socket Mode, signed HTTP and a page for people, all on loopback.

What never lives here: anything of the bot (it connects over the wire like to the real Slack), calls to the outside world,
knowledge of the shop or its faults (the demo hands those in as a `Panel`).
"""
