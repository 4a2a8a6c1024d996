"""The fields of the Compare tab, except for the picker of variants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from comparisons.ui import component, sample
from comparisons.ui.compare.form import ASKED, PROMPT_MAX
from comparisons.ui.compare.url_field import UrlField
from comparisons.ui.fields import NEAREST
from comparisons.ui.note import note
from comparisons.ui.option_fields import OptionFields
from providers import VENDORS, Variant

EXAMPLES = [
    sample.PROMPT,
    "Wind moves through tall grass toward the camera, clouds race above. [Pan left]",
    "The camera holds still while the light fades to night. [Static shot]",
    "慢慢靠近，水面泛起涟漪。[推进]",
]
FIRST = ("duration", "resolution", "aspect_ratio")
"""The options that are asked for most; the others are in a closed section."""
MODE = "Mode (Live spends money)"
KEYS_NOTE = (
    "Yours alone: used for the runs you start, held in memory until these are over, never written down."
    " What you type here is used instead of a key that this Takes was started with."
)


class RequestFields:
    """Builds the fields inside the current Blocks: what is asked, how often, in which mode, and with which keys."""

    def __init__(self, variants: Sequence[Variant]) -> None:
        self.options = OptionFields(variants, "", {"prompt_optimizer": False})
        self.like_note = note("like-note")
        self.prompt = gr.Textbox(
            label="Prompt", lines=3, max_lines=8, value=sample.PROMPT, elem_id="prompt", max_length=PROMPT_MAX
        )
        self.prompt_note = note("prompt-note")
        with gr.Accordion("Camera moves, example prompts", open=False, elem_id="prompt-help"):
            self.camera = component.camera()
            self.examples = gr.Radio(EXAMPLES, show_label=False, container=False, elem_id="examples")
        self.image = component.frame("First frame", "image", 150, filled=True)
        self.image_note = note("image-note")
        self.image_url = UrlField(self.image, "image", "First frame by its address")
        self.options.build(FIRST, "first-options")
        with gr.Accordion("Last frame, references, more options", open=False, elem_id="more-options"):
            self.last_image = component.frame("Last frame", "last-image", 180)
            self.last_image_url = UrlField(self.last_image, "last-image", "Last frame by its address")
            self.references = component.references("Reference images", "references")
            self.references_url = UrlField(self.references, "references", "Reference image by its address")
            self.options.build_rest(FIRST)
        self.nearest = gr.Checkbox(label=NEAREST, value=True, elem_id="nearest")
        with gr.Row(elem_id="how"):
            self.repeats = gr.Number(1, label="Takes per variant", precision=0, elem_id="repeats", min_width=100)
            self.mode = gr.Radio(["Sandbox", "Live"], value="Sandbox", label=MODE, elem_id="mode", min_width=180)
        self.mode_note = component.keyless()
        with gr.Accordion("Keys", open=False, elem_id="keys"):
            gr.HTML(f'<p class="takes-quiet">{KEYS_NOTE}</p>')
            self.keys = [
                gr.Textbox(label=f"{provider.name} key", type="password", elem_id=f"key-{slug}", max_length=500)
                for slug, provider in VENDORS.items()
            ]

    def build_consent(self) -> None:
        """Builds the checkbox beside Run that agrees to unknown prices; it is shown only if a price is unknown."""
        self.allow_unpriced = gr.Checkbox(label="", value=False, visible=False, elem_id="allow-unpriced")

    @property
    def urls(self) -> list[UrlField]:
        """The fields for the addresses of pictures."""
        return [self.image_url, self.last_image_url, self.references_url]

    @property
    def refilled(self) -> list[Any]:
        """The fields that *Use again* fills in, in the order of ``Form.asked``."""
        return [*self.before_picker[: len(ASKED)], *self.options.components]

    @property
    def before_picker(self) -> list[Any]:
        """All fields in the order of ``Form.read``, which expects the picker after them."""
        return [
            self.prompt, self.image, self.last_image, self.references,
            self.repeats, self.mode, self.nearest, self.allow_unpriced, *self.keys, *self.options.components,
        ]  # fmt: skip
