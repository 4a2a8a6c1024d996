"""Blind votes: names stay hidden until the vote, only whole looks count, and what counts is what was said."""

from __future__ import annotations

import functools
import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from comparisons.judging.ballots import (
    OPEN_ALL,
    OPEN_EACH,
    OPEN_S,
    SEEN_ALL,
    SEEN_EACH,
    Ballots,
    ShownBallots,
    blind_value,
)
from comparisons.judging.ratings import Comparison
from comparisons.judging.votes import answer_of, comparisons_of, counted, draw
from comparisons.judging.words import count_words
from comparisons.ledger import Ledger
from comparisons.media.copies import make_blind
from comparisons.media.ffmpeg import BrokenClip, run
from comparisons.media.probe import probe
from comparisons.media.store import Media
from comparisons.records import (
    HOST,
    Ballot,
    Event,
    Job,
    MediaInfo,
    Person,
    Plan,
    Result,
    Run,
    Shown,
    Verdict,
    Vote,
    Wanted,
)
from comparisons.runs.visitors import TooMuch
from comparisons.shares import Limit
from comparisons.ui.door.door import Door
from comparisons.ui.door.own_files import BLIND, CLIPS
from comparisons.ui.vote import leaderboard
from providers import InvalidRequest
from tests import odd_clips
from tests.door import id_in, kept, new_cookie
from tests.odd_clips import ODD
from tests.stage import FakeTime, tiny_clip
from tests.test_playground import make

ANN, BOB = Person("a" * 32), Person("b" * 32)
EVEN = [("a", "b", 1.0), ("b", "a", 1.0)]
LAYOUT = {"width": 1400, "height": 900, "columns": 2, "mode": "grid"}
PLAN = Plan(
    "maker:fast", "maker", "fast", "model-x", "Fast · text", True, "A boat", {"resolution": "768p", "duration": 6}
)


@functools.cache
def tiny() -> MediaInfo:
    return probe(tiny_clip())


class Hall:
    """A data folder with runs whose clips are there, and its ballots, on a hand-moved clock."""

    def __init__(self, home: Path, seed: int = 1) -> None:
        self.home, self.time = home, FakeTime()
        self.ledger, self.media = Ledger(home / "ledger.sqlite3"), Media(home)
        self.ballots = Ballots(self.ledger, self.media, self.time.now, random.Random(seed))
        self.count = 0

    def run(self, *variants: str, owner: str = "", image: str = "", simulated: bool = True) -> Run:
        """A run with one delivered clip per variant; those named in ``image`` were made from one."""
        self.count += 1
        run_id = f"r_{self.count:032x}"
        jobs = [self._job(run_id, place, variant, variant in image) for place, variant in enumerate(variants)]
        run = Run(run_id, self.time.now() + self.count, "A boat", simulated, tuple(jobs), owner)
        self.ledger.add_run(run)
        return run

    def _job(self, run: str, place: int, variant: str, image: bool) -> Job:
        """A variant that is called as an odd clip delivers that."""
        name, odd = f"j_{self.count:016x}{place:016x}", ODD.get(variant)
        clip, media = (odd_clips.make(odd), odd.media) if odd else (tiny_clip(), tiny())
        file = f"{name}{clip.suffix}"
        (self.media.clips / file).write_bytes(clip.read_bytes())
        result = Result(file, "hash", 1, media)
        plan = replace(
            PLAN,
            variant=f"maker:{variant}",
            model=f"model-{variant[0]}",
            images={"first_frame": ("x",)} if image else {},
        )
        return Job(name, run, place, plan, (Event("delivered", 1.0, "delivered", data={"result": result.to_json()}),))

    def vote(self, ballot: Ballot, verdict: Any, who: Person = HOST, **changes: Any) -> Vote:
        """A vote with every clip played, once there was time for it."""
        self.time.jump(60)
        told = {"looked_s": 30.0, "watched": [media.duration_s for media in ballot.media], "layout": LAYOUT, **changes}
        return self.ballots.vote(who, ballot.token, verdict, **told)


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    made = Hall(tmp_path)
    yield made
    made.ledger.close()


def variants(ballot: Ballot) -> list[str]:
    return [shown.variant.partition(":")[2] for shown in ballot.shown]


# drawing --------------------------------------------------------------------------------------------------------------


def test_a_pair_is_two_takes_of_different_variants_and_the_many_are_up_to_six(hall: Hall):
    hall.run("a", "a", "b", "c", "d", "e", "f", "g")
    pair, many = hall.ballots.draw(HOST, "pair"), hall.ballots.draw(HOST, "many")
    assert len(set(variants(pair))) == 2
    assert len(set(variants(many))) == 6


