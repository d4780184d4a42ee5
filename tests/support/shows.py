"""How demos are set up for stories: on free ports, and with a Slack that bears with a busy machine."""

from pathlib import Path

from demo.settings import DemoSettings
from tests.support.workspace import PATIENT

HASTE = {
    # What a recovery did for a time is taken back after half of the demo's half minute.
    "OPS_RECOVERY_TIME_SCALE": "0.01",
    # A read that was cut off on a busy machine would leave a diagnosis without what it needs.
    "OPS_READ_TIMEOUT_SECONDS": "15",
    "OPS_INVESTIGATE_TIMEOUT_SECONDS": "60",
    # What helps shows it after most of a minute on a quiet machine already, when the rules have seen enough good answers.
    "OPS_VERIFY_SECONDS": "150",
}


def show_settings(home: Path) -> DemoSettings:
    """Return the settings of a demo in a folder."""
    patience = PATIENT["ack_seconds"]
    return DemoSettings(home=home, slack_patience_seconds=patience, bot_environment=HASTE).with_free_ports()
