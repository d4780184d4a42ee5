"""The demo's command line: run the world, or break and mend it while it runs."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from demo.backends.process import BackendFailed, BackendMissing
from demo.faults.door import DoorClosed, ask_door
from demo.settings import DemoSettings

if TYPE_CHECKING:
    from demo.show import Show


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m demo", description="A small production to try the bot on."
    )
    parser.add_argument("--home", type=Path, default=Path(".demo"), help="directory for all data of the demo")
    parser.add_argument("--calm", action="store_true", help="inject no fault by itself")
    parser.add_argument(
        "--first-fault-after", type=float, default=20.0, metavar="SECONDS", help="default: 20"
    )
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("run", help="run the demo until Ctrl-C (the default)")
    fault = commands.add_parser("fault", help="inject, list or clear faults of a running demo")
    fault.add_argument("name", nargs="?", help="the fault to inject")
    fault.add_argument("--list", action="store_true", help="list the faults")
    fault.add_argument("--clear", metavar="NAME", help="the fault to clear")
    return parser


async def run(settings: DemoSettings, options: argparse.Namespace) -> None:
    """Run the demo until SIGINT or SIGTERM."""
    from demo.show import Show

    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, ended.set)
    show = asyncio.create_task(_perform(Show(settings), options, ended))
    await asyncio.wait([show, asyncio.create_task(ended.wait())], return_when=asyncio.FIRST_COMPLETED)
    if not show.done() and not ended.is_set():
        show.cancel()
    await show


async def _perform(show: "Show", options: argparse.Namespace, ended: asyncio.Event) -> None:
    async with show:
        print(f"\nOpen {show.workspace.login_url}\n")
        print(f"Phones, mailboxes and the status page: {show.outside.page.url}")
        print("Break something else: ops-monitor demo fault --list    Stop: Ctrl-C", flush=True)
        if not options.calm:
            first = asyncio.create_task(show.first_fault(options.first_fault_after))
            await ended.wait()
            first.cancel()
        await ended.wait()


async def fault(settings: DemoSettings, options: argparse.Namespace) -> None:
    """Talk to the control door of the running demo."""
    file = settings.control_file
    if options.clear:
        await ask_door(file, "DELETE", f"/faults/{options.clear}")
        print(f"{options.clear} is cleared")
    elif options.name:
        await ask_door(file, "POST", f"/faults/{options.name}")
        print(f"{options.name} is injected; the first alert fires within 40 seconds")
    else:
        answer = await ask_door(file, "GET", "/faults")
        for item in answer["faults"]:  # type: ignore[attr-defined]  # JSON of our own door
            print(f"{'*' if item['active'] else ' '} {item['id']:<20} {item['description']}")


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = arguments().parse_args(argv)
    settings = DemoSettings(home=options.home)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(fault(settings, options) if options.command == "fault" else run(settings, options))
    except (BackendMissing, BackendFailed, DoorClosed) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
