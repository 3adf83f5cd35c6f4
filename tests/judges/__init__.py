"""Software that nobody here wrote, as the judge of what we wrote: one folder a seam. See `report`."""