def test_takes_of_different_tasks_are_never_put_together(hall: Hall):
    hall.run("a", "b", "c", "d", image="cd")
    for _ in range(2):
        ballot = hall.ballots.draw(HOST, "pair")
        assert (set(variants(ballot)), ballot.pool) in (({"a", "b"}, "text"), ({"c", "d"}, "image"))
        hall.vote(ballot, "tie")
    with pytest.raises(InvalidRequest, match="Nothing to judge"):
        hall.ballots.draw(HOST, "pair")


def test_the_order_is_shuffled(hall: Hall):
    run = hall.run("a", "b", "c")
    orders = Counter(tuple(variants(hall.ballots.draw(HOST, "many", run.id))) for _ in range(60))
    assert len(orders) == 6


def test_variants_that_were_compared_less_come_first(hall: Hall):
    run = hall.run("a", "b", "c", "d")
    first = hall.ballots.draw(HOST, "pair", run.id)
    hall.vote(first, "tie")
    second = hall.ballots.draw(HOST, "pair", run.id)
    assert set(variants(first)) | set(variants(second)) == {"a", "b", "c", "d"}


def test_the_next_ballot_is_about_a_run_not_judged_yet_and_no_pair_comes_twice(hall: Hall):
    runs = [hall.run("a", "b", "c"), hall.run("a", "b", "c")]
    seen = []
    for _ in range(6):
        ballot = hall.ballots.draw(HOST, "pair")
        hall.vote(ballot, "0")
        seen.append(ballot)
    assert {seen[0].run, seen[1].run} == {run.id for run in runs}
    assert len({frozenset(shown.job for shown in ballot.shown) for ballot in seen}) == 6
    with pytest.raises(InvalidRequest, match="Press Run under Compare"):
        hall.ballots.draw(HOST, "pair")


@pytest.mark.parametrize(("takes", "kind"), [(["a"], "pair"), (["a", "a"], "pair"), (["a", "b"], "many"), ([], "pair")])
def test_where_there_is_nothing_to_judge_it_says_what_to_do(hall: Hall, takes: list[str], kind: str):
    if takes:
        hall.run(*takes)
    with pytest.raises(InvalidRequest, match=r"Nothing to judge: .+ Press Run under Compare"):
        hall.ballots.draw(HOST, kind)


def test_a_take_whose_clip_is_gone_is_not_shown(hall: Hall):
    run = hall.run("a", "b", "c")
    (hall.media.clips / f"{run.jobs[0].id}.mp4").unlink()
    assert set(variants(hall.ballots.draw(HOST, "pair"))) == {"b", "c"}
    with pytest.raises(InvalidRequest, match="Nothing to judge"):
        hall.ballots.draw(HOST, "many")


def test_a_ballot_that_is_passed_over_comes_again_only_after_all_others(hall: Hall):
    for _ in range(2):
        hall.run("a", "b", "c")
    drawn = [hall.ballots.draw(HOST, "pair") for _ in range(12)]
    pairs = [frozenset(shown.job for shown in ballot.shown) for ballot in drawn]
    assert set(Counter(pairs[:6]).values()) == set(Counter(pairs[6:]).values()) == {1}
    assert all(len({ballot.run for ballot in drawn[n : n + 2]}) == 2 for n in range(0, 12, 2))


def test_takes_that_were_passed_over_make_room_for_others_of_their_run(hall: Hall):
    run = hall.run("a", "b", "c", "d", "e", "f", "g", "h")
    drawn = [variants(hall.ballots.draw(HOST, "many", run.id)) for _ in range(12)]
    assert Counter(variant for ballot in drawn for variant in ballot) == dict.fromkeys("abcdefgh", 9)


def test_what_a_person_was_shown_is_remembered_within_bounds(hall: Hall):
    seen, ballot = ShownBallots(), asked("pair")
    for n in range(SEEN_ALL + 1):
        seen.add(replace(ballot, owner=f"{n}"))
    for n in range(SEEN_EACH + 1):
        seen.add(replace(ballot, owner="last", run=f"r{n}"))
    assert (seen.of("0"), len(seen.of("2"))) == ([], 1)
    assert [run for run, _ in seen.of("last")] == [f"r{n}" for n in range(1, SEEN_EACH + 1)]


def test_runs_that_can_never_be_judged_hide_no_other(hall: Hall):
    old = hall.run("a", "b")
    hall.run("a", "a")
    hall.run("a", "b", image="b")
    hall.run("a", "sound.mp4")
    assert hall.ledger.runs_to_judge(HOST.id, None, 1) == [old.id]


