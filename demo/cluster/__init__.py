"""A small Kubernetes API server with controllers and a kubelet, for the demo and for contract tests.

What must never live here: knowledge of the demo shop, of the product, or of any one recorded scenario.
"""
