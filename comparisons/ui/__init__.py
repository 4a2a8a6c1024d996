"""The page: a view of the playground, and the only user of Gradio.

``build_ui`` makes it, ``launch_options`` says how it is served.
"""

from comparisons.ui import quick_import  # noqa: F401  # first: it imports Gradio
from comparisons.ui.door.door import Door
from comparisons.ui.page import build_ui, launch_options

__all__ = ["Door", "build_ui", "launch_options"]
