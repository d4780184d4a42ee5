"""From evidence to ranked causes by rules that can be read; pure and deterministic: never any I/O, clock or model."""
