"""Commands and messages that show where the team stands: objectives, dashboards, checks, reports; never their arithmetic."""