def test_a_take_that_is_heard_is_never_judged_beside_a_silent_one(hall: Hall):
    mixed = hall.run("a", "sound.mp4", "b", "after-sound.mp4")
    pairs = set()
    for _ in range(2):
        ballot = hall.ballots.draw(HOST, "pair", mixed.id)
        hall.vote(ballot, "tie")
        pairs.add((ballot.pool, frozenset(variants(ballot))))
    heard = frozenset({"sound.mp4", "after-sound.mp4"})
    assert pairs == {("text", frozenset("ab")), ("text-sound", heard)}
    with pytest.raises(InvalidRequest):
        hall.ballots.draw(HOST, "pair", mixed.id)


def test_drawing_is_pure_and_seeded(hall: Hall):
    run = hall.run("a", "b", "c", "d")
    drawn = [draw(run.jobs, "pair", {}, [], random.Random(5)) for _ in range(2)]
    assert drawn[0] == drawn[1]


def test_a_person_judges_only_runs_they_may_see(hall: Hall):
    run = hall.run("a", "b", owner=ANN.id)
    with pytest.raises(InvalidRequest, match="no such run"):
        hall.ballots.draw(BOB, "pair", run.id)
    with pytest.raises(InvalidRequest, match="Nothing to judge"):
        hall.ballots.draw(BOB, "pair")
    assert hall.ballots.draw(ANN, "pair").run == run.id
    assert hall.ballots.draw(HOST, "pair").run == run.id


# blindness ------------------------------------------------------------------------------------------------------------


def test_the_page_is_told_nothing_that_names_a_take(hall: Hall):
    run = hall.run("a", "b", "c")
    ballot = hall.ballots.draw(HOST, "many", run.id)
    told = json.dumps(blind_value(ballot, hall.time.now()))
    names = [word for job in run.jobs for word in (job.id, job.plan.variant, job.plan.model, job.plan.label)]
    assert not [word for word in [*names, run.id, PLAN.provider, "hash", ".part"] if word in told]
    named = {f"takes/blind/{ballot.token}/{n}{kind}.mp4" for n in range(3) for kind in ("", "-playable")}
    assert set(re.findall(r"[\w/-]+\.mp4", told)) == named
    assert re.fullmatch(r"[0-9a-f]{32}", ballot.token)


def test_a_blind_value_has_all_that_a_named_one_has(hall: Hall):
    from comparisons import viewer

    run = hall.run("a", "b")
    real = replace(run, jobs=tuple(replace(job, plan=replace(job.plan, provider="apiframe")) for job in run.jobs))
    named, blind = viewer.snapshot(real, 0.0, lambda job, kind: kind), blind_value(hall.ballots.draw(HOST, "pair"), 0.0)
    assert set(named) <= set(blind)
    assert set(named["cells"][0]) <= set(blind["cells"][0])
    assert set(named["cells"][0]["clip"]) == set(blind["cells"][0]["clip"])


def test_a_blind_copy_shows_the_same_pictures_and_says_nothing_else(tmp_path: Path):
    """The original is made to tell all: in its container, in its track, and in the encoder's own words."""
    loud = tmp_path / "loud.mp4"
    telling = ["title=Provider-9", "comment=job-77", "creation_time=2026-11-21T10:00:00Z"]
    tags = [part for tag in telling for part in ("-metadata", tag)]
    track = ["-metadata:s:v:0", "handler_name=Maker-4", "-metadata:s:v:0", "language=fra"]
    remade(tiny_clip(), loud, *tags, *track)
    before = probe(loud)
    after = make_blind(loud, before, tmp_path / "blind.mp4").read_bytes()
    telltale = [b"Provider-9", b"job-77", b"Maker-4", b"x264", b"Lavf", b"Lavc", b"loud"]
    assert {word for word in telltale if word in loud.read_bytes()} >= {b"Provider-9", b"job-77", b"Maker-4", b"x264"}
    assert [word for word in telltale if word in after] == []
    assert probe(tmp_path / "blind.mp4") == before
    twin = make_blind(tiny_clip(), before, tmp_path / "twin.mp4").read_bytes()
    assert after == twin, "the same pictures from elsewhere are the same file"


def remade(clip: Path, to: Path, *arguments: str) -> None:
    assert run("-v", "error", "-y", "-i", str(clip), "-c", "copy", *arguments, str(to)).returncode == 0


def test_what_is_no_clip_is_not_handed_out_blind(tmp_path: Path):
    (tmp_path / "page.mp4").write_text("<html>")
    with pytest.raises(BrokenClip, match="without its name"):
        make_blind(tmp_path / "page.mp4", tiny(), tmp_path / "blind.mp4")
    assert not (tmp_path / "blind.mp4").exists()


