"""A local Azure Functions host: loads ``function_app.py`` and runs it as the real host and worker would.

It knows what Crossfade uses: HTTP, timer, Service Bus queue and blob triggers of the Python v2 model, with the
settings of host.json. Values reach handlers through the converters of azure-functions itself, from the same
trigger metadata the real worker gets. ``python -m local.host --port 0 --app-root .`` starts it.
"""
