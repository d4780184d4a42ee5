"""What the bot tells about itself: logs, metrics and traces; nothing about the systems it watches."""
