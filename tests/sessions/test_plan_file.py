"""A plan is read as it was meant, or refused in one sentence with file, line and field."""

from __future__ import annotations

import csv
import io
import random
import re
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comparisons.sessions import Written
from comparisons.sessions._toml_lines import where
from comparisons.sessions.plan import Asked, CsvRow, SessionPlan, identity, pictures
from comparisons.sessions.plan_toml import parse, read, write
from providers import InvalidRequest

LEAST = 'name = "n"\nvariants = ["model:m"]\n'
ASK = '[[requests]]\nprompt = "p"\n'
FULL = """\
# A plan with everything
name = "boats"
budget_usd = 20
repeats = 3
order_seed = 7
rate_per_minute = 30
warm_up = 1
within_percent = 7.5
most_repeats = 40
nearest = true
variants = [
    "model:boat",   # a comment, with "quotes" and ]
    "shop:a/b",

    'provider:shop',
]

[[requests]]
prompt = \"\"\"
A paper boat # not a comment
[[requests]]
crosses a puddle\"\"\"
image = "boat.jpg"
duration = 6
resolution = "768P"

[[requests]]
prompt = 'Another'
prompt_optimizer = false
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where plans lie in these tests, with two images."""
    folder = tmp_path_factory.mktemp("plans")
    (folder / "boat.jpg").touch()
    (folder / "more").mkdir()
    (folder / "more" / "sea.png").touch()
    return folder


def sentence(text: str, folder: Path) -> str:
    with pytest.raises(InvalidRequest) as refusal:
        parse(text, folder)
    return str(refusal.value)


def with_csv(folder: Path, data: str | bytes, plan: str = LEAST) -> SessionPlan:
    (folder / "more" / "prompts.csv").write_bytes(data.encode() if isinstance(data, str) else data)
    return parse(f'requests_csv = "more/prompts.csv"\n{plan}', folder)


def test_a_plan_is_read_as_written(folder: Path):
    boat = Asked(
        "A paper boat # not a comment\n[[requests]]\ncrosses a puddle",
        image="boat.jpg",
        options={"duration": 6, "resolution": "768p"},
    )
    assert parse(FULL, folder) == SessionPlan(
        "boats",
        ("model:boat", "shop:a/b", "provider:shop"),
        (boat, Asked("Another", options={"prompt_optimizer": False})),
        repeats=3,
        order_seed=7,
        concurrency=None,
        rate_per_minute=30.0,
        warm_up=1,
        budget_usd=Decimal(20),
        within_percent=7.5,
        most_repeats=40,
        nearest=True,
    )


def test_what_a_plan_leaves_out_has_its_default(folder: Path):
    assert parse(LEAST + ASK, folder) == SessionPlan("n", ("model:m",), (Asked("p"),))


def test_a_budget_is_exact(folder: Path):
    assert parse(f"budget_usd = 0.1\n{LEAST}{ASK}", folder).budget_usd == Decimal("0.1")


