"""The Web API for apps: arguments, tokens, scopes, rate limits, and one function per method.

What never lives here: state (handlers change it through the workspace's parts), or anything that only the page needs.
"""
