"""What analysts ask: one module a view or family of views; `catalogue` lists them."""
