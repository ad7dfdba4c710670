"""Each fault of the sandbox's Asanito, seen from outside: what the client gets, and whether it happened."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.sandbox.asanito.client import Client, person

pytestmark = pytest.mark.servers


@pytest.fixture
def client(gym):
    with Client(gym) as logged_in:
        logged_in.log_in(gym)
        yield logged_in


def made(gym):
    return len(gym.books()["contacts"])


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 429, 500, 502, 503])
def test_a_status_instead_of_the_effect(gym, client, status):
    gym.fault("Person/addLean", "reply", status=status, text="بعداً", retry_after="3")
    answer = client.call("POST", "Person/addLean", person())
    assert (answer.status_code, answer.headers["Retry-After"], made(gym)) == (status, "3", 0)
    assert client.call("POST", "Person/addLean", person()).status_code == 200


@pytest.mark.parametrize(("kind", "count"), [("reset_before", 0), ("reset_after", 1)])
def test_a_reset_before_or_after_the_effect(gym, client, kind, count):
    gym.fault("Person/addLean", kind)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client.call("POST", "Person/addLean", person())
    assert made(gym) == count
    assert bool(gym.requests("Person/addLean")[0]["effect"]) == bool(count)


@pytest.mark.parametrize(("kind", "count"), [("stall", 0), ("stall_after", 1)])
def test_a_silence_before_or_after_the_effect(gym, client, kind, count):
    gym.fault("Person/addLean", kind)
    client.timeout = httpx.Timeout(0.3)
    with pytest.raises(httpx.ReadTimeout):
        client.call("POST", "Person/addLean", person())
    assert made(gym) == count


def test_a_gateway_error_after_the_effect(gym, client):
    gym.fault("Person/addLean", "reply_after", status=504)
    assert client.call("POST", "Person/addLean", person()).status_code == 504
    assert made(gym) == 1


def test_a_success_without_an_id(gym, client):
    gym.fault("Person/addLean", "no_id")
    answer = client.call("POST", "Person/addLean", person())
    assert (answer.status_code, "id" in answer.json(), answer.json()["genderId"], made(gym)) == (200, False, 2, 1)


def test_a_success_with_an_error_inside(gym, client):
    gym.fault("Person/addLean", "error", text="خطا")
    answer = client.call("POST", "Person/addLean", person())
    assert (answer.status_code, answer.json()["error"], made(gym)) == (200, "خطا", 0)


def test_an_answer_that_is_no_json_and_one_that_is_nothing(gym, client):
    gym.fault("Person/addLean", "garbage")
    gym.fault("Person/addLean", "empty", nth=2)
    assert client.call("POST", "Person/addLean", person()).text.startswith("<!DOCTYPE html>")
    assert client.call("POST", "Person/addLean", person()).status_code == 204
    assert made(gym) == 2


def test_a_token_that_expires_at_the_third_call(gym, client):
    gym.fault("*", "expire", nth=3)
    codes = [client.call("GET", "User/getUserByToken").status_code for _ in range(4)]
    assert codes == [200, 200, 401, 401]
    client.log_in(gym)
    assert client.call("GET", "User/getUserByToken").status_code == 200


def test_a_fault_waits_for_what_it_matches(gym, client):
    gym.fault("Person/addLean", "reply", status=500, match="رضایی")
    assert client.call("POST", "Person/addLean", person()).status_code == 200
    assert client.call("POST", "Person/addLean", person(lastName="رضایی")).status_code == 500


def test_a_delay_and_a_general_slowness(gym, client):
    gym.fault("User/getUserByToken", "delay", seconds=0.2)
    begun = time.monotonic()
    client.call("GET", "User/getUserByToken")
    assert time.monotonic() - begun >= 0.2
    gym.change(latency_seconds=0.2)
    begun = time.monotonic()
    client.call("GET", "User/getUserByToken")
    assert time.monotonic() - begun >= 0.2


def test_more_calls_in_a_second_than_allowed_are_refused(gym, client):
    gym.change(calls_per_second=3)
    answers = [client.call("GET", "User/getUserByToken") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "1"


def test_the_same_weather_strikes_the_same_calls(gym, client):
    def struck(seed):
        gym.forget_requests()
        gym.weather(0.4, seed=seed, kinds=["reply", "no_id", "empty"], operations=["Person/addLean"])
        for _ in range(25):
            client.call("POST", "Person/addLean", person())
        return [(one["fault"], one["status"]) for one in gym.requests("Person/addLean")]

    assert struck(5) == struck(5) != struck(6)
    gym.weather(0)
    assert client.call("POST", "Person/addLean", person()).status_code == 200


def test_weather_ends_after_its_limit(gym, client):
    gym.weather(1.0, kinds=["reply"], limit=2)
    codes = [client.call("GET", "User/getUserByToken").status_code == 200 for _ in range(4)]
    assert codes == [False, False, True, True]


def test_the_target_can_be_down_and_come_back_on_its_port(gym, client):
    gym.system("asanito", up=False)
    with pytest.raises((httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError)):
        client.call("GET", "User/getUserByToken")
    with pytest.raises(httpx.ConnectError):
        client.call("GET", "User/getUserByToken")
    gym.system("asanito", up=True)
    assert client.call("GET", "User/getUserByToken").status_code == 200


def test_counters_and_effects_are_told(gym, client):
    gym.forget_requests()
    client.call("POST", "Person/addLean", person())
    client.call("POST", "Person/addLean", person(genderID=9))
    counters = gym.state()["counters"]["Person/addLean"]
    assert counters == {"calls": 2, "200": 1, "400": 1, "effects": 1}
    assert [one["effect"] for one in gym.writes()] == [["person added 10001"]]
