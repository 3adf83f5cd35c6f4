"""The Grafana dashboard, made of the workbook's panels."""
