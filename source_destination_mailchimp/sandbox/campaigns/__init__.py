"""Campaigns, what people did with them, their reports, and automations."""
