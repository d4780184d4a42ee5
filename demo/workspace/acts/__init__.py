"""What people do: speak, type commands, click, fill in modals; each act becomes Slack's own payload.

What never lives here: how a payload travels (that is `delivery`), or what an app may ask of the Web API (that is `api`).
"""
