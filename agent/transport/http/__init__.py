"""The HTTP door: webhooks, health and metrics; it stores and answers, and never processes an alert itself."""
