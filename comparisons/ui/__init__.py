"""The page: a view of the playground, and the only user of gradio. ``build_ui`` makes it, ``LAUNCH`` serves it."""

from comparisons.ui.door.door import Door
from comparisons.ui.page import build_ui, launch_options

__all__ = ["Door", "build_ui", "launch_options"]
