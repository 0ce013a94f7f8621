"""How many random stories the loop plays a second: `python -m benchmarks.stories [stories]`.

They have no budget of their own; thousands of them are played in each run of the tests.
"""

import sys
import time

from benchmarks.rig import table
from unit_tests.destination.stories.drawing import draw
from unit_tests.destination.stories.telling import Player


def main(many: int) -> None:
    """Draw and play them."""
    messages = 0
    began = time.process_time()
    for seed in range(many):
        story = draw(seed)
        messages += len(story.messages)
        Player(story).play().close()
    seconds = time.process_time() - began
    table(
        "Stories of the loop",
        ("stories", "messages", "stories a second of CPU"),
        [(f"{many:,}", f"{messages:,}", f"{many / seconds:.0f}")],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
