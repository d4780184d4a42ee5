"""The node exporter of one cluster node, in node_exporter's names, fed by what the node's Pods use."""

import random
import time
from collections.abc import Callable, Sequence

from demo.shop.exporter import Sample, family

CORES = 4
MEMORY = 16 * 1024**3
SYSTEM_MEMORY = 5 * 1024**3
DISK = 200 * 1024**3
HOURLY = 0.192
# What the node's own daemons take, as a share of all cores.
SYSTEM_CPU = 0.07
MODES = ("user", "system", "iowait", "idle")

# What a slow disk adds to the time spent waiting for it.
SLOW_DISK_WAIT = 0.25

Uses = Callable[[], Sequence[tuple[float, int]]]


class NodeGauges:
    """Turns the Pods' use of CPU and memory into the counters of a machine."""

    def __init__(
        self, node: str, uses: Uses, *, slow_disk: Callable[[], bool], disk_used: float = 0.46
    ) -> None:
        self._uses = uses
        self._slow_disk = slow_disk
        self._disk_used = disk_used
        self._chance = random.Random(node)
        self._last = time.monotonic()
        self._spent = {(core, mode): 0.0 for core in range(CORES) for mode in MODES}
        self._received = self._sent = self._read = self._written = 0.0

    async def page(self) -> str:
        """Return the metrics page of this moment."""
        uses = self._uses()
        cores = sum(cpu for cpu, _ in uses)
        self._advance(cores)
        used = SYSTEM_MEMORY + sum(memory for _, memory in uses)
        return "".join((self._cpu(), self._memory(used), self._disk(), self._network(), self._cost()))

    def _advance(self, cores: float) -> None:
        now = time.monotonic()
        passed, self._last = now - self._last, now
        noise = self._chance.uniform(-0.015, 0.015)
        busy = min(0.985, max(0.01, cores / CORES + SYSTEM_CPU + noise))
        wait = min(SLOW_DISK_WAIT, 1 - busy) if self._slow_disk() else 0.0
        shares = {"user": busy * 0.78, "system": busy * 0.22, "iowait": wait, "idle": 1 - busy - wait}
        for core in range(CORES):
            for mode, share in shares.items():
                self._spent[core, mode] += share * passed
        self._received += passed * (2e5 + cores * 4e5)
        self._sent += passed * (3e5 + cores * 5e5)
        self._read += passed * 8e4
        self._written += passed * 4e5

    def _cpu(self) -> str:
        samples: list[Sample] = [
            ({"cpu": str(core), "mode": mode}, round(seconds, 4))
            for (core, mode), seconds in self._spent.items()
        ]
        return family("node_cpu_seconds_total", "counter", "Seconds the CPUs spent in each mode", samples)

    def _cost(self) -> str:
        # As OpenCost names it.
        return family(
            "node_total_hourly_cost", "gauge", "What the node costs per hour, in USD", [({}, HOURLY)]
        )

    def _memory(self, used: int) -> str:
        total = family("node_memory_MemTotal_bytes", "gauge", "Memory of the node", [({}, MEMORY)])
        free = max(MEMORY - used, 0)
        return total + family("node_memory_MemAvailable_bytes", "gauge", "Memory available", [({}, free)])

    def _disk(self) -> str:
        where = {"device": "/dev/vda1", "fstype": "ext4", "mountpoint": "/"}
        free = DISK * (1 - self._disk_used) - self._written / 50
        device = {"device": "vda"}
        return "".join(
            (
                family("node_filesystem_size_bytes", "gauge", "Size of the filesystem", [(where, DISK)]),
                family("node_filesystem_free_bytes", "gauge", "Free bytes", [(where, round(free))]),
                family("node_filesystem_avail_bytes", "gauge", "Usable bytes", [(where, round(free))]),
                family("node_disk_read_bytes_total", "counter", "Bytes read", [(device, round(self._read))]),
                family(
                    "node_disk_written_bytes_total", "counter", "Written", [(device, round(self._written))]
                ),
            )
        )

    def _network(self) -> str:
        device = {"device": "eth0"}
        received = [(device, float(round(self._received)))]
        sent = [(device, float(round(self._sent)))]
        return family("node_network_receive_bytes_total", "counter", "Bytes received", received) + family(
            "node_network_transmit_bytes_total", "counter", "Bytes sent", sent
        )
