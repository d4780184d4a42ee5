"""The dashboard of servers, networks, pods and what they cost."""

from tools.dashboard_builder import reasons as why
from tools.dashboard_builder.folders import INFRASTRUCTURE
from tools.dashboard_builder.marks import USUAL_MARKS
from tools.dashboard_builder.model import Board, Panel, Query, Section
from tools.dashboard_builder.queries import DEFAULT_DIALECT, Dialect, signal_panel

SOURCE = "role: layered dashboard structure"


def infrastructure(dialect: Dialect = DEFAULT_DIALECT) -> Board:
    """Return the dashboard of servers, networks, pods and what they cost."""
    servers = Section(
        "Servers",
        (
            signal_panel("cpu_utilization", scope="host", dialect=dialect, no_data=why.NO_SERVERS, width=8),
            signal_panel(
                "memory_utilization", scope="host", dialect=dialect, no_data=why.NO_SERVERS, width=8
            ),
            signal_panel(
                "disk_utilization",
                scope="host",
                dialect=dialect,
                legend="{{<by>}} {{mountpoint}}",
                no_data=why.NO_SERVERS,
                width=8,
            ),
            signal_panel("disk_io", scope="host", dialect=dialect, no_data=why.NO_SERVERS, width=8),
            signal_panel("network_receive", scope="host", dialect=dialect, no_data=why.NO_SERVERS, width=8),
            signal_panel("network_transmit", scope="host", dialect=dialect, no_data=why.NO_SERVERS, width=8),
        ),
    )
    return Board(
        "infrastructure",
        "Infrastructure",
        "For whoever runs the machines: servers, network, containers and what they cost.",
        INFRASTRUCTURE,
        (servers, _containers(dialect), _cost(dialect)),
        refresh="1m",
        source=SOURCE,
        marks=USUAL_MARKS,
    )


def _containers(dialect: Dialect) -> Section:
    phases = 'sum by (phase) (kube_pod_status_phase{namespace=~"$environment"} == 1)'
    missing = 'sum by (deployment) (kube_deployment_status_replicas_unavailable{namespace=~"$environment"})'
    return Section(
        "Containers and pods",
        (
            Panel(
                "Pods by phase",
                (Query(phases, "{{phase}}"),),
                says="How many pods are running, pending or failed.",
                no_data=why.NO_MESH_OF_PODS,
                stacked=True,
                width=8,
            ),
            Panel(
                "Replicas that are missing",
                (Query(missing, "{{deployment}}"),),
                says="Replicas that are wanted and not available.",
                limits=(1,),
                no_data=why.NO_KUBE_STATE,
                width=8,
            ),
            signal_panel("restarts", dialect=dialect, no_data=why.NO_KUBE_STATE, width=8),
            signal_panel("container_memory_ratio", dialect=dialect),
            signal_panel(
                "cpu_utilization", dialect=dialect, title="CPU of the containers", no_data=why.NO_CPU_LIMITS
            ),
        ),
    )


def _cost(dialect: Dialect) -> Section:
    requested = (
        'sum by (namespace) (kube_pod_container_resource_requests{resource="cpu",namespace=~"$environment"})'
    )
    used = 'sum by (namespace) (rate(container_cpu_usage_seconds_total{container!="",namespace=~"$environment"}[1h]))'
    return Section(
        "Cost",
        (
            Panel(
                "CPU requested and not used",
                (Query(f"{requested} - {used}", "{{namespace}}"),),
                unit="cores",
                says="Cores that are reserved and idle: what smaller requests would free.",
                no_data=why.NO_REQUESTS_SET,
            ),
            signal_panel(
                "cost",
                scope="all",
                dialect=dialect,
                title="Cost of the machines",
                legend="all",
                no_data=why.NO_PRICES,
            ),
        ),
    )
