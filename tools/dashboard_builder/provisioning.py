"""Dashboards as files that Grafana reads at its start: one JSON each, who finds them, and where the metrics are."""

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import yaml

from tools.connectors.readers import JsonObject
from tools.dashboard_builder.build import grafana_json
from tools.dashboard_builder.model import Board, Folder

PROVIDER = PurePosixPath("provisioning/dashboards/ops-monitor.yaml")
DATASOURCE = PurePosixPath("provisioning/datasources/ops-monitor.yaml")
HOME = "/etc/grafana/ops-monitor"
_HEAD = "# Written by `ops-monitor dashboards export`; changes belong there.\n"


def provisioning_files(boards: Sequence[Board]) -> Mapping[PurePosixPath, str]:
    """Return every file by its path below the folder that Grafana is given."""
    files = {
        PurePosixPath("dashboards") / board.folder.uid / f"{board.name}.json": _pretty(grafana_json(board))
        for board in boards
    }
    folders = tuple(dict.fromkeys(board.folder for board in boards))
    return {**files, PROVIDER: _yaml(_providers(folders)), DATASOURCE: _yaml(_datasource())}


def _pretty(model: JsonObject) -> str:
    return json.dumps(model, indent=2, ensure_ascii=False) + "\n"


def _yaml(document: JsonObject) -> str:
    return _HEAD + yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def _providers(folders: Sequence[Folder]) -> JsonObject:
    return {
        "apiVersion": 1,
        "providers": [
            {
                "name": folder.uid,
                "folder": folder.title,
                "folderUid": folder.uid,
                "type": "file",
                "disableDeletion": True,
                "allowUiUpdates": False,
                "updateIntervalSeconds": 30,
                "options": {"path": f"{HOME}/dashboards/{folder.uid}"},
            }
            for folder in folders
        ],
    }


def _datasource() -> JsonObject:
    return {
        "apiVersion": 1,
        "datasources": [
            {
                "name": "Prometheus",
                "uid": "ops-prometheus",
                "type": "prometheus",
                "access": "proxy",
                "url": "http://prometheus.monitoring.svc:9090",
                "isDefault": True,
                "jsonData": {"httpMethod": "POST", "timeInterval": "15s"},
            }
        ],
    }
