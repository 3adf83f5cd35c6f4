"""Views: what analysts ask of films and their music, one module each; `catalogue` lists them."""
