"""Both connectors' images: an engine to build them with, the base they stand on, and the build itself."""