@pytest.mark.parametrize("change", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n")], ids=["BOM", "CRLF"])
def test_a_plan_saved_on_windows_is_the_same_plan(folder: Path, change):
    (folder / "w.toml").write_bytes(change(FULL).encode())
    assert read(folder / "w.toml") == parse(FULL, folder)
    assert where(change(FULL), ("requests", 0, "duration")) == 24
    assert sentence(change(FULL.replace("= 6", "= 0")), folder).startswith("plan.toml, line 24: ")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("repeats", "repeatz"), 'line 4: there is no field "repeatz"; did you mean "repeats"?'),
        (("duration = 6", "durations = 6"), 'line 24: there is no field "durations" in requests[0]; did you mean "dur'),
        (("= false", "= false\nrepeats = 2"), 'line 30: there is no field "repeats" in requests[1]; it belongs above'),
        (("warm_up", "zzz"), 'line 7: there is no field "zzz"; there are name, variants, '),
        (("= 6", '= "six"'), 'line 24: requests[0].duration is a number of seconds, not "six".'),
        (("= 6", "= 6.5"), "line 24: requests[0].duration is a whole number of seconds from 1 to 3600, not 6.5."),
        (("= 6", "= true"), "line 24: requests[0].duration is a number of seconds, not true."),
        (("repeats = 3", "repeats = 0"), "line 4: repeats is a whole number from 1 to 1000, not 0."),
        (("repeats = 3", "repeats = 1001"), "line 4: repeats is a whole number from 1 to 1000, not 1001."),
        (("seed = 7", "seed = 0x" + "f" * 5000), "line 5: order_seed is a whole number from 0 to 9223372036854775807"),
        (("seed = 7", "seed = -7"), "line 5: order_seed is a whole number"),
        (("seed = 7", "seed = " + "9" * 5000), "line 5: this is too long a number"),
        (("seed = 7", "seed = " + "[" * 5000 + "]" * 5000), "line 5: this is too long a number or too deep a list"),
        (("= 30", "= nan"), "line 6: rate_per_minute is a number from 0.01 to 6000, not nan."),
        (("= 30", "= inf"), "line 6: rate_per_minute is a number from 0.01 to 6000, not infinity."),
        (("= 30", "= 1e-400"), "line 6: rate_per_minute is a number from 0.01 to 6000, not "),
        (("= 30", "= 1e99999999999999999999"), "line 6: rate_per_minute is a number from 0.01"),
        (("= 30", "= 30\nconcurrency = 8"), "line 6: rate_per_minute and concurrency exclude each other; keep one."),
        (("= 20", "= -1"), "line 3: budget_usd is a number from 0.01 to 1000000, not -1."),
        (("= 20", '= "20"'), 'line 3: budget_usd is a number, not "20".'),
        (("= 20", "= 2026-11-21"), "line 3: budget_usd is a number, not a date or time."),
        (("most_repeats = 40", ""), "line 8: within_percent needs most_repeats beside it."),
        (("within_percent = 7.5", ""), "line 9: most_repeats needs within_percent beside it."),
        (("most_repeats = 40", "most_repeats = 2"), "line 9: most_repeats is at least repeats, 3, not 2."),
        (('"boats"', '" "'), 'line 2: name is a text without U+0000, not " ".'),
        (('"boats"', r'"a\u0000b"'), 'line 2: name is a text without U+0000, not "a?b".'),
        (("nearest = true", "nearest = 1"), "line 10: nearest is true or false, not 1."),
        (('"shop:a/b"', '"shop"'), 'line 13: variants[1] is "model:NAME", "provider:SLUG" or "PROVIDER:ENDPOINT", not'),
        (('"shop:a/b"', '"shop:a b"'), 'line 13: variants[1] is "model:NAME"'),
        (('"shop:a/b"', "1"), "line 13: variants[1] is "),
        (("'provider:shop'", "'model:boat'"), 'line 15: variants[2] is there twice: "model:boat".'),
        (("'Another'", "''"), 'line 28: requests[1].prompt is a text without U+0000, not "".'),
        (("prompt = 'Another'", ""), "line 27: requests[1].prompt is missing."),
        (("boat.jpg", "bot.jpg"), 'line 23: requests[0].image names a file that is not there: "bot.jpg".'),
        (("boat.jpg", "more"), 'line 23: requests[0].image names a file that is not there: "more".'),
        (("boat.jpg", "b" * 5000), "line 23: requests[0].image names a file that is not there: "),
        (("768P", "768 p"), 'line 25: requests[0].resolution is a text such as "768p", not "768 p".'),
        (("name =", "nome ="), 'line 2: there is no field "nome"; did you mean "name"?'),
        (("warm_up = 1", "warm_up = "), "line 7: this is not TOML: Invalid value (column 11)."),
        (("repeats = 3", "name = 3"), "line 4: this is not TOML: Cannot overwrite a value (column 9)."),
        (("'Another'", '"""'), "line 29: this is not TOML: "),
        (("'Another'", "'\0'"), "line 28: this is not TOML: "),
        (("'Another'", "'\ud83d'"), "line 28: this holds half a character."),
        (("warm_up", "a." * 90_000 + "a"), "line 7: this holds more dots than any plan."),
        (("warm_up", "a." * 400 + "a"), 'line 7: there is no field "a"; there are name, '),
    ],
)
def test_a_mistake_names_file_line_and_field(folder: Path, change: tuple[str, str], said: str):
    assert change[0] in FULL
    told = sentence(FULL.replace(*change, 1), folder)
    assert told.startswith(f"plan.toml, {said}")
    assert "\n" not in told
    assert len(told) < 300


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: name is missing."),
        ('name = "n"\n', "line 1: variants is missing."),
        ('\nvariants = []\nname = "n"', "line 2: variants is a list of one or more variants, not an empty list."),
        ('variants = "model:m"\n', 'line 1: variants is a list of one or more variants, not "model:m".'),
        (LEAST, "line 1: requests are missing: there is neither [[requests]] nor requests_csv."),
        (LEAST + "requests = []", "line 3: requests is one or more [[requests]], not an empty list."),
        (LEAST + '[requests]\nprompt = "p"', "line 3: requests is one or more [[requests]], not a table."),
        (LEAST + "requests = [1]", "line 3: requests is one or more [[requests]], not a list."),
        (LEAST + 'requests_csv = "no.csv"', 'line 3: requests_csv names a file that is not there: "no.csv".'),
        (LEAST + 'requests = [{prompt = "a"},\n\n {prompt = 1}]', "line 5: requests[1].prompt is a text"),
    ],
)
def test_what_is_missing_is_said(folder: Path, text: str, said: str):
    assert sentence(text, folder).startswith(f"plan.toml, {said}")


