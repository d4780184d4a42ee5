"""`python -m agent`: the same as the command `ops-monitor`."""

from agent.cli import main

main(prog_name="ops-monitor")
