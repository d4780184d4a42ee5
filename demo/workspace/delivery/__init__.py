"""How events and interactions reach the app: envelopes, Socket Mode, signed HTTP, retries.

What never lives here: what an event means, or the workspace's state beyond the app that it is for.
"""