def test_an_image_may_lie_anywhere_on_the_machine(folder: Path, tmp_path: Path):
    (tmp_path / "far.png").touch()
    text = LEAST + ASK + f"image = '{tmp_path / 'far.png'}'\nlast_image = '../{folder.name}/boat.jpg'"
    assert pictures(parse(text, folder)) == (str(tmp_path / "far.png"), f"../{folder.name}/boat.jpg")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfen\x00n", "p.toml, line 1: this is not UTF-8 text; save the file as UTF-8."),
        (b'name = "n"\n# caf\xe9\n', "p.toml, line 2: this is not UTF-8 text; save the file as UTF-8."),
        (b"#" * 1_000_001, "p.toml is larger than 1 MB."),
    ],
)
def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path, data: bytes, said: str):
    (tmp_path / "p.toml").write_bytes(data)
    with pytest.raises(InvalidRequest, match=f"^{re.escape(said)}$"):
        read(tmp_path / "p.toml")


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path):
    with pytest.raises(InvalidRequest, match=r"^x\.toml cannot be read: No such file or directory\.$"):
        read(tmp_path / "x.toml")
    with pytest.raises(InvalidRequest, match="cannot be read: Is a directory"):
        read(tmp_path)
    with pytest.raises(InvalidRequest, match="cannot be read: embedded null byte"):
        read(tmp_path / "x\0")


def test_every_value_is_found_on_its_line(folder: Path):
    lines = {
        ("name",): 2,
        ("variants",): 11,
        ("variants", 0): 12,
        ("variants", 1): 13,
        ("variants", 2): 15,
        ("requests",): 18,
        ("requests", 0, "prompt"): 19,
        ("requests", 0, "image"): 23,
        ("requests", 1): 27,
        ("requests", 1, "prompt_optimizer"): 29,
    }
    assert {path: where(FULL, path) for path in lines} == lines
    assert where(FULL, ("requests", 1, "image")) == 27, "of what is not there, the table that lacks it"
    assert where(FULL, ("variants", 9)) == 11
    assert where(FULL, ("budget",)) == 1


STRINGS = st.sampled_from(
    ['"a, ]"', "'b \" # {'", '"""\nc\n"d"\n"""""', "'''\n'\n,'' ]'''", '""', "''", '"\\""', '"""e"""', '"\\\\"', "7"]
)
FILLERS = st.sampled_from(["", "# a ]\n", "\n", '\n\n# \'b\n# """\n', "  "])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(FILLERS, STRINGS, FILLERS), min_size=1, max_size=6))
def test_lines_are_right_whatever_strings_and_comments_hold(items: list[tuple[str, str, str]]):
    text, lines = "first = 1\nlist = [", []
    for before, value, after in items:
        text += before
        lines.append(text.count("\n") + 1)
        text += value + after + ","
    text += "]\n"
    keys = []
    for i, (before, value, _) in enumerate(items):
        text += before.lstrip(" ")
        keys.append(text.count("\n") + 1)
        text += f"k{i} = {value}\n"
    assert [where(text, ("list", i)) for i in range(len(items))] == lines
    assert [where(text, (f"k{i}",)) for i in range(len(items))] == keys


