"""The subcommands that show where the team stands."""

from agent.transport.slack.requests import Subcommand

STANDING: tuple[Subcommand, ...] = ()
"""In the order in which help lists them."""
