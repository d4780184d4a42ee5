"""What the demo plays of a service mesh, a gateway and cert-manager; the cluster's API and the bot never live here."""
