"""Can this variant do what is asked, and with which options? Answered from catalogue data, before anything is spent."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from providers._errors import InvalidRequest
from providers._limits import image_objection, prompt_objection
from providers._options import LABELS, Option, Value, any_of, is_one_of, said
from providers._types import Request, Variant


def settled(variant: Variant, request: Request) -> dict[str, Value]:
    """The options that the variant is sent, and those that its endpoint fixes, with their values: as asked, else usual.

    An option that nobody asked for gives way where what was asked excludes its usual value.

    Raises:
        InvalidRequest: it has no such option, value or combination.
    """
    reason = next((why for name, value in request.options.items() if (why := _objection(variant, name, value))), None)
    if reason:
        raise InvalidRequest(reason)
    usual = {name: option.usual for name, option in variant.options.items()}
    chosen = {name: value for name, value in {**usual, **request.options}.items() if value is not None}
    free = [name for name in _bound(variant) if name not in request.options and name in chosen]
    ways = product(*[(chosen[name], *variant.options[name].choices) for name in free])
    for way in ways:
        values = {**chosen, **dict(zip(free, way, strict=True))}
        if not _is_forbidden(variant, values):
            return values
    raise InvalidRequest(_no_such_combination(variant, request))


def usual(variant: Variant) -> dict[str, Value]:
    """What the variant is sent, and what its endpoint fixes, where nobody asks for anything."""
    return settled(variant, Request(""))


def why_not(variant: Variant, request: Request) -> str | None:
    """Why this variant cannot take part, in a few plain words; None if it can."""
    return (
        prompt_objection(variant, request) or image_objection(variant, request) or _options_objection(variant, request)
    )


def check(variant: Variant, request: Request) -> None:
    """Raises ``InvalidRequest`` with one sentence if the variant cannot do what is asked."""
    reason = why_not(variant, request)
    if reason:
        raise InvalidRequest(f"{variant.ref}: {reason}")


def _options_objection(variant: Variant, request: Request) -> str | None:
    try:
        settled(variant, request)
    except InvalidRequest as error:
        return str(error)
    return None


def _objection(variant: Variant, name: str, value: Value) -> str | None:
    option = variant.options.get(name)
    if option is not None:
        return option.objection(value)
    if name == "resolution":
        return "its resolution is not documented"
    return f"has no setting for {(LABELS.get(name) or name.replace('_', ' ')).lower()}"


def _bound(variant: Variant) -> list[str]:
    """The options that some combination excludes, or that only have some sizes together."""
    together = ["resolution", "aspect_ratio"] if variant.size else []
    return list(dict.fromkeys([name for rule in variant.forbid for name in rule] + together))


def _is_forbidden(variant: Variant, values: Mapping[str, Value]) -> bool:
    if variant.size and (str(values.get("resolution")), str(values.get("aspect_ratio"))) not in variant.size.sizes:
        return True
    return any(_matches(rule, values) for rule in variant.forbid)


def _matches(rule: Mapping[str, tuple[Value, ...]], values: Mapping[str, Value]) -> bool:
    return all(name in values and is_one_of(values[name], excluded) for name, excluded in rule.items())


def _no_such_combination(variant: Variant, request: Request) -> str:
    """``1080p only at 6 s``: what was asked first excludes what was asked then."""
    rule = next((each for each in variant.forbid if set(each) <= set(request.options)), None)
    if rule is None or len(rule) < 2:
        wanted = " and ".join(said(name, request.options[name]) for name in _bound(variant) if name in request.options)
        return f"no {wanted} together"
    *rest, last = rule
    others = " with ".join(said(name, request.options[name]) for name in rest)
    allowed = _still_allowed(variant, request, last)
    if not allowed:
        return f"no {others} with {said(last, request.options[last])}"
    return f"{others} only at {any_of(allowed)}{' s' if last == 'duration' else ''}"


def _still_allowed(variant: Variant, request: Request, name: str) -> list[str]:
    option: Option = variant.options[name]
    return [str(value) for value in option.choices if not _is_forbidden(variant, {**request.options, name: value})]
