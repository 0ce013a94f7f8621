"""What both connectors say to the platform, and how its messages are read."""
