"""Audiences, which the API calls lists, and what they are made of: merge fields, interests, segments, tags, growth."""
