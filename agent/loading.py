"""Loads heavy libraries in threads, one after the other."""

import asyncio
import importlib
import sys
import threading

# Two threads that import packages with a cycle in common (`requests` has one) may each see the other's half-made
# module, which ends as an ImportError or as an attribute that is not there.
_ONE_AT_A_TIME = threading.Lock()


def load(*names: str) -> None:
    """Import modules in this order; waits while another thread loads. Raises ImportError."""
    with _ONE_AT_A_TIME:
        for name in names:
            importlib.import_module(name)


async def loaded(*names: str) -> None:
    """Import modules without holding up the event loop; at once when all of them are there. Raises ImportError."""
    if not all(name in sys.modules for name in names) or _ONE_AT_A_TIME.locked():
        await asyncio.to_thread(load, *names)
