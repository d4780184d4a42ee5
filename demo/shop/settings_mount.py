"""The shop's ConfigMap as its containers see it: a mounted volume follows every change."""

from collections.abc import Mapping

from demo.cluster.objects import dig
from demo.cluster.server import ClusterServer
from demo.shop.runtime import SettingsReader

NAME = "shop-settings"
CONFIG_MAPS = ("", "configmaps")


def mounted_settings(cluster: ClusterServer) -> SettingsReader:
    """Return what reads the settings of a namespace as they stand now; empty where there are none."""

    def read(namespace: str) -> Mapping[str, str]:
        found = cluster.store.get(CONFIG_MAPS, namespace, NAME)
        return {str(key): str(value) for key, value in (dig(found or {}, "data", default={}) or {}).items()}

    return read
