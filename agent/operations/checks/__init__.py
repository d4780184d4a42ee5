"""Checklists: each check looks at one thing and says what came of it.

Never here: a write (checks only propose), tools or vendor SDKs (checks look through the port of reads), and chat.
"""