def test_a_mistake_at_the_end_of_a_long_plan_is_found_at_once(folder: Path):
    entries = "".join(f'[[requests]]\nprompt = """\n{i}\n"""\n' for i in range(500))
    variants = "".join(f'"model:{i}",\n' for i in range(1000))
    text = f'name = "n"\nvariants = [\n{variants}]\n{entries}duration = "six"\n'
    began = time.process_time()
    assert sentence(text, folder).startswith("plan.toml, line 3004: requests[499].duration is")
    assert time.process_time() - began < 2


def test_more_requests_or_letters_than_any_session_has_are_refused(folder: Path):
    ask = '[[requests]]\nprompt = "{}"\n'.format
    assert sentence(LEAST + ask("a") * 2001, folder).endswith("requests is at most 2000 [[requests]], not a list.")
    assert "requests[0].prompt is a text of at most 10000 characters, not" in sentence(
        LEAST + ask("a" * 10_001), folder
    )
    assert sentence("#" * 1_000_001, folder) == "plan.toml is larger than 1 MB."
    (folder / "many.csv").write_text("prompt\n" + "a\n" * 400_000)
    assert (
        sentence(f'{LEAST}requests_csv = "many.csv"', folder)
        == "many.csv, line 2002: a plan has at most 2000 requests."
    )


def test_a_csv_adds_its_rows_to_the_requests(folder: Path):
    data = (
        " prompt ,image,last_image,duration,resolution,prompt_optimizer\r\n"
        '"A boat, ""paper"""\r\n'
        '"two\r\nlines",sea.png,../boat.jpg, 6 ,768P,FALSE\r\n'
        ",,,,,\r\n"
    )
    plan = with_csv(folder, b"\xef\xbb\xbf" + data.encode(), LEAST + ASK)
    settings = {"duration": 6, "resolution": "768p", "prompt_optimizer": False}
    second = Asked("two\r\nlines", "more/sea.png", "more/../boat.jpg", options=settings)
    assert plan.requests == (Asked("p"), Asked('A boat, "paper"'), second)


def test_an_image_of_a_csv_beside_the_plan_stays_as_written(folder: Path):
    (folder / "beside.csv").write_text("prompt,image\np,./boat.jpg\n")
    assert pictures(parse(f'{LEAST}requests_csv = "beside.csv"', folder)) == ("./boat.jpg",)


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_csv_is_read_however_a_spreadsheet_saves_it(folder: Path, encoding: str, separator: str, line_end: str):
    first, second = "A boat", "two\nlines; with | all, of\tthem"
    rows = [["prompt", "duration", "resolution", "", ""], [first, "6", "768p", "", ""], [], ["", "", "", "", ""],
            [second, "10", "1080p", " ", ""]]  # fmt: skip
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator, lineterminator=line_end).writerows(rows)
    for hint in ("", f"sep={separator}{line_end}"):
        plan = with_csv(folder, (hint + written.getvalue()).encode(encoding))
        settings = {"duration": 6, "resolution": "768p"}, {"duration": 10, "resolution": "1080p"}
        assert plan.requests == (Asked(first, options=settings[0]), Asked(second, options=settings[1]))
        last = 5 + bool(hint)
        assert plan.requests[1].row == CsvRow("prompts.csv", last)


def test_a_prompt_alone_may_hold_what_separates_elsewhere(folder: Path):
    assert with_csv(folder, "prompt\nA boat; a puddle | rain\n").requests == (Asked("A boat; a puddle | rain"),)


