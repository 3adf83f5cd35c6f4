"""What is answered over HTTP: parameters in, models out, and the OpenAPI document of both."""
