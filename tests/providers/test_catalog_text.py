"""A catalogue file is read quickly, and as TOML says."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import providers
from providers import _catalog
from providers._catalog_text import parsed

FILES = sorted(_catalog.SHIPPED.glob("*.toml"))
TWO = '[defaults]\nfamily = "F"\n[[variant]]\nendpoint = "a"\n'


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_shipped_file_means_what_toml_says(path: Path):
    text = path.read_text("utf-8")
    assert parsed(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    "more",
    [
        "",
        "# a word\noptions.a = 1 # another\n\n[[variant]]\noptions.a = 1 # another\noptions.b = { c = [1] }\n",
        'price.per = "clip"\nprice.rules = [\n    { amount = "1" },\n    # of 2026\n    { amount = "2" },\n]\n',
        "rules = [\n1,\n2,\n]\n",
        '[variant.price]\nper = "clip"\n[[variant]]\nendpoint = "b"\n',
        '  [variant.price]\n  per = "clip"\n',
        '[other]\nendpoint = "b"\n',
        'note = """\nmodel = "no key"\n"""\n',
        "note = '''\n[[variant]]\n'''\n",
        '  indented = "key"\nmodel = "m"\n',
        '  indented = [1]\nmodel = "m"\n[[variant]]\n  first = [2]\n',
        "# a word\n  alone = 1\n\n  too = 2\n",
        "rules = [\n    1,\n\n    2,\n]\n",
        '"quoted key" = 1\n',
        "dated = 2026-11-30\r\nmodel = 'm'\r\n",
    ],
)
def test_any_layout_means_what_toml_says(more: str):
    assert parsed(TWO + more) == tomllib.loads(TWO + more)


@pytest.mark.parametrize(
    "more", ["model = \n", 'endpoint = "b"\n', "a.b = 1\na = 2\n", "]\n", "model\n", "x = [\n1\n", 'a = 1\n  b = "x\n']
)
def test_what_is_no_toml_is_refused_with_its_line(more: str):
    with pytest.raises(tomllib.TOMLDecodeError) as theirs:
        tomllib.loads(TWO + more)
    with pytest.raises(tomllib.TOMLDecodeError) as ours:
        parsed(TWO + more)
    assert str(ours.value) == str(theirs.value)


def test_prices_that_differ_by_one_option_may_stand_together_and_a_wrong_one_is_named(tmp_path: Path):
    def priced(rule: str) -> tuple[object, ...]:
        lines = ["[[variant]]", 'endpoint = "mine"', 'model = "m"', 'name = "M"', 'family = "F"']
        lines += ["options.duration = { choices = [5, 8] }"]
        lines += ['price = { currency = "USD", dated = 2026-11-30, source = "s", rules = [' + rule + "] }"]
        (tmp_path / "apiframe.toml").write_text("\n".join(lines))
        mine = next(variant for variant in providers.variants([tmp_path]) if variant.endpoint == "mine")
        return tuple((rule.when, str(rule.money.amount)) for rule in mine.prices)

    together = '{ by = "duration", amounts = { 5 = "2.3", 8 = "4.54" } }'
    assert priced(together) == (({"duration": (5,)}, "2.3"), ({"duration": (8,)}, "4.54"))
    for wrong in (together.replace('"duration"', '"lenght"'), together.replace("8 =", "9 ="), '{ by = ["duration"] }'):
        with pytest.raises(providers.CatalogError, match=r"apiframe.toml, variant 'mine', field 'price'"):
            priced(wrong)
