"""The function app: registers the blueprints, nothing else."""

import azure.functions as func

from functions import dashboard, fetch, progress, refresh, stages, status, watch
from functions.lookups import links

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
for module in (refresh, fetch, progress, stages, watch, status, links, dashboard):
    app.register_functions(module.blueprint)