def test_blind_copies_are_gone_with_their_ballot_and_at_the_next_start(hall: Hall):
    for _ in range(2):
        hall.run("a", "b", "c")
    first, second = hall.ballots.draw(HOST, "pair"), hall.ballots.draw(HOST, "pair")
    copies = [hall.ballots.clip(ballot.token, n, "") for ballot in (first, second) for n in (0, 1)]
    assert all(path is not None and path.is_file() for path in copies)
    hall.vote(first, "0")
    assert [path.is_file() for path in copies if path] == [False, False, True, True]
    hall.ballots = Ballots(hall.ledger, hall.media, hall.time.now, random.Random(1))
    assert list((hall.home / "blind").iterdir()) == []


def test_a_blind_copy_that_another_process_cleared_away_is_made_again(hall: Hall):
    hall.run("a", "b")
    ballot = hall.ballots.draw(HOST, "pair")
    path = hall.ballots.clip(ballot.token, 0, "")
    Ballots(hall.ledger, hall.media, hall.time.now, random.Random(1))
    assert path is not None
    assert not path.exists()
    assert hall.ballots.clip(ballot.token, 0, "") == path
    assert path.is_file()


# the door -------------------------------------------------------------------------------------------------------------


def test_a_blind_clip_is_handed_to_its_voter_only_and_carries_nothing_to_match_it_by(tmp_path: Path):
    playground = make(tmp_path, TAKES_PUBLIC="1")
    door = Door(playground)
    keeper = TestClient(kept(door))
    ann, bob = new_cookie(door), new_cookie(door)
    hall = Hall(tmp_path)
    who = Person(id_in(ann))
    run = hall.run("a", "b", owner=who.id)
    ballot = door.ballots.draw(who, "pair")
    path = f"{BLIND}{ballot.token}/0.mp4"
    asks = {"ann": {"cookie": ann}, "bob": {"cookie": bob}, "nobody": {}}
    asks["another site"] = {"cookie": ann, "origin": "https://elsewhere.example"}
    found = {name: keeper.get(path, headers=headers) for name, headers in asks.items()}
    codes = {name: each.status_code for name, each in found.items()}
    assert codes == {"ann": 200, "bob": 404, "nobody": 403, "another site": 403}
    part = keeper.get(path, headers={"cookie": ann, "range": "bytes=0-99", "if-range": '"x"'})
    assert set(found["ann"].headers) <= {
        "content-length",
        "content-type",
        "accept-ranges",
        "cache-control",
        "x-content-type-options",
    }
    assert found["ann"].headers["cache-control"] == "no-store"
    assert part.status_code == 200
    assert keeper.get(path, headers={"cookie": ann, "range": "bytes=0-99"}).status_code == 206
    original = keeper.get(f"{CLIPS}{run.jobs[0].id}.mp4", headers={"cookie": ann})
    assert found["ann"].content != original.content
    for wrong in (
        f"{BLIND}{ballot.token}/2.mp4",
        f"{BLIND}{'0' * 32}/0.mp4",
        f"{BLIND}..%2fledger.sqlite3",
        f"{BLIND}x",
    ):
        assert keeper.get(wrong, headers={"cookie": ann}).status_code == 404
    hall.ledger.close()
    playground.close()


def test_a_ballot_has_each_clip_as_what_it_is_and_one_that_plays_beside_it(tmp_path: Path):
    playground = make(tmp_path)
    door = Door(playground)
    keeper, hall = TestClient(kept(door), base_url="http://127.0.0.1"), Hall(tmp_path)
    hall.run("vp8.webm", "hevc.mp4", "prores.mov")
    ballot = door.ballots.draw(HOST, "many")
    types = {}
    for place, variant in enumerate(variants(ballot)):
        reply = keeper.get(f"{BLIND}{ballot.token}/{place}.mp4")
        types[variant] = reply.headers["content-type"]
        path = tmp_path / "playable.mp4"
        path.write_bytes(keeper.get(f"{BLIND}{ballot.token}/{place}-playable.mp4").content)
        info = probe(path)
        assert (info.codec, info.pixel_format, info.frames) == ("h264", "yuv420p", 24)
        assert odd_clips.numbers_of(path) == list(range(24))
    assert types == {"vp8.webm": "video/webm", "hevc.mp4": "video/mp4", "prores.mov": "video/quicktime"}
    assert len(list((tmp_path / "blind").iterdir())) == 6
    playground.media.forget_blind(ballot.token, 3)
    assert list((tmp_path / "blind").iterdir()) == []
    hall.ledger.close()
    playground.close()


# counting -------------------------------------------------------------------------------------------------------------


