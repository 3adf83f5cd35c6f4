"""What the app answers from: gold as small gzipped files by id and by word; a run writes those that changed."""
