"""Which ways out the settings open, and the one clear sentence for each that they do not."""

import asyncio
import re
from contextlib import AsyncExitStack
from typing import Any

import pytest
from pydantic import SecretStr

from agent.app import notifying
from agent.app.carriers import MISSING, open_carriers, open_schedules
from agent.app.notifying import lacks, wanted_channels
from agent.domain.notification import Channel
from agent.domain.probe import Probe
from agent.settings import Settings
from tests.support.alerts import shipped_policies
from tests.support.courier import Carrier
from tools.connectors.sms_sns import SnsMessages
from tools.connectors.sms_twilio import TwilioMessages

TWILIO: dict[str, Any] = {
    "twilio_account_sid": "AC1",
    "twilio_auth_token": SecretStr("t"),
    "twilio_from": "+15005550010",
}
SNS: dict[str, Any] = {
    "sns_region": "eu-west-1",
    "sns_access_key_id": "A",
    "sns_secret_access_key": SecretStr("s"),
}


async def _opened(**given: Any) -> tuple[dict[Channel, Any], dict[Channel, str]]:
    async with AsyncExitStack() as stack:
        return open_carriers(stack, Settings(**given))


async def test_nothing_has_to_be_set_up() -> None:
    carriers, missing = await _opened()
    assert {} == carriers
    assert set(Channel) == set(missing)


@pytest.mark.parametrize("channel", Channel)
def test_what_is_missing_names_settings_that_exist(channel: Channel) -> None:
    named = re.findall(r"OPS_([A-Z_]+)", MISSING[channel])
    assert named
    assert set(Settings.model_fields) >= {name.lower() for name in named}


@pytest.mark.parametrize(
    ("given", "carrier"), [(TWILIO, TwilioMessages), (SNS, SnsMessages), (TWILIO | SNS, TwilioMessages)]
)
async def test_twilio_goes_before_sns(given: dict[str, Any], carrier: type) -> None:
    carriers, missing = await _opened(**given)
    assert isinstance(carriers[Channel.SMS], carrier)
    assert Channel.SMS not in missing


@pytest.mark.parametrize("absent", list(TWILIO))
async def test_half_of_the_settings_is_a_mistake_that_is_named(absent: str) -> None:
    carriers, missing = await _opened(**{name: value for name, value in TWILIO.items() if name != absent})
    assert {} == carriers
    assert f"OPS_{absent.upper()}" in missing[Channel.SMS]


async def test_a_mistake_in_one_channel_leaves_the_others_open() -> None:
    carriers, missing = await _opened(sns_region="nowhere", pagerduty_routing_key=SecretStr("r" * 32))
    assert {Channel.PAGERDUTY} == set(carriers)
    assert "OPS_SNS_REGION" in missing[Channel.SMS]


async def test_schedules_are_read_with_the_rest_key_alone() -> None:
    async with AsyncExitStack() as stack:
        assert open_schedules(stack, Settings()) is None
        assert open_schedules(stack, Settings(pagerduty_api_key=SecretStr("k"))) is not None


def test_the_channels_that_the_policies_name_are_known_with_their_file() -> None:
    wanted = wanted_channels(shipped_policies())
    assert "policies/routing.yaml" == wanted[Channel.PAGERDUTY]
    assert {*wanted.values()} <= {
        f"policies/{name}.yaml" for name in ("routing", "escalation", "communications")
    }


async def test_doctor_names_what_is_half_set_up_and_what_a_policy_names_in_vain() -> None:
    _, missing = await _opened(sns_region="nowhere")
    found = {one.name: one for one in lacks(missing, {Channel.EMAIL: "policies/communications.yaml"})}
    assert {"Text messages", "E-mail"} == set(found)
    assert "OPS_SNS_REGION" in (found["Text messages"].fix or "")
    assert "policies/communications.yaml" in found["E-mail"].detail
    assert "OPS_SMTP_HOST" in (found["E-mail"].fix or "")
    assert not any(one.ok for one in found.values())


def test_doctor_says_that_answers_on_the_phone_do_not_come_back() -> None:
    key, secret = SecretStr("r" * 32), SecretStr("s")
    [found] = notifying._way_back(Settings(pagerduty_routing_key=key))
    assert "OPS_PAGERDUTY_WEBHOOK_SECRET" in (found.fix or "")
    assert [] == notifying._way_back(Settings())
    assert [] == notifying._way_back(Settings(pagerduty_routing_key=key, pagerduty_webhook_secret=secret))


async def test_a_check_that_hangs_does_not_hold_up_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(Carrier):
        async def probe(self) -> Probe:
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr(notifying, "_PROBE_SECONDS", 0.02)
    found = await notifying._probe(Channel.SMS, Hanging(Channel.SMS))
    assert (False, "does not answer in time") == (found.ok, found.detail)