def test_a_vote_is_in_the_ledger_with_what_was_shown_where_and_how_long(hall: Hall):
    hall.run("a", "b")
    ballot = hall.ballots.draw(HOST, "pair")
    vote = hall.vote(ballot, "1", looked_s=12.5)
    again = Hall(hall.home).ledger
    assert again.votes() == [vote]
    assert (vote.shown, vote.verdict, vote.simulated, vote.pool) == (ballot.shown, Verdict(1, 0), True, "text")
    assert (vote.looked_s, vote.watched, vote.layout, vote.surface) == (12.5, (1.0, 1.0), LAYOUT, "page")
    assert (vote.at, vote.owner, vote.run) == (hall.time.now(), "", ballot.run)
    again.close()


def test_a_vote_stays_when_its_run_is_deleted_and_there_is_nothing_to_reveal(hall: Hall):
    run = hall.run("a", "b")
    vote = hall.vote(hall.ballots.draw(HOST, "pair"), "0")
    assert [job.id for job in hall.ballots.voted(vote).jobs] == [shown.job for shown in vote.shown]
    hall.ledger.delete_run(run.id, [], {})
    assert hall.ledger.votes() == [vote]
    assert hall.ballots.voted(vote) is None


def test_a_ballot_ends_when_its_run_is_deleted(hall: Hall):
    run = hall.run("a", "b")
    ballot = hall.ballots.draw(HOST, "pair")
    copy = hall.ballots.clip(ballot.token, 0, "")
    for job in run.jobs:
        (hall.media.clips / f"{job.id}.mp4").unlink()
    with pytest.raises(InvalidRequest, match="no such ballot"):
        hall.vote(ballot, "0")
    assert copy is not None
    assert not copy.exists()


def test_visitors_votes_are_theirs_and_the_host_sees_all(hall: Hall):
    hall.run("a", "b", owner=ANN.id)
    hall.run("a", "b", owner=BOB.id)
    votes = [hall.vote(hall.ballots.draw(who, "pair"), "0", who) for who in (ANN, BOB)]
    assert hall.ledger.votes(ANN.only) == votes[:1]
    assert hall.ledger.votes(HOST.only) == votes


def test_visitors_cast_so_many_votes_an_hour_and_of_all_the_latest_are_kept(hall: Hall):
    here, there = [Person(name * 32, client="here") for name in "ab"], Person("c" * 32, client="there")
    hall.ballots = Ballots(hall.ledger, hall.media, hall.time.now, random.Random(1), Limit(2, 3, 9))
    for who in (*here, there):
        for _ in range(3):
            hall.run("a1", "b1", owner=who.id)
    cast = [hall.vote(hall.ballots.draw(who, "pair"), "0", who) for who in (here[0], here[0], here[1], there)]
    for who in here:  # one as many as a visitor may, and both as many as may be of one address
        ballot = hall.ballots.draw(who, "pair")
        with pytest.raises(TooMuch, match="a lot of votes for one hour"):
            hall.vote(ballot, "0", who)
    hall.ledger.trim(3, 0.0, 0.0)
    assert [vote.id for vote in hall.ledger.votes()] == [vote.id for vote in cast[1:]]
    hall.ledger.trim(3, 0.0, 0.0)
    assert len(hall.ledger.votes()) == 3


FIRST = Verdict(0, 1)


def a_vote(kind: str, verdict: Verdict, *names: str, instead: Sequence[Any] = ()) -> Vote:
    """A vote on takes of these variants, each of the model that its first letter names."""
    sent = instead or [{}] * len(names)
    shown = tuple(Shown("j", name, name[0], "maker", each) for name, each in zip(names, sent, strict=True))
    return Vote("v", 0.0, "", "r", True, "text", kind, shown, verdict, 1.0, (), {})


def test_votes_say_who_beat_whom():
    vote = a_vote

    def outcomes(each: Vote, by: str = "variant") -> list[tuple[str, str, float]]:
        return [(c.first, c.second, c.score) for c in comparisons_of([each], by)]

    assert outcomes(vote("pair", Verdict(1, 0), "a1", "b1")) == [("b1", "a1", 1.0)]
    assert outcomes(vote("pair", Verdict(None, None), "a1", "b1")) == [("a1", "b1", 0.5)]
    assert [c.bad for c in comparisons_of([vote("pair", Verdict(None, None, True), "a1", "b1")], "model")] == [True]
    best_of_four = vote("many", Verdict(2, 0), "a1", "b1", "c1", "a2")
    assert outcomes(best_of_four) == [
        ("c1", "a1", 1.0), ("c1", "b1", 1.0), ("c1", "a2", 1.0), ("b1", "a1", 1.0), ("a2", "a1", 1.0),
    ]  # fmt: skip
    assert outcomes(best_of_four, "model") == [("c", "a", 1.0), ("c", "b", 1.0), ("c", "a", 1.0), ("b", "a", 1.0)]
    assert outcomes(vote("pair", Verdict(0, 1), "a1", "a2"), "model") == []


