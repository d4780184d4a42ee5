"""Changes of the cluster that runs the services, one class per catalogued action; nothing generic ever lives here."""
