"""Custom workflow steps: run one, and keep what the app says came of it."""

from typing import Any

from demo.workspace.announcer import Announcer
from demo.workspace.errors import SlackRefusal
from demo.workspace.state import State

Json = dict[str, Any]


class Functions:
    """Executions of the app's workflow steps."""

    def __init__(self, state: State, announcer: Announcer) -> None:
        self._state = state
        self._announcer = announcer
        self.results: dict[str, Json | None] = {}

    def run(self, callback_id: str, inputs: Json) -> str:
        """Send `function_executed` to the app and return the execution's id."""
        ids, app = self._state.ids, self._state.app
        execution = ids.new("Fx")
        self.results[execution] = None
        function: Json = {
            "id": ids.new("Fn"),
            "callback_id": callback_id,
            "title": callback_id,
            "description": "",
            "type": "app",
            "input_parameters": [],
            "output_parameters": [],
            "app_id": app.id,
            "date_created": 0,
            "date_updated": 0,
            "date_deleted": 0,
        }
        event = {
            "type": "function_executed",
            "function": function,
            "inputs": inputs,
            "function_execution_id": execution,
            "workflow_execution_id": ids.new("Wx"),
            "bot_access_token": app.seed.bot_token,
            "event_ts": ids.ts(),
        }
        self._announcer.to_apps(event)
        return execution

    def complete(self, execution: str, result: Json) -> None:
        """Keep an execution's result, once; refuses with `function_execution_not_found`."""
        if self.results.get(execution, {}) is not None:
            raise SlackRefusal("function_execution_not_found")
        self.results[execution] = result
