"""Which prompts and images a variant takes, answered from catalogue data."""

from __future__ import annotations

from unicodedata import category

from providers._options import LABELS, ImageLimits, Input
from providers._types import ImageInput, Request, Variant

LEAST_SIDE = 16
"""Pixels. A floor of our own where the vendor states none: what is smaller is a tracking pixel or an icon, sent by
mistake, and the job would be billed. It is one block of any video codec."""


def prompt_objection(variant: Variant, request: Request) -> str | None:
    """Why the variant takes no such prompt, as part of a sentence; None if it does."""
    if request.prompt != request.prompt.encode("utf-8", "replace").decode("utf-8"):
        return "the prompt holds half a character, perhaps of a cut emoji"
    control = next((letter for letter in request.prompt if category(letter) == "Cc" and letter not in "\n\r\t"), None)
    if control is not None:
        return f"the prompt holds a control character (U+{ord(control):04X})"
    length = len(request.prompt)
    if not request.prompt.strip() and (variant.prompt.need == "required" or _has_no_image(variant, request)):
        return "needs a prompt"
    if variant.prompt.most is not None and length > variant.prompt.most:
        return f"takes at most {variant.prompt.most} characters of prompt, this one has {length}"
    return None


def _has_no_image(variant: Variant, request: Request) -> bool:
    """Whether no image says what to make in place of a prompt: a clip of nothing would be billed."""
    return not request.inputs and all(wanted.need != "required" for wanted in variant.inputs.values())


def image_objection(variant: Variant, request: Request) -> str | None:
    """Why the variant cannot take the images of this request, or the lack of them; None if it can."""
    given = request.inputs
    if "last_frame" in given and "first_frame" not in given and variant.need("last_frame") != "no":
        return "a last frame needs a first frame"
    lacking = next(
        (each for each in variant.inputs.values() if each.need == "required" and each.name not in given), None
    )
    if lacking is not None:
        return "needs an image" if lacking.name == "first_frame" else f"needs {_article(lacking.name)}"
    extra = next((name for name in given if variant.need(name) == "no"), None)
    if extra is not None:
        return "text only: takes no image" if not variant.inputs else f"takes no {LABELS[extra]}"
    return next((why for name, images in given.items() if (why := _objection(variant.inputs[name], images))), None)


def _article(name: str) -> str:
    return LABELS[name] if name == "references" else f"a {LABELS[name]}"


def _objection(wanted: Input, images: tuple[ImageInput, ...]) -> str | None:
    if len(images) > wanted.most:
        return f"takes at most {wanted.most} {wanted.shown}, not {len(images)}"
    word = {"first_frame": "image", "references": "reference image"}.get(wanted.name, wanted.shown)
    return next((why for image in images if (why := _unfit(word, image, wanted.limits))), None)


def _unfit(word: str, image: ImageInput, limits: ImageLimits) -> str | None:
    if image.format not in limits.formats:
        return f"takes {', '.join(limits.formats)} images, the {word} is {image.format}"
    if limits.max_bytes is not None and len(image.data) > limits.max_bytes:
        return f"takes images up to {limits.max_bytes / 1e6:g} MB, the {word} has {len(image.data) / 1e6:.1f} MB"
    if limits.min_side is not None and min(image.width, image.height) < limits.min_side:
        return f"needs a short side of at least {limits.min_side} px, the {word} is {image.width} x {image.height}"
    aspect = image.width / image.height
    low, high = limits.min_aspect or 0, limits.max_aspect or float("inf")
    if not low <= aspect <= high:
        said = _told_apart(aspect, low if aspect < low else high)
        return f"takes aspect ratios from {low:g} to {high:g}, the {word} has {said}"
    if limits.min_side is None and min(image.width, image.height) < LEAST_SIDE:
        size = f"the {word} is {image.width} x {image.height}"
        return f"names no least size, but Takes sends no image under {LEAST_SIDE} px a side: {size}"
    return None


def _told_apart(number: float, bound: float) -> str:
    """A number with as many decimals as tell it from a bound, two at least."""
    written = (f"{number:.{decimals}f}" for decimals in range(2, 9))
    return next((text for text in written if float(text) != bound), f"{number:.9g}")
