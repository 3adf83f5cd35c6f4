"""The functions of the app; an app can be indexed once a process only."""

from __future__ import annotations

import function_app

FUNCTIONS = {function.get_function_name(): function for function in function_app.app.get_functions()}
