"""The quality of records: rules, scores, gates, drift, outliers, alignment, and the page that shows them."""
