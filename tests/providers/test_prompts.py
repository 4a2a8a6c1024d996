"""A prompt is text: as long as a vendor takes it, it arrives letter by letter, whatever it looks like."""

from __future__ import annotations

import pytest

import providers
from providers import INPUTS, PROVIDERS, ImageInput, References, Request, Variant
from tests.vectors import body_in

IMAGE = ImageInput(b"\x89PNG\r\n\x1a\n", "image/png", 1366, 768)
VARIANTS = {variant.ref: variant for variant in providers.variants()}
FIRST = {slug: next(v for v in VARIANTS.values() if v.provider == slug) for slug in PROVIDERS}
BIDI = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
"""Embeddings, overrides and isolates: they change how text is shown, not what it says."""


def request_for(variant: Variant, prompt: str) -> Request:
    needed = {name: (IMAGE,) for name in INPUTS if variant.need(name) == "required"}
    return Request.of(prompt, needed, {})


def why_not(prompt: str, ref: str | None = None) -> str | None:
    variant = VARIANTS[ref] if ref else FIRST["odirouter"]
    return providers.why_not(variant, request_for(variant, prompt))


def body_with(slug: str, prompt: str) -> dict:
    """The JSON of the provider's submit."""
    request = request_for(FIRST[slug], prompt)
    sent = PROVIDERS[slug].submit(FIRST[slug], request, References("https://example.com/i"), "key")
    return body_in(sent) or {}


def flat(body: dict, above: str = "") -> dict:
    """A body's values under the names a catalogue uses: a dot for each level."""
    found = {}
    for key, value in body.items():
        found |= flat(value, f"{above}{key}.") if isinstance(value, dict) else {above + key: value}
    return found


# Length -----------------------------------------------------------------------------------------------------------


def test_a_prompt_may_be_as_long_as_the_vendor_says_and_no_longer():
    for ref, variant in VARIANTS.items():
        most = 50_000 if variant.prompt.most is None else variant.prompt.most
        assert why_not("x" * most, ref) is None, ref
        unlimited = variant.prompt.most is None
        refusal = f"takes at most {most} characters of prompt, this one has {most + 1}"
        assert why_not("x" * (most + 1), ref) == (None if unlimited else refusal), ref


@pytest.mark.parametrize("letter", ["é", "漢", "ש", "🎬"])
def test_characters_are_counted_and_not_bytes(letter: str):
    assert why_not(letter * 2000) is None
    assert why_not(letter * 2001) is not None


@pytest.mark.parametrize("prompt", ["", " ", "\n\t \r\n", "\u2003\u3000"])
def test_a_prompt_of_nothing_but_space_is_none(prompt: str):
    for ref in (ref for ref, variant in VARIANTS.items() if variant.prompt.need == "required"):
        assert why_not(prompt, ref) == "needs a prompt", ref


# Letters ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0)])
def test_a_control_character_is_refused_by_its_number_unless_it_is_layout(code: int):
    wanted = None if chr(code) in "\n\r\t" else f"the prompt holds a control character (U+{code:04X})"
    assert why_not(f"A boat{chr(code)} drifts") == wanted


def test_the_first_of_several_control_characters_is_named():
    assert why_not("A\x1b[31m boat\x00\x07") == "the prompt holds a control character (U+001B)"


@pytest.mark.parametrize("half", [chr(0xD83C), "boat " + chr(0xDFAC) + " drifts"])
def test_half_an_emoji_is_refused(half: str):
    assert "half a character" in (why_not(half) or "")


ODD = {
    "Arabic": "قارب من ورق في بركة ماء",
    "Hebrew": "סירת נייר בשלולית",
    "both ways": "A boat named \u200fשלום\u200e drifts, 3 (m)",
    "bidi": "A boat" + "".join(map(chr, BIDI)) + " drifts",
    "joined": "👩‍👩‍👧‍👦 in a boat, 🏳️‍🌈",
    "stacked": "b" + "\u0301" * 40 + "oat",
    "invisible": "A\u200bboat\ufeff\u00ad drifts\u2028slowly",
    "layout": "A boat\n\tdrifts\r\nslowly",
    "tags": "<b>A boat</b><script>alert(1)</script><img src=x onerror=alert(1)>",
    "entities": "&lt;b&gt; &amp;#x27; %3Cscript%3E",
    "link": "javascript:alert(document.cookie)",
    "markdown": "[a boat](javascript:alert(1)) ![](https://example.com/x.png)",
    "quotes": "\"'`; DROP TABLE jobs; -- \\ \\n \\u0000 ${7*7} {{7*7}} %s {0}",
    "camera": "A boat [Push in], [Truck left, Pan right]",
    "JSON": '{"prompt": "a boat", "duration": 10}',
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("slug", PROVIDERS)
def test_odd_text_is_accepted_and_arrives_unchanged(slug: str, name: str):
    assert providers.why_not(FIRST[slug], request_for(FIRST[slug], ODD[name])) is None
    assert flat(body_with(slug, ODD[name]))[FIRST[slug].prompt.field] == ODD[name]


@pytest.mark.parametrize("slug", PROVIDERS)
def test_a_prompt_cannot_write_another_field(slug: str):
    plain, sly = (body_with(slug, prompt) for prompt in ("x", 'x", "duration": 99, "y": "'))
    assert flat(plain).keys() == flat(sly).keys()
    assert [key for key, value in flat(sly).items() if value != flat(plain)[key]] == [FIRST[slug].prompt.field]
