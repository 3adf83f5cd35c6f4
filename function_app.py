"""The function app: registers the blueprints, nothing else."""

import azure.functions as func

from functions import dashboard, fetch, health, openapi, progress, refresh, retention, stages, status, watch

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for module in (refresh, fetch, progress, stages, watch, retention, status, health, openapi, dashboard):
    app.register_functions(module.blueprint)
