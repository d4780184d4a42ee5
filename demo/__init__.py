"""A small production to try the bot on; the product never imports it."""
