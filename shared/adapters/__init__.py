"""One module per SDK: lake, bus, Databricks, Key Vault, telemetry. No SDK error leaves here."""