# the leaderboard ------------------------------------------------------------------------------------------------------


def test_the_board_shows_ranks_intervals_and_reasons_and_escapes_names():
    told = [Comparison(*pair, f"{n}{turn}") for n, pair in enumerate(EVEN) for turn in range(30)]
    few = Comparison("<b>c", "a", 1.0, "few")
    board, matrix = leaderboard.board([*told, few], [], "Text to video", str.upper)
    ranked = re.findall(r'<td class="rank">(.+?)</td><th scope="row">(.+?)(?:<span|</th>)', board)
    assert ranked == [("1 to 2", "A"), ("1 to 2", "B"), ("–", "&lt;B&gt;C")]
    assert "Too few votes to rank: 1 of 10." in board
    assert len(re.findall('class="takes-interval"', board)) == 2
    cell = r'<td>(?:<span class="share">(.+?)</span> <span class="of">(.+?)</span>)?</td>'
    assert re.findall(cell, matrix.split("<tbody>")[1]) == [
        ("", ""), ("50 %", "n = 60"), ("0 %", "n = 1"),
        ("50 %", "n = 60"), ("", ""), ("", ""),
        ("100 %", "n = 1"), ("", ""), ("", ""),
    ]  # fmt: skip


def test_a_board_without_votes_says_so():
    board, matrix = leaderboard.board([], [], "Text to video", str)
    assert ("No votes here yet." in board, matrix) == (True, "")


def test_a_board_of_votes_within_one_model_says_to_compare_by_variant():
    within = a_vote("pair", FIRST, "a1", "a2")
    told = [leaderboard.board([], [within] * votes, "Text to video", str)[0] for votes in (1, 3)]
    assert "The one vote here is between takes of the same model; compare by variant." in told[0]
    assert "All 3 votes here are between takes of the same model; compare by variant." in told[1]


def test_a_board_says_how_many_votes_compared_takes_of_differing_requests():
    longer = {"duration": 8}
    alike = [a_vote("pair", FIRST, "a", "b", instead=sent) for sent in ([{}, {}], [longer, longer])]
    apart = a_vote("pair", FIRST, "a", "b", instead=[{}, longer])
    older = a_vote("pair", FIRST, "a", "b", instead=[None, None])
    assert [each.alike for each in (*alike, apart, older)] == [True, True, False, None]

    def said(*votes: Vote) -> str:
        return leaderboard.board(comparisons_of(votes, "variant"), votes, "Text to video", str)[0]

    assert "not sent the same request" not in said(*alike)
    told = said(*alike, apart, older)
    assert "Of 4 votes 1 compared takes that were not sent the same request, such as 5 s beside 8 s;" in told
    assert "of 1 it was not noted whether they did." in told


def test_it_is_said_how_many_votes_ballots_and_comparisons_a_board_rests_on():
    pair, many = a_vote("pair", FIRST, "a", "b"), a_vote("many", FIRST, "a", "b", "c")
    three = [pair, pair, many]
    assert count_words([pair], comparisons_of([pair], "variant")) == "1 vote (1 ballot of two takes), 1 comparison"
    told = count_words(three, comparisons_of(three, "variant"))
    assert told == "3 votes (2 ballots of two takes, 1 ballot of more), 5 comparisons"


def test_takes_of_one_request_are_judged_before_those_that_were_sent_another(hall: Hall):
    run = hall.run("a", "b", "c")
    plans = [replace(job.plan, asked=Wanted({"duration": 6}, {}), options={"duration": 6}) for job in run.jobs]
    plans[1] = replace(plans[1], options={"duration": 8})
    jobs = [replace(job, plan=plan) for job, plan in zip(run.jobs, plans, strict=True)]
    many = {("text", jobs[place].plan.variant): 50 for place in (0, 2)}
    for seed in range(10):
        chosen = draw(jobs, "pair", many, [], random.Random(seed))
        assert {job.id for job in chosen} == {jobs[0].id, jobs[2].id}


def test_a_board_of_ties_alone_has_no_bars():
    board, _ = leaderboard.board([Comparison("a", "b", 0.5, f"{n}") for n in range(20)], [], "Text to video", str)
    assert "nothing but ties" in board
    assert "takes-interval" not in board


# refusals -------------------------------------------------------------------------------------------------------------

