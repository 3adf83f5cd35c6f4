"""What the functions call: pure domain first, then one adapter per SDK."""
