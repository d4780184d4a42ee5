"""The controllers that make the world follow the objects: each looks at one key and takes one step.

What must never live here: HTTP, request handling, and anything that runs a Pod.
"""