def test_a_plan_in_utf_16_is_read_too(folder: Path):
    (folder / "wide.toml").write_bytes((LEAST + ASK).encode("utf-16"))
    written = Written.read(folder / "wide.toml")
    assert (written.plan, written.text) == (parse(LEAST + ASK, folder), LEAST + ASK)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("prompt;duration\na;6;b", "line 2: this row has 3 cells, the header 2; quote cells with semicolons."),
        ("prompt,,duration\na,,6", 'line 1: there is no column ""'),
        ("promt\na", 'line 1: there is no column "promt"; did you mean "prompt"?'),
        ("\nprompt,prompt\na", 'line 2: the column "prompt" is there twice.'),
        ("duration\n6", "line 2: prompt is missing."),
        ("", "line 1: there is no row below the header."),
        ("prompt\n\n , \n", "line 1: there is no row below the header."),
        ('prompt,duration\n"a\n\nb",6\n\nc,six\n', 'line 6: duration is a number of seconds, not "six".'),
        ("prompt,duration\na,0", "line 2: duration is a whole number of seconds from 1 to 3600, not 0."),
        ("prompt,duration\na,٣", 'line 2: duration is a number of seconds, not "٣".'),
        ("prompt,prompt_optimizer\na,yes", 'line 2: prompt_optimizer is true or false, not "yes".'),
        ("prompt,image\na,sea.png\nb,boat.jpg", 'line 3: image names a file that is not there: "more/boat.jpg".'),
        ("prompt\na, b", "line 2: this row has 2 cells, the header 1; quote cells with commas."),
        ('prompt\na\n"b\nc', "line 3: this row cannot be read: unexpected end of data."),
        ('prompt\n"a"b', "line 2: this row cannot be read: "),
        ("prompt\na\0b", 'line 2: prompt is a text without U+0000, not "a?b".'),
        ("prompt\n" + "a" * 200_000, "line 2: this row cannot be read: field larger than"),
        (b"prompt\na\n\xe9", "line 3: this is not UTF-8 text; save the file as UTF-8."),
    ],
)
def test_a_mistake_in_a_csv_names_the_csv_and_its_line(folder: Path, data: str | bytes, said: str):
    with pytest.raises(InvalidRequest) as refusal:
        with_csv(folder, data)
    assert str(refusal.value).startswith(f"prompts.csv, {said}")


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1).filter(str.strip)
WORD = st.text("abcXYZ019/._-é", min_size=1, max_size=9)
IMAGES = st.sampled_from([None, "boat.jpg", "more/sea.png"])
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "duration": st.integers(1, 3600),
        "resolution": st.sampled_from(["768p", "2k"]),
        "prompt_optimizer": st.booleans(),
        "movement_amplitude": st.sampled_from(["auto", True, 3, 0.5]),
    },
)
ASKED = st.builds(
    Asked,
    prompt=TEXT,
    image=IMAGES,
    last_image=IMAGES,
    references=st.lists(st.sampled_from(["boat.jpg", "more/sea.png"]), max_size=2).map(tuple),
    options=OPTIONS,
)
CLOSED = st.fixed_dictionaries({"concurrency": st.integers(1, 1000)})
OPEN = st.fixed_dictionaries({"concurrency": st.none(), "rate_per_minute": st.floats(0.01, 6000)})
STOP = st.fixed_dictionaries({"within_percent": st.floats(0.1, 100), "most_repeats": st.integers(50, 1000)})
REST = st.fixed_dictionaries(
    {
        "name": TEXT,
        "variants": st.lists(st.builds("{}:{}".format, WORD, WORD), min_size=1, max_size=4, unique=True).map(tuple),
        "requests": st.lists(ASKED, min_size=1, max_size=4).map(tuple),
        "repeats": st.integers(1, 50),
        "order_seed": st.integers(0, 2**63 - 1),
        "warm_up": st.integers(0, 1000),
        "budget_usd": st.none() | st.decimals("0.01", "1000000"),
        "nearest": st.booleans(),
    }
)
PLANS = st.builds(lambda *parts: SessionPlan(**{k: v for p in parts for k, v in p.items()}), REST, CLOSED | OPEN, STOP)
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@QUICK
@given(plan=PLANS)
def test_a_plan_that_is_written_is_read_back_equal(folder: Path, plan: SessionPlan):
    again = parse(write(plan), folder)
    assert again == plan
    digests = ["0"] * len(pictures(plan))
    assert identity(again, digests, "live") == identity(plan, digests, "live")


def test_a_plan_that_is_written_says_its_requests_as_people_do(folder: Path):
    assert write(parse(LEAST + ASK, folder)).endswith('\n\n[[requests]]\nprompt = "p"\n')


def read_or_said(data: bytes, folder: Path, name: str) -> None:
    (folder / name).write_bytes(data)
    told = None
    try:
        plan = read(folder / "any.toml")
    except InvalidRequest as refusal:
        told = str(refusal)
    if told is None:
        assert parse(write(plan), folder) == plan
    else:
        assert re.fullmatch(r"any\.(toml|csv)(, line [1-9]\d*:)? [^\n]+[.?]", told)


def spoiled(data: bytes, seed: int) -> bytes:
    """A plan with a few bytes cut out, doubled, swapped or replaced."""
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 3)):
        i, j = sorted(rng.randrange(len(data) + 1) for _ in range(2))
        j = min(j, i + rng.choice((1, 1, 3, 40)))
        data = data[:i] + rng.choice((b"", data[i:j] * 2, rng.randbytes(2), b'"', b"\n", b"]", b"=", b"9")) + data[j:]
    return data


