"""The browser's door: login, consent to apps, the page's JSON routes, server-sent events, files, the traffic list.

What never lives here: what Slack's Web API offers to apps, or the page's own files (those are in `page/`).
"""
