"""Which annotations dashboards draw, and the tags by which they are found again."""

from tools.dashboard_builder.model import Marks

OURS = "ops-monitor"
DEPLOYMENT, ACTION, INCIDENT = "deployment", "action", "incident"

DEPLOYMENTS = Marks("Deployments", (OURS, DEPLOYMENT), "orange")
ACTIONS = Marks("Actions", (OURS, ACTION), "blue")
INCIDENTS = Marks("Incidents", (OURS, INCIDENT), "red")
USUAL_MARKS = (DEPLOYMENTS, ACTIONS, INCIDENTS)
