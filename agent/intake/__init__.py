"""From a payload to incidents: parse, store, mute, dedup, group, correlate; no reading of the watched systems, no chat."""
