"""The folders of dashboards and who may read each, in the words of the role's description."""

from tools.dashboard_builder.model import Folder

EXECUTIVE = Folder("ops-executive", "Operations: executive", ("Executive team", "Product owners"))
OPERATIONS = Folder("ops-operations", "Operations: live", ("DevOps team", "SRE", "On-call engineers"))
APPLICATION = Folder("ops-application", "Operations: applications", ("Development team", "Technical leads"))
INFRASTRUCTURE = Folder(
    "ops-infrastructure", "Operations: infrastructure", ("Infrastructure team", "DevOps team")
)
BUSINESS = Folder("ops-business", "Operations: business", ("Product owners", "Executive team", "DevOps team"))
SECURITY = Folder("ops-security", "Operations: security", ("Security team", "SRE", "On-call engineers"))
INCIDENTS = Folder(
    "ops-incidents",
    "Operations: incidents",
    ("DevOps team", "SRE", "On-call engineers", "Development team", "Technical leads"),
)

FOLDERS = (EXECUTIVE, OPERATIONS, APPLICATION, INFRASTRUCTURE, BUSINESS, SECURITY, INCIDENTS)