REFUSED: list[tuple[str, str, Any, dict[str, Any], str]] = [
    ("a clip not played", "pair", "0", {"watched": [1.0, 0.89]}, "Play Take B to its end"),
    ("too few figures", "pair", "0", {"watched": [1.0]}, "how much of each clip"),
    ("figures that are none", "pair", "0", {"watched": [1.0, math.nan]}, "no times"),
    ("no end of looking", "pair", "0", {"looked_s": math.inf}, "no times"),
    ("a time before the start", "pair", "0", {"looked_s": -1}, "no times"),
    ("a number past all floats", "pair", "0", {"looked_s": 10**400}, "no times"),
    ("more played than there is", "pair", "0", {"watched": [1.0, 10**400]}, "no times"),
    ("a year of looking", "pair", "0", {"looked_s": 3e7}, "no times"),
    ("words for a time", "pair", "0", {"looked_s": "long"}, "no times"),
    ("yes for a time", "pair", "0", {"looked_s": True}, "no times"),
    ("a take that is not there", "pair", "2", {}, "one of the two"),
    ("a number", "pair", 0, {}, "one of the two"),
    ("nothing", "pair", None, {}, "one of the two"),
    ("a pair's verdict on many", "many", "0", {}, "best and the worst"),
    ("no worst", "many", {"best": 0}, {}, "best and the worst"),
    ("a take past the last", "many", {"best": 0, "worst": 3}, {}, "best and the worst"),
    ("a negative take", "many", {"best": 0, "worst": -1}, {}, "best and the worst"),
    ("true for a take", "many", {"best": 0, "worst": True}, {}, "best and the worst"),
    ("best and worst at once", "many", {"best": 1, "worst": 1}, {}, "cannot be the worst as well"),
    ("half a pair that plays", "pair", "0", {"watched": [1.0, None]}, "press Next ballot"),
    ("one of many that plays", "many", {"best": 1, "worst": 2}, {"watched": [None, None, 1.0]}, "press Next ballot"),
    ("a take that does not play", "many", {"best": 0, "worst": 2}, {"watched": [None, 1.0, 1.0]}, "that play here"),
]


@functools.cache
def asked(kind: str) -> Ballot:
    """A ballot on clips of one second, drawn at 0."""
    count = 2 if kind == "pair" else 3
    shown = tuple(Shown(f"j{n}", f"maker:{n}", "m", "maker") for n in range(count))
    return Ballot("t", 0.0, "", "r", "A boat", True, "text", kind, shown, ("f",) * count, (tiny(),) * count)


def told(kind: str, verdict: Any, now: float = 60.0, **changes: Any) -> Vote:
    """What becomes of an answer; by default every clip was played."""
    full = {"looked_s": 30.0, "watched": [1.0] * len(asked(kind).shown), "layout": LAYOUT, **changes}
    return counted(asked(kind), answer_of(asked(kind), verdict, **full), "v", now)