@QUICK
@given(data=st.binary() | st.text().map(str.encode) | st.integers().map(lambda seed: spoiled(FULL.encode(), seed)))
def test_any_bytes_are_a_plan_or_one_sentence(folder: Path, data: bytes):
    read_or_said(data, folder, "any.toml")


TABLE = b'prompt,image,duration\n"a\n""b""",boat.jpg,6\nc,,10\n'


@QUICK
@given(data=st.binary() | st.text().map(str.encode) | st.integers().map(lambda seed: spoiled(TABLE, seed)))
def test_any_bytes_are_a_csv_or_one_sentence(folder: Path, data: bytes):
    (folder / "any.toml").write_text(f'{LEAST}requests_csv = "any.csv"')
    read_or_said(data, folder, "any.csv")


def test_equal_plans_are_equal_sessions(folder: Path):
    plan = parse(FULL, folder)
    other = FULL.replace("# A plan with everything\n", "").replace("boats", "ships").replace("= 20\n", "= 25.0\n")
    (folder / "ship.jpg").touch()
    moved = parse(
        other.replace("boat.jpg", "ship.jpg").replace("repeats = 3\norder_seed = 7", "order_seed = 7\nrepeats = 3"),
        folder,
    )
    assert identity(moved, ["digest"], "live") == identity(plan, ["digest"], "live")
    assert re.fullmatch("[0-9a-f]{64}", identity(plan, ["digest"], "live"))


def test_requests_in_a_csv_are_the_same_session_as_in_the_plan(folder: Path):
    written = parse(f'{LEAST}[[requests]]\nprompt = "a"\nduration = 6\n', folder)
    assert identity(with_csv(folder, "prompt,duration\na,6"), [], "live") == identity(written, [], "live")


@pytest.mark.parametrize(
    "change",
    [
        {"variants": ("model:boat", "provider:shop", "shop:a/b")},
        {"requests": (Asked("p", "boat.jpg"),)},
        {"requests": (Asked("p", last_image="boat.jpg"),)},
        {"repeats": 4},
        {"order_seed": 8},
        {"concurrency": 3, "rate_per_minute": None},
        {"rate_per_minute": 31.0},
        {"warm_up": 2},
        {"within_percent": 7.0},
        {"most_repeats": 41},
        {"nearest": False},
    ],
)
def test_a_plan_that_runs_otherwise_is_another_session(folder: Path, change: dict[str, object]):
    plan = parse(FULL, folder)
    told = identity(plan, ["digest"], "live")
    assert identity(replace(plan, **change), ["digest"], "live") != told
    assert identity(plan, ["other"], "live") != told
    assert identity(plan, ["digest"], "sandbox") != told


def test_a_digest_is_asked_for_every_image(folder: Path):
    with pytest.raises(ValueError, match="one digest"):
        identity(parse(FULL, folder), [], "live")


IDENTITIES = {
    'prompt = "p"': "f5caaef79c448c9711deca555051649695de880cfd55724dfb1eb937e37295dd",
    'prompt = "p"\nimage = "boat.jpg"\nduration = 6\nresolution = "768p"\nprompt_optimizer = false': (
        "065a762df8446cf19db9c6431278bd9ef95c760c5c2af796f5ceeb1e9266d56c"
    ),
}
"""What plans were identified by before their options had names, with 64 zeros as an image's digest."""


@pytest.mark.parametrize("request_", IDENTITIES)
def test_a_plan_of_an_older_version_goes_on_with_its_session(folder: Path, request_: str):
    head = 'name = "n"\nvariants = ["model:hailuo-2.3"]\nbudget_usd = 3\n[[requests]]\n'
    plan = parse(f"{head}{request_}\n", folder)
    assert identity(plan, ["0" * 64] * len(pictures(plan)), "live") == IDENTITIES[request_]


@pytest.mark.parametrize("more", ['references = ["boat.jpg"]', "audio = true", 'opt_bgm = "on"', "seed = 3"])
def test_what_older_plans_could_not_say_makes_another_session(folder: Path, more: str):
    plain, said = (parse(f"{LEAST}{ASK}{line}\n", folder) for line in ("", more))
    digests = ["0" * 64] * len(pictures(said))
    assert identity(said, digests, "live") != identity(plain, [], "live")
