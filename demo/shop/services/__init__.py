"""One module per service of the shop; pods, load and shipping of logs must never live here."""
