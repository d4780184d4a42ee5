"""What people look up while they operate: status, signals, logs, pods, alerts; reads only, never an effect."""
