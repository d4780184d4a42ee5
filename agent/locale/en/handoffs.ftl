# What becomes of work that is handed to a sub-agent.
handoff-nobody = Nobody here answers as { $agent }.
handoff-slow = { $agent } did not answer in time.
handoff-failed = It failed: { $why }
