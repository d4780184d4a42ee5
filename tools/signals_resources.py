"""The signals of machines and containers: CPU, memory, disk, network, pools, caches, certificates, restarts."""

from tools.recipes import Recipe, Signal

_REAL_DISK = 'fstype!~"tmpfs|overlay|squashfs|ramfs|nsfs",'
_REAL_NIC = 'device!~"lo|veth.*|docker.*|cali.*|cni.*",'
_MEMORY = "node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes"


def _pods(scheme: str, needs: tuple[str, ...], promql: str) -> Recipe:
    return Recipe(scheme, needs, promql, by="pod", matching="pod")


def _hosts(needs: tuple[str, ...], promql: str) -> Recipe:
    return Recipe("node_exporter", needs, promql, scope="host", by="instance")


def _node_bytes(direction: str) -> Recipe:
    metric = f"node_network_{direction}_bytes_total"
    return _hosts((metric,), f"sum by (<by>) (rate({metric}{{{_REAL_NIC}<sel>}}[<window>]))")


def _pod_bytes(direction: str) -> Recipe:
    metric = f"container_network_{direction}_bytes_total"
    return _pods("cAdvisor", (metric,), f"sum by (<by>) (rate({metric}{{<sel>}}[<window>]))")


RESOURCE_SIGNALS: tuple[Signal, ...] = (
    Signal(
        "cpu_utilization",
        "CPU utilization",
        "ratio",
        "Share of the CPU in use: of a service's busiest instance (of its limit, or of one core), else of each host.",
        (
            _pods(
                "cAdvisor and kube-state-metrics",
                ("container_cpu_usage_seconds_total", "kube_pod_container_resource_limits"),
                'sum by (<by>) (rate(container_cpu_usage_seconds_total{container!="",<sel>}[<window>])) / '
                'sum by (<by>) (kube_pod_container_resource_limits{resource="cpu",<sel>})',
            ),
            Recipe(
                "process metrics",
                ("process_cpu_seconds_total",),
                "max by (<by>) (rate(process_cpu_seconds_total{<sel>}[<window>]))",
            ),
            _hosts(
                ("node_cpu_seconds_total",),
                '1 - avg by (<by>) (rate(node_cpu_seconds_total{mode="idle",<sel>}[<window>]))',
            ),
        ),
        threshold=0.8,
        threshold_source="guide and role: HighCPUUsage",
    ),
    Signal(
        "memory_utilization",
        "memory utilization",
        "ratio",
        "Share of a host's memory in use.",
        (
            _hosts(
                _MEMORY,
                f"max by (<by>) (({_MEMORY[0]}{{<sel>}} - {_MEMORY[1]}{{<sel>}}) / {_MEMORY[0]}{{<sel>}})",
            ),
        ),
        threshold=0.9,
        threshold_source="role: HighMemoryUsage",
    ),
    Signal(
        "container_memory_ratio",
        "memory of the container's limit",
        "ratio",
        "Working set of a service's fullest container as a share of its memory limit.",
        (
            Recipe(
                "container metrics with service label",
                ("container_memory_working_set_bytes", "container_spec_memory_limit_bytes"),
                "max by (<by>, pod) (container_memory_working_set_bytes{<sel>} / "
                "(container_spec_memory_limit_bytes{<sel>} > 0))",
            ),
            _pods(
                "cAdvisor",
                ("container_memory_working_set_bytes", "container_spec_memory_limit_bytes"),
                'max by (<by>) (container_memory_working_set_bytes{container!="",<sel>} / '
                '(container_spec_memory_limit_bytes{container!="",<sel>} > 0))',
            ),
            _pods(
                "cAdvisor and kube-state-metrics",
                ("container_memory_working_set_bytes", "kube_pod_container_resource_limits"),
                'max by (<by>) (container_memory_working_set_bytes{container!="",<sel>} / on (namespace, pod, container) '
                'group_left () kube_pod_container_resource_limits{resource="memory",<sel>})',
            ),
        ),
        threshold=0.85,
        threshold_source="role: recovery scenario High_Memory_Usage",
    ),
    Signal(
        "disk_utilization",
        "disk utilization",
        "ratio",
        "Share of each file system that is full.",
        (
            _hosts(
                ("node_filesystem_size_bytes", "node_filesystem_free_bytes"),
                f"max by (<by>, mountpoint) ((node_filesystem_size_bytes{{{_REAL_DISK}<sel>}} - "
                f"node_filesystem_free_bytes{{{_REAL_DISK}<sel>}}) / node_filesystem_size_bytes{{{_REAL_DISK}<sel>}})",
            ),
        ),
        threshold=0.85,
        threshold_source="role: DiskSpaceLow (the guide's daily check: 80 %)",
    ),
    Signal(
        "disk_io",
        "disk throughput",
        "bytes/s",
        "Bytes that a host reads from and writes to its disks per second.",
        (
            _hosts(
                ("node_disk_read_bytes_total", "node_disk_written_bytes_total"),
                "sum by (<by>) (rate(node_disk_read_bytes_total{<sel>}[<window>])) + "
                "sum by (<by>) (rate(node_disk_written_bytes_total{<sel>}[<window>]))",
            ),
        ),
    ),
    Signal(
        "network_receive",
        "network received",
        "bytes/s",
        "Bytes received per second by a service's pods, else by each host.",
        (_pod_bytes("receive"), _node_bytes("receive")),
    ),
    Signal(
        "network_transmit",
        "network sent",
        "bytes/s",
        "Bytes sent per second by a service's pods, else by each host.",
        (_pod_bytes("transmit"), _node_bytes("transmit")),
    ),
    Signal(
        "pool_utilization",
        "connection pool in use",
        "ratio",
        "Share of a database connection pool that is taken, of the fullest instance.",
        (
            Recipe(
                "db_connection_pool",
                ("db_connection_pool_in_use", "db_connection_pool_max"),
                "max by (<by>) (db_connection_pool_in_use{<sel>} / (db_connection_pool_max{<sel>} > 0))",
            ),
            Recipe(
                "HikariCP",
                ("hikaricp_connections_active", "hikaricp_connections_max"),
                "max by (<by>) (hikaricp_connections_active{<sel>} / (hikaricp_connections_max{<sel>} > 0))",
            ),
            Recipe(
                "postgres_exporter",
                ("pg_stat_activity_count", "pg_settings_max_connections"),
                "sum by (<by>) (pg_stat_activity_count) / max by (<by>) (pg_settings_max_connections)",
                scope="host",
                by="instance",
            ),
        ),
        threshold=0.9,
        threshold_source="role: recovery scenario Database_Connection_Pool_Exhaustion",
    ),
    Signal(
        "cache_hit_ratio",
        "cache hit ratio",
        "ratio",
        "Share of cache look-ups that found their entry.",
        (
            Recipe(
                "cache_hits_total",
                ("cache_hits_total", "cache_misses_total"),
                "sum by (<by>) (rate(cache_hits_total{<sel>}[<window>])) / "
                "(sum by (<by>) (rate(cache_hits_total{<sel>}[<window>])) + "
                "sum by (<by>) (rate(cache_misses_total{<sel>}[<window>])))",
            ),
            Recipe(
                "redis_exporter",
                ("redis_keyspace_hits_total", "redis_keyspace_misses_total"),
                "sum by (<by>) (rate(redis_keyspace_hits_total[<window>])) / "
                "(sum by (<by>) (rate(redis_keyspace_hits_total[<window>])) + "
                "sum by (<by>) (rate(redis_keyspace_misses_total[<window>])))",
                scope="host",
                by="instance",
            ),
        ),
        higher_is_worse=False,
    ),
    Signal(
        "certificate_days_left",
        "days until the certificate expires",
        "days",
        "Days until the first certificate in the chain expires; negative once it has.",
        (
            Recipe(
                "blackbox_exporter",
                ("probe_ssl_earliest_cert_expiry",),
                "min by (<by>, instance) (probe_ssl_earliest_cert_expiry{<sel>} - time()) / 86400",
            ),
            Recipe(
                "cert-manager",
                ("certmanager_certificate_expiration_timestamp_seconds",),
                "min by (<by>, namespace) (certmanager_certificate_expiration_timestamp_seconds - time()) / 86400",
                scope="host",
                by="name",
            ),
        ),
        higher_is_worse=False,
        threshold=7,
        threshold_source="role: recovery scenario SSL_Certificate_Expiry",
    ),
    Signal(
        "restarts",
        "container restarts",
        "count",
        "Restarts of a service's containers within an hour.",
        (
            _pods(
                "kube-state-metrics",
                ("kube_pod_container_status_restarts_total",),
                "sum by (<by>) (increase(kube_pod_container_status_restarts_total{<sel>}[1h]))",
            ),
            Recipe(
                "process metrics",
                ("process_start_time_seconds",),
                "sum by (<by>) (changes(process_start_time_seconds{<sel>}[1h]))",
            ),
        ),
        combine="sum",
    ),
    Signal(
        "up",
        "instances that answer",
        "ratio",
        "Share of a service's instances whose metrics could be scraped, in the worst of its jobs; 0 is a complete outage.",
        (
            # A probe of a service's certificate carries its name too, and answers while the service does not.
            Recipe("service label", ("up",), "min by (<by>) (avg by (<by>, job) (up{<sel>}))"),
            Recipe("job label", ("up",), "avg by (<by>) (up{<sel>})", by="job", matching="job"),
        ),
        higher_is_worse=False,
        threshold=1,
        threshold_source="guide and role: ServiceDown, up == 0 for an instance",
    ),
)
