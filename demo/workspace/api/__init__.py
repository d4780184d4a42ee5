"""The Web API for apps: arguments, tokens, scopes, rate limits, and one function per method.

Never here: state (handlers change it through the workspace's parts), or anything that only the page needs.
"""