@pytest.mark.parametrize(
    ("kind", "verdict", "changes", "sentence"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_a_vote_that_cannot_count_is_refused_in_a_sentence(
    kind: str, verdict: Any, changes: dict[str, Any], sentence: str
):
    with pytest.raises(InvalidRequest, match=sentence):
        told(kind, verdict, **changes)
    told(kind, "0" if kind == "pair" else {"best": 0, "worst": 1})


def test_a_vote_on_several_is_about_those_that_the_browser_could_play():
    vote = told("many", {"best": 2, "worst": 1}, watched=[None, 1.0, 1.0])
    assert [shown.job for shown in vote.shown] == ["j1", "j2"]
    assert (vote.verdict, vote.watched) == (Verdict(1, 0), (1.0, 1.0))


def test_a_refused_vote_may_be_cast_again(hall: Hall):
    hall.run("a", "b")
    ballot = hall.ballots.draw(HOST, "pair")
    with pytest.raises(InvalidRequest, match="Play Take A to its end"):
        hall.vote(ballot, "0", watched=[0.0, 1.0])
    assert hall.ledger.votes() == []
    vote = hall.vote(ballot, "0")
    assert hall.ledger.votes() == [vote]


def test_a_vote_counts_once(hall: Hall):
    hall.run("a", "b")
    ballot = hall.ballots.draw(HOST, "pair")
    hall.vote(ballot, "0")
    with pytest.raises(InvalidRequest, match="no such ballot here, or not any more"):
        hall.vote(ballot, "1")
    assert len(hall.ledger.votes()) == 1


def test_nobody_votes_on_anothers_ballot(hall: Hall):
    hall.run("a", "b", owner=ANN.id)
    ballot = hall.ballots.draw(ANN, "pair")
    for who in (BOB, HOST):
        with pytest.raises(InvalidRequest, match="no such ballot"):
            hall.vote(ballot, "0", who)
        assert hall.ballots.clip(ballot.token, 0, who.id) is None
    hall.vote(ballot, "0", ANN)


def test_a_vote_sooner_than_the_clips_could_play_does_not_count():
    with pytest.raises(InvalidRequest, match="quicker than the clips"):
        told("pair", "0", now=0.4)
    assert told("pair", "0", now=0.6).looked_s == 0.6, "nobody looks longer than the ballot is open"


def test_a_clip_is_as_long_as_the_page_can_play_it():
    """Frames by their rate; of a clip whose frames do not all last as long, its duration."""
    short, uneven = (replace(tiny(), fps=fps, frames=240, duration_s=10.0) for fps in (24.2, 30.0))
    answer = answer_of(asked("pair"), "0", 30.0, [8.926, 9.0], LAYOUT)
    assert counted(replace(asked("pair"), media=(short, uneven)), answer, "v", 60.0).watched == (8.926, 9.0)
    with pytest.raises(InvalidRequest, match="Play Take A"):
        counted(replace(asked("pair"), media=(uneven, short)), answer, "v", 60.0)


def test_nobody_watches_more_of_a_clip_than_there_is():
    assert told("pair", "0", watched=[5000, 1.0]).watched == (1.0, 1.0)


def test_a_ballot_is_over_after_an_hour(hall: Hall):
    hall.run("a", "b")
    ballot = hall.ballots.draw(HOST, "pair")
    copy = hall.ballots.clip(ballot.token, 0, "")
    hall.time.jump(OPEN_S + 1)
    assert hall.ballots.clip(ballot.token, 0, "") is None
    with pytest.raises(InvalidRequest, match="no such ballot"):
        hall.vote(ballot, "0")
    assert copy is not None
    assert not copy.exists()


def test_a_person_has_a_limited_number_of_open_ballots(hall: Hall):
    for _ in range(OPEN_EACH + 1):
        hall.run("a", "b", owner=ANN.id)
    hall.run("a", "b", owner=BOB.id)
    kept = hall.ballots.draw(BOB, "pair")
    drawn = [hall.ballots.draw(ANN, "pair") for _ in range(OPEN_EACH + 1)]
    alive = [hall.ballots.clip(drawn[n].token, 0, ANN.id) is not None for n in (0, 1, -1)]
    assert alive == [False, True, True]
    assert hall.ballots.clip(kept.token, 0, BOB.id) is not None


def test_all_people_together_have_a_limited_number_of_open_ballots(hall: Hall):
    class Guest(Person):
        def may_see(self, run: Run) -> bool:
            return True

    run = hall.run("a", "b")
    people = [Guest(f"{n:032x}") for n in range(OPEN_ALL + 1)]
    drawn = [hall.ballots.draw(who, "pair", run.id) for who in people]
    alive = [hall.ballots.clip(drawn[n].token, 0, people[n].id) is not None for n in (0, 1, -1)]
    assert alive == [False, True, True]


def test_a_new_ballot_about_a_run_ends_ones_older_ballot_about_it_and_nobody_elses(hall: Hall):
    run = hall.run("a", "b", "c", owner=ANN.id)
    others, older = hall.ballots.draw(HOST, "pair", run.id), hall.ballots.draw(ANN, "pair", run.id)
    copies = [hall.ballots.clip(others.token, 0, HOST.id), hall.ballots.clip(older.token, 0, ANN.id)]
    hall.ballots.draw(ANN, "pair", run.id)
    assert [path.is_file() for path in copies if path] == [True, False]


def test_the_copies_of_a_run_that_is_gone_do_not_outlive_the_next_call_of_anybody(hall: Hall):
    gone = hall.run("a", "b", owner=ANN.id)
    hall.run("a", "b", owner=BOB.id)
    copy = hall.ballots.clip(hall.ballots.draw(ANN, "pair").token, 0, ANN.id)
    (hall.media.clips / f"{gone.jobs[1].id}.mp4").unlink()
    hall.ballots.draw(BOB, "pair")
    assert copy is not None
    assert not copy.exists()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({**LAYOUT, "extra": "x" * 9999}, LAYOUT),
        ({"width": "wide", "height": -1, "columns": True, "mode": "x" * 21}, {}),
        ({"width": 10**9, "mode": "<b>"}, {"mode": "<b>"}),
        ("no layout", {}),
        (None, {}),
    ],
)
def test_of_a_layout_only_sizes_and_a_short_word_are_kept(said: Any, kept: dict[str, Any]):
    assert told("pair", "tie", layout=said).layout == kept
