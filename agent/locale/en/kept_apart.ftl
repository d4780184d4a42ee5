## What is kept apart, for people who may not see its details
veiled-title = a security matter
problem-veiled = { $name } is a security matter. Its details are shown in its channel, and to the people whom access.yaml lets see them.
