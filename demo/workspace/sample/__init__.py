"""A workspace filled without a bot, so that the page can be looked at and worked on alone.

What never lives here: anything that the real demo or the tests of the bot depend on.
"""
