"""Durable work, timers and retries behind the jobs port; what a job does may never be known here."""
