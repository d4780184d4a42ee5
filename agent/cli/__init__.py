"""The commands of `ops-monitor`; never any work of their own, which the composition root does."""

from agent.cli.commands import main

__all__ = ["main"]
