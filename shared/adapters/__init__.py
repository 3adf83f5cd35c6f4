"""One module per SDK, with the Protocol that the app depends on: lake, bus, Databricks, Key Vault, Redis, telemetry.

No SDK error leaves here: what does not answer is an `Unreachable` of `shared.errors`.
"""
