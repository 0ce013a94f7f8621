"""The settings of the destination: their types and rules, the words for them, and the form the platform draws."""
