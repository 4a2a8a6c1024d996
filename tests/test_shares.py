"""Whoever takes however many cookies, others have their share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from comparisons import settings
from comparisons.records import HOST, Person
from comparisons.runs.visitors import HOUR_S
from comparisons.sessions import Written
from comparisons.shares import Full, Hourly, Limit, Shares, first_to_go
from comparisons.ui.door import tabs
from comparisons.ui.door.clients import Clients
from comparisons.ui.door.downloads import Downloads
from comparisons.ui.door.limits import Limits
from comparisons.ui.door.refusals import NotLetIn
from comparisons.ui.door.tabs import Tabs
from comparisons.ui.sessions import saved_plans
from comparisons.ui.sessions.saved_plans import SavedPlans

LIMIT = Limit(each=3, client=5, all=8, small=1, reserve=2)


def whose(shares: Shares, who: Person, amount: int = 1) -> str:
    """The limit that forbids it; empty if they have it now."""
    try:
        shares.take(who, amount)
    except Full as error:
        return error.whose
    return ""


def test_of_one_address_there_are_as_many_as_of_it_may_be_however_many_cookies_it_has():
    shares = Shares(LIMIT)
    here = [Person(f"{number}", client="here") for number in range(10)]
    assert [whose(shares, here[0]) for _ in range(4)] == ["", "", "", "each"]
    assert [whose(shares, each) for each in here[1:4]] == ["", "", "client"]
    shares.give_back(here[0])
    assert whose(shares, here[5]) == ""


def test_whoever_has_nothing_has_room_for_little_when_others_fill_the_rest():
    shares = Shares(LIMIT)
    for client in ("here", "there"):
        for number in range(4):
            assert whose(shares, Person(f"{client}{number}", client=client)) == ""
    assert whose(shares, Person("here9", client="here")) == "all"  # of this address there is something
    assert whose(shares, Person("new", client="elsewhere"), 2) == "all"  # and this is not little
    assert whose(shares, Person("new", client="elsewhere")) == ""
    assert whose(shares, Person("unknown")) == ""  # of whom no address is known, by cookie alone
    assert whose(shares, Person("late", client="yonder")) == "all"
    assert whose(shares, HOST, 100) == ""


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(1, 3)), max_size=40))
def test_no_order_of_coming_and_going_goes_beyond_a_limit_and_all_is_let_go(steps: list[tuple[int, int, int]]):
    shares, held = Shares(LIMIT), []
    for visitor, client, amount in steps:
        who = Person(f"{visitor}", client=f"{client}" if client else "")
        if not whose(shares, who, amount):
            held.append((who, amount))
        assert shares.total <= LIMIT.all + LIMIT.reserve
        assert all(count <= LIMIT.each for count in shares._mine.values())
        assert all(count <= LIMIT.client for count in shares._theirs.values())
        if amount == 3 and held:
            shares.give_back(*held.pop(0))
    for each in held:
        shares.give_back(*each)
    assert (shares.total, shares._mine, shares._theirs) == (0, {}, {})


def test_an_hours_share_is_of_all_and_of_an_address_too_and_passes():
    now = [0.0]
    quota = Hourly(Limit(each=10, client=15, all=30, small=2, reserve=4), lambda: now[0])
    ann, bob, eve = (Person(name, client=client) for name, client in (("a", "x"), ("b", "x"), ("e", "y")))
    quota.count(ann, 10, 2)
    assert (quota.left(ann), quota.left(bob), quota.left(eve)) == (-2, 3, 10)
    assert (quota.exceeded(ann), quota.exceeded(bob, 4), quota.exceeded(eve, 10)) == ("each", "client", None)
    quota.count(Person("f", client="z"), 20)
    assert (quota.left(bob), quota.left(eve)) == (0, 2)  # all is taken, but for what is kept for the new
    now[0] = HOUR_S + 60
    assert (quota.left(ann), quota.left(bob)) == (10, 10)


@pytest.mark.anyio
async def test_files_are_handed_out_so_many_at_a_time_and_so_much_an_hour():
    now = [0.0]
    ours = Downloads(Limits(downloads=Limit(2, 3, 9), download_bytes=Limit(100, 150, 1_000)), lambda: now[0])
    ann, bob, eve = Person("a", client="here"), Person("b", client="here"), Person("e", client="there")

    async def taken(message: Message) -> None:
        return None

    with ours.one(ann), ours.one(ann), ours.one(bob) as counted:
        for who, words in ((ann, "loading a lot"), (bob, "shares your internet address")):
            with pytest.raises(NotLetIn, match=words) as refusal, ours.one(who):
                pass
            assert refusal.value.status == 429
        with ours.one(eve), ours.one(HOST), ours.one(HOST), ours.one(HOST):
            await counted(taken)({"type": "http.response.body", "body": b" " * 100})
    with pytest.raises(NotLetIn, match="a lot of clips for one hour"), ours.one(bob):
        pass
    with ours.one(ann) as counted:
        await counted(taken)({"type": "http.response.body", "body": b" " * 50})
    with pytest.raises(NotLetIn, match="shares your internet address"), ours.one(ann):
        pass
    now[0] = HOUR_S + 60
    with ours.one(ann), ours.one(bob):
        pass


# whose the names of pages are -----------------------------------------------------------------------------------------


def test_names_of_pages_are_let_go_when_nobody_uses_them_or_one_address_has_too_many():
    now = [0.0]
    ours = Tabs(lambda: now[0])
    old, honest = Person("old"), Person("honest", client="there")
    assert ours.claim("of old", old)
    assert not ours.claim("of old", honest)
    now[0] = tabs.UNSEEN_S + 1
    assert ours.claim("page", honest)
    assert (ours.of("old"), ours.dropped()) == ([], ["of old"])
    for number in range(tabs.VISITORS + 10):
        assert ours.claim(f"made up {number}", Person(f"{number}", client="here"))
    assert ours.of("honest") == ["page"]
    assert ours.owner("page") == honest
    assert len(ours.dropped()) == 11
    assert len(ours._owner) == len(ours._known) == tabs.VISITORS


def test_whoever_makes_up_visitors_lets_go_of_what_is_theirs():
    assert first_to_go({1: "there", 2: "here", 3: "here"}) == 2
    assert first_to_go({1: "", 2: "there", 3: "here", 4: ""}) == 1
    plans, honest = SavedPlans(), Person("honest", client="there")
    written = Written(None, "", Path())
    name = plans.keep(honest, written)
    made_up = [plans.keep(Person(f"{number}", client="here"), written) for number in range(saved_plans.KEPT + 5)]
    assert plans.find(honest, name) is written
    assert plans.find(Person("0"), made_up[0]) is None
    assert len(plans._of) == len(plans._clients) == saved_plans.KEPT


# where they come from -------------------------------------------------------------------------------------------------


def came(proxies: int | None, peer: str, *forwarded: str, direct: bool = False) -> str:
    told = replace(settings.read({"TAKES_PUBLIC": "1"}, Path("no.env")), proxies=proxies, direct=direct)
    headers = [(b"x-forwarded-for", each.encode("latin-1")) for each in forwarded]
    return Clients(told).of(Request({"type": "http", "headers": headers, "client": (peer, 5) if peer else None}))


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "direct", "client"),
    [
        (1, "127.0.0.1", ["198.51.100.7"], False, "198.51.100.7"),
        (1, "127.0.0.1", ["1.1.1.1, 2.2.2.2", "198.51.100.7"], False, "198.51.100.7"),  # theirs is the last
        (2, "127.0.0.1", ["1.1.1.1, 198.51.100.7, 10.0.0.3"], False, "198.51.100.7"),
        (2, "127.0.0.1", ["198.51.100.7"], False, ""),
        (1, "127.0.0.1", [], False, ""),
        (1, "127.0.0.1", ["unknown"], False, ""),
        (1, "127.0.0.1", ["198.51.100.7:4711"], False, "198.51.100.7"),
        (1, "127.0.0.1", ["[2001:db8:1:2:3:4:5:6]:4711"], False, "2001:db8:1:2::/64"),
        (1, "127.0.0.1", ["2001:db8:1:2::ffff"], False, "2001:db8:1:2::/64"),
        (1, "127.0.0.1", ["::ffff:198.51.100.7"], False, "198.51.100.7"),
        (1, "127.0.0.1", ["fe80::1%eth0"], False, "fe80::/64"),
        (0, "10.0.0.9", ["198.51.100.7"], False, "10.0.0.9"),
        (None, "8.8.8.8", ["198.51.100.7"], True, "8.8.8.8"),
        (None, "172.17.0.1", [], True, ""),  # a container's gateway, or a proxy beside it
        (None, "127.0.0.1", ["198.51.100.7"], True, ""),
        (None, "8.8.8.8", [], False, ""),  # something stands between, and nobody says what
        (None, "", [], True, ""),
    ],
)  # fmt: skip
def test_an_address_is_believed_where_no_visitor_can_have_written_it(
    proxies: int | None, peer: str, forwarded: list[str], direct: bool, client: str
):
    assert came(proxies, peer, *forwarded, direct=direct) == client
