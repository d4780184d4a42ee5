"""What the Slack app is given of the core: its doors, and nothing of the tools or the model behind them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from agent.analysis.redaction import Redactor
from agent.app.core import Core, secrets_of

if TYPE_CHECKING:
    from agent.transport.slack.doors import Doors
    from agent.transport.slack.groups import SlackGroups
    from agent.transport.slack.services import SlackServices


def slack_services(
    core: Core, wake: Callable[[], None], groups: "SlackGroups | None" = None
) -> "SlackServices":
    """Return what the Slack door may use; imported late, because a bot without Slack does without its libraries."""
    from agent.transport.slack.languages import build_languages
    from agent.transport.slack.services import SlackServices

    return SlackServices(
        store=core.store,
        desk=core.desk,
        policies=core.policies,
        clock=core.clock,
        wake=wake,
        blob=core.toolbelt.blob,
        language=core.settings.language,
        environment=core.settings.environment,
        probes=core.probes,
        jobs=core.jobs,
        recovery=core.guarded.desk,
        groups=groups,
        access=core.guarded.access,
        windows=core.guarded.windows,
        rerun=core.rerunner,
        runbooks=core.runbooks,
        redactor=Redactor(secrets_of(core.settings)),
        languages=build_languages(core.settings, core.store, core.clock),
        doors=people_doors(core),
    )


def people_doors(core: Core) -> "Doors":
    """Return the doors to people's work in incidents."""
    from agent.transport.slack.doors import Doors

    wings = core.wings
    checking = wings.checking
    return Doors(
        handoffs=wings.handoffs,
        roster=wings.roster,
        register=wings.risks,
        learning=wings.learning,
        dashboards=wings.dashboards,
        checks=checking.desk if checking is not None else None,
        standing=wings.standing,
        reports=wings.reporting,
    )
