"""From an OpenAPI document to requests; needs the ``openapi`` extra."""
