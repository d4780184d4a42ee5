"""Log lines as templates, and what changed between two stretches of a log; I/O and redaction must never live here."""

from agent.analysis.logs.changes import PatternChange, compare, rate_change
from agent.analysis.logs.miner import Cluster, TemplateMiner

__all__ = ["Cluster", "PatternChange", "TemplateMiner", "compare", "rate_change"]
