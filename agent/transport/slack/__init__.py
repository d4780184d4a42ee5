"""The Slack app: listeners, cards, the chat adapter; nothing here diagnoses or decides, that is the core's."""
