"""Who stays, and whose the others are."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.asanito.dedupe.rules import Person, judge, message_of

PHONE, OTHER = "09022002580", "09351234567"
CODE, CODE_2 = "0499370899", "0790419904"


def person(number: int, mobile: str | None = None, code: str | None = None, **more) -> Person:
    values = {"idd": number, "is_bound": False, "active_on": None} | more
    return Person(UUID(int=number), mobile=mobile, national_code=code, **values)


def lost(*people: Person) -> dict[int, int]:
    return {key.int: loss.winner.int for key, loss in judge(people).losses.items()}


def test_the_latest_invoice_of_a_group_wins():
    first, second, third = (
        person(1, PHONE, active_on=date(2026, 1, 1)),
        person(2, PHONE, active_on=date(2026, 3, 1)),
        person(3, PHONE),
    )
    assert lost(first, second, third) == {1: 2, 3: 2}


def test_a_tie_goes_to_the_highest_idd():
    assert lost(person(1, PHONE), person(2, PHONE)) == {1: 2}
    day = date(2026, 1, 1)
    assert lost(person(1, PHONE, active_on=day), person(2, PHONE, active_on=day)) == {1: 2}


def test_who_is_in_asanito_already_stays_whatever_came_later():
    assert lost(person(1, PHONE, is_bound=True), person(2, PHONE, active_on=date(2026, 1, 1))) == {2: 1}


def test_two_who_are_both_in_asanito_stay_and_are_told():
    found = judge([person(1, PHONE, is_bound=True), person(2, PHONE, is_bound=True)])
    assert found.losses == {}
    assert {key.int for key in found.both_bound} == {1, 2}


def test_who_may_be_in_asanito_stays_until_that_is_known():
    newer = person(2, PHONE, active_on=date(2026, 1, 1))
    assert lost(person(1, PHONE, in_doubt=True), newer) == {2: 1}
    assert lost(person(1, PHONE, in_doubt=True), person(2, PHONE, is_bound=True)) == {}


def test_the_code_is_looked_at_after_the_phone():
    # 1 loses to 2 by phone; 2 and 3 share a code: 3 stays, and 1 is 3's in the end.
    people = person(1, PHONE, CODE_2), person(2, PHONE, CODE), person(3, OTHER, CODE)
    assert lost(*people) == {1: 3, 2: 3}


def test_who_lost_by_phone_draws_nobody_along_by_code():
    # 1 loses by phone; its code is 3's as well, which therefore stays.
    assert lost(person(1, PHONE, CODE), person(2, PHONE), person(3, OTHER, CODE)) == {1: 2}


def test_a_family_with_one_phone_is_told_so():
    found = judge([person(1, PHONE, CODE), person(2, PHONE, CODE_2)])
    (loss,) = found.losses.values()
    assert loss.differs
    assert "mark it as distinct" in message_of(loss)
    assert PHONE not in message_of(loss)


values = st.sampled_from([PHONE, OTHER, None])
codes = st.sampled_from([CODE, CODE_2, None])
people = st.lists(
    st.builds(
        Person,
        key=st.uuids(),
        idd=st.integers(1, 9),
        mobile=values,
        national_code=codes,
        is_bound=st.booleans(),
        active_on=st.none() | st.dates(date(2026, 1, 1), date(2026, 1, 3)),
    ),
    unique_by=lambda one: one.key,
    max_size=12,
)


@given(people)
def test_nobody_is_a_duplicate_of_a_duplicate_and_no_bound_one_loses(present):
    found = judge(present)
    bound = {one.key for one in present if one.is_bound}
    assert not bound & set(found.losses)
    assert not {loss.winner for loss in found.losses.values()} & set(found.losses)
    assert judge(present) == found
