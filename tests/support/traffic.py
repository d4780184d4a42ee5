"""Demos for the stories where calls go wrong, without those recoveries that begin when answers are slow."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import demo.show
import demo.world
from agent.domain.action import Action, ActionState
from demo.bot import bot_settings
from demo.outside import OutsideWorld
from demo.overlay import lay_out
from demo.show import Show
from demo.workspace.server import WorkspaceServer
from demo.world import World
from tests.support.backends import eventually
from tests.support.clicks import Clicker
from tests.support.english import english_seed
from tests.support.product import shown
from tests.support.shows import show_settings
from tests.support.without_speed import without_speed

POLICIES = Path(demo.world.__file__).parents[1] / "policies"
SLOW = "slow-dependency"


@asynccontextmanager
async def traffic_show(home: Path) -> AsyncIterator[Clicker]:
    """Run a demo with policies of its own in `home / "policies"`, and give the people who click in it."""
    policies = lay_out(home / "policies")
    for begins_when_slow in (SLOW, "performance-degradation"):
        (policies / "recovery" / f"{begins_when_slow}.yaml").unlink()

    def settings(world: World, workspace: WorkspaceServer, outside: OutsideWorld) -> dict[str, str]:
        given = bot_settings(world, workspace, outside)
        # Where the world's third parties are is known only now.
        shutil.copy(Path(given["OPS_POLICIES_DIR"]) / "outposts.yaml", policies)
        return given | {"OPS_POLICIES_DIR": str(policies)}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo.world, "demo_rules", without_speed)
        patch.setattr(demo.show, "bot_settings", settings)
        patch.setattr(demo.show, "demo_seed", english_seed)
        async with Show(show_settings(home / "show"), say=lambda _: None) as show:
            await eventually(lambda: sum(show.world.users.answers.values()) > 60, within=60)
            yield Clicker(show)


def serving(people: Clicker) -> set[str]:
    """Return the instances of checkout that take calls."""
    return {pod for _, _, pod in people.show.world.cluster.endpoints("shop", "checkout")}


def breaks_circuits(people: Clicker) -> bool:
    """Say whether instances of checkout that fail in a row are left out."""
    return people.show.world.mesh.outlier("shop", "checkout") is not None


def proved(action: Action | None) -> bool:
    """Say whether an action is done and has shown that it helps."""
    return action is not None and (ActionState.SUCCEEDED, "recovered") == (action.state, action.outcome)


def undone(people: Clicker, action: Action) -> bool:
    """Say whether an action has been taken back."""
    return next(one for one in people.actions() if one.id == action.id).state is ActionState.UNDONE


async def whispered(people: Clicker, user: str, command: str) -> str:
    """Type a command and return what only its author then reads."""
    ws = people.workspace
    before = len(ws.whispers(user, "#general"))
    assert (await ws.slash(user, "#general", f"/ops {command}")).ok
    said = await people.until(lambda: ws.whispers(user, "#general")[before:], f"an answer to {command}")
    return shown(said[-1])
