"""Measuring Messenger: a load generator that anybody can run against a deployment of their own."""
