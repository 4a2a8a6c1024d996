"""What a person takes with them is whole, says what is simulated and unknown, and is inert wherever it is opened."""

from __future__ import annotations

import csv
import hashlib
import json
import math
import os
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from comparisons.analysis.table import COLUMNS
from comparisons.cli import carried_out_by, parser
from comparisons.exports import drawn_text, mosaic, result_files, run_folder, zips
from comparisons.exports.caveats import caveats
from comparisons.media.copies import make_strip
from comparisons.media.probe import probe
from comparisons.playground import Playground
from comparisons.records import MediaInfo, Run
from comparisons.runs.compare import Choice
from comparisons.viewer import charts, figures
from providers import InvalidRequest, Request
from providers.sandbox._clips import ClipSpec, render
from tests import odd_clips
from tests.browser import Trouble, browse, until
from tests.scenes import Given, Scenes
from tests.stage import ONE_EACH, scratch, small_image, tiny_clip
from tests.test_playground import make

PROMPT = "<img src=x onerror=alert(1)></script><!-- a boat: 'x' %d \\ 纸船 قارب"
PAIR = Choice(refs=(ONE_EACH["odirouter"], ONE_EACH["apiframe"]))


def ended(playground: Playground, prompt: str = PROMPT) -> Run:
    """A run of two takes with a first frame, over."""
    run = playground.start(Request(prompt, small_image()), PAIR, simulated=True)
    playground.wait([run.id])
    return playground.run(run.id)


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    made = make(tmp_path_factory.mktemp("home"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def run(playground: Playground) -> Run:
    return ended(playground)


@pytest.fixture(scope="module")
def folder(playground: Playground, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One export, which most tests only read."""
    return run_folder.write(playground, run, tmp_path_factory.mktemp("out"))


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def snapshot_in(folder: Path) -> dict:
    html = (folder / "index.html").read_text("utf-8")
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html)[1])


# the folder -------------------------------------------------------------------------------------------------------


def test_an_export_holds_clips_pictures_tables_mosaic_and_page(folder: Path, run: Run):
    assert folder.name == f"takes-{run.id}"
    names = [f"{i:02d}-{job.plan.provider}-{job.plan.model}-sandbox" for i, job in enumerate(run.jobs, 1)]
    each = {f"{kind}/{name}.{end}" for name in names for kind, end in KINDS}
    tables = {"results.csv", "results.jsonl", "results.parquet"}
    assert files_of(folder) == each | tables | {"grid.mp4", "index.html", "inputs/first-frame.png"}


KINDS = (("clips", "mp4"), ("posters", "jpg"), ("strips", "jpg"))


def test_a_clip_in_an_export_is_the_one_that_the_table_has_the_hash_of(folder: Path):
    rows = pd.read_csv(folder / "results.csv")
    for row in rows.itertuples():
        assert hashlib.sha256((folder / row.file).read_bytes()).hexdigest() == row.sha256


def test_a_simulated_run_says_so_on_every_artefact(folder: Path, run: Run, playground: Playground):
    assert pd.read_csv(folder / "results.csv")["simulated"].all()
    assert all(json.loads(line)["simulated"] for line in (folder / "results.jsonl").read_text("utf-8").splitlines())
    assert all("-sandbox" in path.name for kind, _ in KINDS for path in (folder / kind).iterdir())
    assert b"SANDBOX (simulated)" in (folder / "grid.mp4").read_bytes()
    assert snapshot_in(folder)["simulated"]
    assert "This run is simulated" in (folder / "index.html").read_text("utf-8")
    kept = playground.media.clips / run.jobs[0].result.poster
    (copy, *_) = sorted((folder / "posters").iterdir())
    with Image.open(kept) as before, Image.open(copy) as after:
        assert ImageStat.Stat(ImageChops.difference(before.convert("RGB"), after.convert("RGB"))).extrema[0][1] > 60


def test_the_original_files_stay_as_they_were(folder: Path, run: Run, playground: Playground):
    for job in run.jobs:
        assert hashlib.sha256((playground.media.clips / job.result.file).read_bytes()).hexdigest() == job.result.sha256
    assert folder.exists()


def test_an_export_never_replaces_a_folder_that_is_there(folder: Path, run: Run, playground: Playground):
    before = (folder / "index.html").read_bytes()
    with pytest.raises(InvalidRequest, match="is there already"):
        run_folder.write(playground, run, folder.parent)
    assert (folder / "index.html").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path, run: Run, playground: Playground):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(InvalidRequest, match="cannot be written"):
        run_folder.write(playground, run, tmp_path / "file")


def test_a_run_under_way_is_exported_as_far_as_it_is_and_says_so(tmp_path: Path):
    playground = make(tmp_path / "home", '[[fault]]\nkind = "stuck"\nseconds = 600\ntimes = 9')
    started = playground.start(Request(PROMPT, small_image()), PAIR, simulated=True)
    written = run_folder.write(playground, playground.run(started.id), tmp_path / "out")
    shown = snapshot_in(written)
    assert not shown["can_go_on"]
    assert not any(cell["can_cancel"] or cell["can_retry"] or cell["since"] for cell in shown["cells"])
    assert "2 takes of 2 had not ended" in (written / "index.html").read_text("utf-8")
    playground.close()


def test_a_run_without_a_clip_has_no_mosaic_and_says_so(tmp_path: Path):
    playground = make(tmp_path / "home")
    written = run_folder.write(playground, ended(playground, "A boat [refuse]"), tmp_path / "out")
    assert files_of(written) == {
        "index.html", "inputs/first-frame.png", "results.csv", "results.jsonl", "results.parquet"
    }  # fmt: skip
    html = (written / "index.html").read_text("utf-8")
    assert "there is no clip and no grid.mp4" in html
    assert "2 takes ended without a clip" in html
    playground.close()


def test_a_clip_that_was_removed_from_the_data_folder_is_missed_aloud(tmp_path: Path):
    playground = make(tmp_path / "home")
    run = ended(playground)
    (playground.media.clips / run.jobs[0].result.file).unlink()
    written = run_folder.write(playground, run, tmp_path / "out")
    assert [bool(cell["clip"]) for cell in snapshot_in(written)["cells"]] == [False, True]
    assert "no longer in the data folder" in (written / "index.html").read_text("utf-8")
    assert len(list((written / "clips").iterdir())) == 1
    playground.close()


@pytest.mark.slow
def test_what_may_not_play_or_be_found_in_a_browser_has_a_copy_beside_it_that_does(tmp_path: Path):
    names = ("hevc.mp4", "no-edit-list.mp4", "uneven.mp4", "web-30.webm")
    clips = [odd_clips.make(odd_clips.ODD[name]) for name in names]
    playground = make(tmp_path)
    scenes = Scenes(playground.settings.home)
    run = scenes.run([Given(clip) for clip in clips])
    scenes.close()
    folder = run_folder.write(playground, playground.ledger.run(run.id), tmp_path / "out")
    playground.close()
    shown = [cell["clip"] for cell in snapshot_in(folder)["cells"]]
    assert [(folder / clip["url"]).read_bytes() for clip in shown] == [clip.read_bytes() for clip in clips]
    kinds = [[kind for kind in ("playable", "seekable", "moments") if clip[kind]] for clip in shown]
    assert kinds == [["playable"], ["seekable"], ["seekable", "moments"], []]
    assert probe(folder / shown[0]["playable"]).codec == "h264"
    assert shown[2]["moments"] == pytest.approx(odd_clips.ODD["uneven.mp4"].times, abs=1e-4)
    found = probe(folder / shown[2]["seekable"])
    assert (found.container, found.codec, found.frames) == ("mkv", "h264", 24)


def test_a_picture_that_cannot_be_had_is_left_out_aloud(tmp_path: Path):
    playground = make(tmp_path / "home")
    run = ended(playground)
    (playground.media.clips / run.jobs[0].result.poster).write_bytes(b"no picture")
    (playground.media.clips / f"{run.jobs[1].id}-strip.jpg").mkdir()
    written = run_folder.write(playground, run, tmp_path / "out")
    names = [f"{i:02d}-{job.plan.provider}-{job.plan.model}-sandbox.jpg" for i, job in enumerate(run.jobs, 1)]
    html = (written / "index.html").read_text("utf-8")
    assert f"Left out, since they could not be made: posters/{names[0]}, strips/{names[1]}." in html
    assert {name for name in files_of(written) if name.endswith(".jpg")} == {
        f"posters/{names[1]}",
        f"strips/{names[0]}",
    }
    assert str(tmp_path) not in html
    playground.close()


# the zip ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_zip_is_used_again_until_something_of_the_run_changes(tmp_path: Path):
    playground = make(tmp_path)
    run = ended(playground)
    first = zips.zipped(playground, run)
    assert first == tmp_path / "exports" / f"takes-{run.id}-sandbox.zip"
    made = first.stat().st_ino
    assert zips.zipped(playground, run).stat().st_ino == made
    playground.again(run.jobs[0].id)
    playground.wait([run.id])
    again = zips.zipped(playground, playground.run(run.id))
    with zipfile.ZipFile(again) as file:
        assert sum("/clips/" in name for name in file.namelist()) == 3
        assert {name.split("/")[0] for name in file.namelist()} == {f"takes-{run.id}"}
        assert file.testzip() is None
    assert [path.name for path in first.parent.iterdir()] == [first.name]
    playground.close()


def test_a_run_that_is_deleted_during_its_export_leaves_no_zip(tmp_path: Path):
    playground = make(tmp_path)
    run = ended(playground)
    playground.history.delete(run.id)
    with pytest.raises(InvalidRequest, match="There is no such run here"):
        zips.zipped(playground, run)  # as it was when it was asked for
    assert list((tmp_path / "exports").iterdir()) == []
    playground.close()


def test_a_visitor_learns_no_path_of_the_server_from_an_export_that_fails(tmp_path: Path):
    playground = make(tmp_path)
    run = ended(playground)
    (tmp_path / "exports").write_text("not a folder")
    with pytest.raises(InvalidRequest, match="cannot be written to the data folder") as caught:
        zips.zipped(playground, run)
    assert str(tmp_path) not in str(caught.value)
    playground.close()


def test_older_zips_and_what_a_killed_process_left_make_room(playground: Playground, run: Run):
    folder = playground.settings.home / "exports"
    folder.mkdir(exist_ok=True)
    old, newer = folder / "takes-old.zip", folder / "takes-newer.zip"
    newer.write_bytes(b"x")
    with old.open("wb") as file:
        file.truncate(zips.MOST_KEPT_BYTES)  # a hole: takes no disk
    os.utime(old, (1, 1))
    left, another = folder / ".takes-killed.1.part", folder / ".takes-at-work.2.part"
    left.mkdir()
    another.mkdir()
    os.utime(left, (1, 1))
    kept = zips.zipped(playground, run)
    assert set(folder.iterdir()) == {kept, newer, another}


# the tables -------------------------------------------------------------------------------------------------------


def test_every_column_is_in_every_table_and_the_unknown_is_empty_not_zero(folder: Path):
    with (folder / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text("utf-8").splitlines()]
    frame = pd.read_parquet(folder / "results.parquet")
    assert list(rows[0]) == list(lines[0]) == list(frame.columns)
    named = list(frame.columns)[: len(COLUMNS)], list(frame.columns)[len(COLUMNS) :]
    assert named == (list(COLUMNS), ["opt_duration", "opt_resolution", "opt_prompt_optimizer"])
    unknown = [(i, name) for i, line in enumerate(lines) for name, value in line.items() if value is None]
    assert unknown
    assert all(rows[i][name] == "" and pd.isna(frame[name][i]) for i, name in unknown)
    assert list(frame["total_s"]) == [line["total_s"] for line in lines]


def test_a_column_keeps_its_type_when_nothing_of_it_is_known():
    frame = result_files.typed([dict.fromkeys(COLUMNS)], tuple(COLUMNS))
    assert frame["total_s"].dtype == "Float64"
    assert frame["frames"].dtype == "Int64"
    assert frame["audio"].dtype == "boolean"
    assert frame["cost_basis"].dtype == frame["error"].dtype == "string"
    assert str(frame["started_at"].dtype).endswith("UTC]")


@pytest.mark.parametrize("words", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "＝1"])
def test_no_spreadsheet_runs_what_a_provider_says(tmp_path: Path, words: str):
    row = dict.fromkeys(COLUMNS) | {"error": words, "total_s": -1.5}
    result_files.write([row], tmp_path)
    with (tmp_path / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        (read,) = csv.DictReader(file)
    assert (read["error"], read["total_s"]) == (f"'{words}", "-1.5")
    assert json.loads((tmp_path / "results.jsonl").read_text("utf-8"))["error"] == words


@pytest.mark.parametrize("job", ["1987654321098765432", "007", "12e19", "1.5E+7"])
def test_an_id_keeps_its_digits_in_a_spreadsheet_and_its_name_for_pandas(tmp_path: Path, job: str):
    result_files.write(
        [dict.fromkeys(COLUMNS) | {"provider_job": job, "error": "768p · ¥1.01", "frames": 144}], tmp_path
    )
    assert (tmp_path / "results.csv").read_bytes().startswith(b"\xef\xbb\xbfjob,")  # or Excel reads Â· and Ã—
    for encoding in ("utf-8", "utf-8-sig"):
        read = pd.read_csv(tmp_path / "results.csv", encoding=encoding)
        assert list(read.columns) == list(COLUMNS)
        assert (read["provider_job"][0], read["error"][0], read["frames"][0]) == (f"'{job}", "768p · ¥1.01", 144)
    assert json.loads((tmp_path / "results.jsonl").read_text("utf-8"))["provider_job"] == job


def test_numbers_that_are_none_and_half_characters_are_stored_as_what_every_format_holds(tmp_path: Path):
    result_files.write([dict.fromkeys(COLUMNS) | {"error": "\ud83d", "fps": float("nan")}], tmp_path)
    read = json.loads((tmp_path / "results.jsonl").read_text("utf-8"))
    assert (read["error"], read["fps"]) == ("?", None)


# the mosaic -------------------------------------------------------------------------------------------------------


def shapes(count: int, width: int = 1366, height: int = 768) -> list[MediaInfo]:
    return [MediaInfo(width, height, 24, 144, 6.0, "h264", False)] * count


@given(st.integers(1, 24), st.integers(64, 2160), st.integers(64, 2160))
@settings(max_examples=60, deadline=None)
def test_cells_of_any_run_fit_the_frame_in_even_pixels_and_never_overlap(count: int, width: int, height: int):
    where = mosaic.layout(shapes(count, width, height))
    wide, tall = where.cell
    assert where.width <= mosaic.WIDTH
    assert where.height <= mosaic.HEIGHT
    assert not any(side % 2 for side in (wide, tall, where.width, where.height, *sum(where.spots, ())))
    assert len({x for x, _ in where.spots}) <= max(4, math.ceil((count * 16 / 9) ** 0.5))
    boxes = [(x, y, x + wide, y + tall + where.label) for x, y in where.spots]
    assert all(box[2] <= where.width and box[3] <= where.height for box in boxes)
    pairs = ((a, b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3] for a, b in pairs)


def test_many_cells_stay_useful_and_too_many_are_no_picture(tmp_path: Path):
    cells = [mosaic.layout(shapes(count)).cell[0] for count in range(1, 101)]
    assert cells == sorted(cells, reverse=True)
    assert cells[23] > 300
    assert mosaic.is_useful(mosaic.layout(shapes(60)))
    assert mosaic.is_useful(mosaic.layout(shapes(30, 768, 1366)))
    assert not mosaic.is_useful(mosaic.layout(shapes(100)))


def tile(width: int, height: int, seconds: int, fps: int) -> mosaic.Tile:
    clip = render(ClipSpec("x", "a boat", None, None, width, height, seconds, fps=fps), scratch() / "mosaic")
    return mosaic.Tile(clip, probe(clip), "Gateway · Model", "1.0 s")


def test_a_mosaic_is_as_long_as_its_longest_clip_and_the_others_hold_their_last_frame(tmp_path: Path):
    tiles = [tile(96, 54, 1, 24), tile(54, 96, 2, 30)]
    where = mosaic.layout([each.media for each in tiles])
    info = probe(mosaic.render(tiles, PROMPT, tmp_path / "100% d.mp4", simulated=False))
    assert (info.width, info.height, info.fps, info.frames, info.audio) == (where.width, where.height, 30, 60, False)
    strip = make_strip(tmp_path / "100% d.mp4", info, tmp_path / "strip.jpg", info.height)
    (x, y), (wide, tall) = where.spots[0], where.cell
    with Image.open(strip) as frames:
        at = [i * info.width + x for i in (4, 7)]  # after its end, and at the end of all
        after, last = (frames.crop((left, y, left + wide, y + tall)) for left in at)
    assert ImageStat.Stat(last).stddev[0] > 5
    assert ImageStat.Stat(ImageChops.difference(after, last)).mean[0] < 2
    assert {path.name for path in tmp_path.iterdir()} == {"100% d.mp4", "strip.jpg"}


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 24])
def test_a_mosaic_of_one_clip_and_of_many_is_made(tmp_path: Path, count: int):
    one = mosaic.Tile(tiny_clip(), probe(tiny_clip()), "纸船 قارب", "")
    info = probe(mosaic.render([one] * count, "", tmp_path / "grid.mp4", simulated=True))
    assert (info.duration_s, info.codec) == (1.0, "h264")
    assert (tmp_path / "grid.mp4").read_bytes().find(b"moov") < 100  # plays before it is whole


# words on pictures ------------------------------------------------------------------------------------------------

ANYTHING = st.text(max_size=60) | st.text("قارب纸船नाव🚀👩‍👧e\u0301\u202e\u200d:'%\\,\n ab", max_size=30)


@given(ANYTHING)
@settings(max_examples=80, deadline=None)
def test_whatever_is_written_on_a_picture_every_letter_has_a_glyph(text: str):
    for piece in drawn_text.pieces(text):
        assert all(character == " " or drawn_text.has(piece.font, character) for character in piece.text)


@given(ANYTHING, st.integers(0, 300))
@settings(max_examples=40, deadline=None)
def test_a_line_is_never_wider_than_its_room(text: str, room: int):
    image = Image.new("RGB", (320, 40))
    assert drawn_text.write(image, (0, 30), text, 16, (255, 255, 255), room) <= room


@pytest.mark.parametrize(
    "text", ["纸船漂过水洼。", "قارب ورقي", "कागज़ की नाव", "🚀🇩🇪👩‍👩‍👧", "Z̶̢̛̘̱̈a̷̧̛l̸g̵o", ": ' % \\ ,", "x" * 5000, "a\nb\tc"]
)
def test_a_script_or_sign_of_any_kind_leaves_legible_ink(text: str):
    image = Image.new("RGB", (400, 40))
    assert drawn_text.write(image, (0, 30), text, 16, (255, 255, 255), 400) > 8
    assert image.getbbox() is not None


def test_what_no_font_can_draw_is_romanized():
    unassigned_here = [c for c in "𓀀𒀀ꙮ𐎀" if not any(drawn_text.has(font, c) for font in drawn_text.installed())]
    for character in unassigned_here:
        (piece,) = drawn_text.pieces(f"a{character}")
        assert piece.text.isascii()


# the page ---------------------------------------------------------------------------------------------------------


def test_a_prompt_that_is_markup_is_words_on_the_page(folder: Path):
    html = (folder / "index.html").read_text("utf-8")
    assert "<img src=x" not in html
    assert "<!--" not in html
    assert html.count("</script>") == html.count("<script")
    assert snapshot_in(folder)["prompt"] == PROMPT


def test_the_caveats_of_a_run_are_those_that_apply_to_it(run: Run):
    said = " ".join(caveats(run, {}))
    assert "simulated" in said
    assert "One take says nothing" in said
    assert "no exchange rate was set" in said
    assert "had not ended" not in said
    assert "no exchange rate was set" not in " ".join(caveats(run, {"credits": Decimal("0.01")}))


def test_a_plot_says_in_words_what_it_shows_and_begins_at_zero(run: Run):
    latency = charts.latency(figures.bars(run), "Latency")
    costs = figures.costs(run, {"credits": Decimal("0.01")})
    assert all(name in latency for name in figures.names(run))
    assert 'role="img"' in latency
    assert costs.unit == "USD"
    assert f"{len(run.jobs) - len(costs.points)} of 2 takes are not shown" in charts.cost_note(costs)
    assert ">0</text>" in charts.cost(costs, "Cost")
    assert charts.latency([], "none") == charts.cost(figures.CostFigure((), "USD", 0), "none") == ""


@pytest.mark.slow
@pytest.mark.alone
def test_the_page_plays_its_clips_in_step_from_disk_and_asks_nothing_of_anybody(folder: Path, tmp_path: Path):
    trouble = Trouble()
    with browse(tmp_path / "profile") as context:
        page = context.new_page()
        trouble.watch(page)
        page.goto((folder / "index.html").as_uri())
        until(page, "[...document.querySelectorAll('#room video')].filter(v => v.readyState >= 2).length === 2")
        assert page.locator(".tg-prompt").text_content() == PROMPT
        assert page.locator(".tg-act:visible").count() == 0
        page.locator("[data-act=play]").click()
        until(page, "[...document.querySelectorAll('#room video')].every(v => v.currentTime > 0.2)")
        assert page.evaluate("document.getElementById('room').__takes.drift()") < 0.1
        assert all(url.startswith(folder.as_uri()) for url in trouble.hosts)
        assert trouble.errors == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        asks = "addEventListener('securitypolicyviolation', event => told(event.blockedURI)); fetch(arg)"
        assert "127.0.0.1" in page.evaluate(f"arg => new Promise(told => {{ {asks} }})", "http://127.0.0.1:9/")


# the command line -------------------------------------------------------------------------------------------------


def test_the_command_line_prints_where_the_export_is(
    playground: Playground, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    options = parser().parse_args(["export", run.id, "--out", str(tmp_path / "new" / "place")])
    assert carried_out_by(options.command)(playground, options) == 0
    assert (Path(capsys.readouterr().out.strip()) / "index.html").exists()


def test_an_unknown_run_is_one_sentence(playground: Playground, tmp_path: Path):
    options = parser().parse_args(["export", "r_none", "--out", str(tmp_path)])
    with pytest.raises(InvalidRequest, match="No run is called 'r_none'"):
        carried_out_by(options.command)(playground, options)
    assert not list(tmp_path.iterdir())
