"""Tests of local.grafana."""
