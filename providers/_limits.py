"""Can this variant do what is asked? Answered from catalogue data, before anything is spent."""

from __future__ import annotations

from unicodedata import category

from providers._errors import InvalidRequest
from providers._types import ImageInput, Request, Shape, Variant

LEAST_SIDE = 16
"""Pixels. A floor of our own where the vendor states none: what is smaller is a tracking pixel or an icon, sent by
mistake, and the job would be billed. It is one block of any video codec."""


def shape_of(variant: Variant, request: Request) -> Shape:
    """The shape the variant will be asked for: the request's where given, else its own default.

    Raises:
        InvalidRequest: it offers no such combination.
    """
    for shape in variant.shapes:
        if request.resolution not in (None, shape.resolution):
            continue
        if request.duration in (None, shape.duration):
            return shape
    raise InvalidRequest(_no_such_shape(variant, request))


def why_not(variant: Variant, request: Request) -> str | None:
    """Why this variant cannot take part, in a few plain words; None if it can."""
    return (
        prompt_objection(variant, request) or _image_objection(variant, request) or _shape_objection(variant, request)
    )


def check(variant: Variant, request: Request) -> None:
    """Raises ``InvalidRequest`` with one sentence if the variant cannot do what is asked."""
    reason = why_not(variant, request)
    if reason:
        raise InvalidRequest(f"{variant.ref}: {reason}")


def prompt_objection(variant: Variant, request: Request) -> str | None:
    """Why the variant takes no such prompt, as part of a sentence; None if it does."""
    if request.prompt != request.prompt.encode("utf-8", "replace").decode("utf-8"):
        return "the prompt holds half a character, perhaps of a cut emoji"
    control = next((letter for letter in request.prompt if category(letter) == "Cc" and letter not in "\n\r\t"), None)
    if control is not None:
        return f"the prompt holds a control character (U+{ord(control):04X})"
    length = len(request.prompt)
    if variant.prompt == "required" and not request.prompt.strip():
        return "needs a prompt"
    if length > variant.prompt_limit:
        return f"takes at most {variant.prompt_limit} characters of prompt, this one has {length}"
    return None


def _image_objection(variant: Variant, request: Request) -> str | None:
    if request.last_frame and not request.first_frame:
        return "a last frame needs a first frame"
    if variant.first_frame == "required" and request.first_frame is None:
        return "needs an image"
    if variant.first_frame == "no" and request.first_frame is not None:
        return "text only: takes no image"
    if variant.last_frame == "no" and request.last_frame is not None:
        return "takes no last frame"
    given = (("image", request.first_frame), ("last frame", request.last_frame))
    return next((why for word, image in given if image and (why := _unfit(word, image, variant))), None)


def _unfit(word: str, image: ImageInput, variant: Variant) -> str | None:
    limits = variant.image
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


def _shape_objection(variant: Variant, request: Request) -> str | None:
    try:
        shape_of(variant, request)
    except InvalidRequest as error:
        return str(error)
    return None


def _no_such_shape(variant: Variant, request: Request) -> str:
    resolutions = [shape.resolution for shape in variant.shapes]
    if request.resolution is not None and request.resolution not in resolutions:
        if None in resolutions:
            return "its resolution is not documented"
        return f"no {request.resolution}: {' or '.join(dict.fromkeys(filter(None, resolutions)))} only"
    if request.resolution is None:
        return f"no {request.duration} s clips"
    seconds = [str(shape.duration) for shape in variant.shapes if shape.resolution == request.resolution]
    return f"{request.resolution} only at {' or '.join(seconds)} s"
