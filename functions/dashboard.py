"""GET dashboard and its files: a page without data, open to anyone; what it shows it asks for with the user's key."""

from pathlib import Path

import azure.functions as func

from functions.answers import NEVER_KEPT, Reply
from functions.triggers import page_endpoint

blueprint = func.Blueprint()
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FILES = {
    file.name: (file.read_bytes(), TYPES[file.suffix])
    for file in sorted((Path(__file__).parent / "static").iterdir())
    if file.suffix in TYPES
}
PAGE, BLANK = "dashboard.html", "report.html"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
# The blank page that reports are shown in, an origin of its own: they may style themselves and draw, and fetch nothing.
BLANK_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'unsafe-inline'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-scripts",
    )
)
HEADERS = NEVER_KEPT | {
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@page_endpoint(blueprint)
async def get_dashboard(req: func.HttpRequest) -> Reply:
    """The page."""
    return _file(PAGE)


@page_endpoint(blueprint)
async def get_dashboard_file(req: func.HttpRequest) -> Reply:
    """A style sheet, script or picture of the page; 404 for anything else."""
    return _file(req.route_params["file"])


def _file(name: str) -> func.HttpResponse:
    if name not in FILES:
        return func.HttpResponse("no such file\n", status_code=404, mimetype="text/plain", headers=HEADERS)
    data, mimetype = FILES[name]
    policy = BLANK_POLICY if name == BLANK else POLICY
    return func.HttpResponse(data, mimetype=mimetype, headers=HEADERS | {"Content-Security-Policy": policy})
