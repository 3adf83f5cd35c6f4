"""The report of a run: gold's views as one HTML page of charts, readings and tables that opens offline."""
