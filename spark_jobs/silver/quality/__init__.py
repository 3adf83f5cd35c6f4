"""What records are worth: rules, scores, gates, drift, outliers, alignment, and the page of them."""
