"""Answers are cut so that every channel takes them, and nobody notices more than has to be."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import CHANNELS, Channel
from service.channels.texts import split_text

LIMITS = {"whatsapp": 4096, "messenger": 2000, "instagram": 1000}

FAMILY = "👩‍👩‍👧‍👦"
THUMB = "👍🏽"
FLAG = "🇧🇷"
SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
VISIBLE = ["a", "é", "e\u0301\u0323", "ж", "語", "😀", FAMILY, THUMB, FLAG, SCOTLAND, "क्षि", "각", "น้ำ", "❤️"]
SPACES = [" ", "  ", "\n", "\n\n", "\t", "\u00a0", ". ", "! "]
URL = "https://example.org/a/b?c=d&e=f#g"

channels = st.sampled_from(CHANNELS)
any_text = st.builds(
    lambda pieces, times: "".join(pieces) * times,
    st.lists(st.sampled_from([*VISIBLE, *SPACES, URL]) | st.text(max_size=8), max_size=30),
    st.integers(1, 80),
)


def size(channel: Channel, text: str) -> int:
    return len(text.encode()) if channel == "instagram" else len(text.encode("utf-16-le")) // 2


def without_space(text: str) -> str:
    return "".join(text.split())


def parts_when_filled_word_by_word(channel: Channel, text: str, limit: int) -> int:
    count, start, end = 1, 0, 0
    for word in re.finditer(r"\S+", text):
        if size(channel, text[start : word.end()]) > limit:
            count, start = count + 1, word.start()
        end = word.end()
    assert size(channel, text[start:end]) <= limit
    return count


@given(channels, any_text)
def test_parts_hold_everything_but_space_in_order(channel, text):
    assert without_space("".join(split_text(channel, text))) == without_space(text)


@given(channels, any_text)
def test_no_part_is_empty_or_too_long_or_padded(channel, text):
    for part in split_text(channel, text):
        assert part.strip() == part != ""
        assert size(channel, part) <= LIMITS[channel]


@given(channels, st.lists(st.sampled_from(VISIBLE), min_size=1, max_size=25), st.integers(20, 60))
def test_what_people_see_as_one_character_is_never_torn(channel, characters, times):
    # A letter between them: Indic and Hangul characters would rightly join with those before.
    characters = [character + "x" for character in characters]
    ends, position = set(), 0
    for character in characters * times:
        position += len(character)
        ends |= {position, position - 1}
    position = 0
    for part in split_text(channel, "".join(characters) * times):
        position += len(part)
        assert position in ends


@given(
    channels,
    st.lists(st.sampled_from(["a", "wort", "слово", URL, "x" * 60]), min_size=9, max_size=40),
    st.data(),
)
def test_there_are_never_more_parts_than_filling_word_by_word_takes(channel, words, data):
    spaces = data.draw(st.lists(st.sampled_from(SPACES), min_size=9, max_size=40))
    text = "".join(word + space for word, space in zip(words * 9, spaces * 9, strict=False))
    limit = 1900 if channel == "messenger" else LIMITS[channel]
    expected = parts_when_filled_word_by_word(channel, text, limit)
    assert len(split_text(channel, text)) <= expected


@given(channels, st.integers(1, 400), st.sampled_from(["", " ", "。"]), st.integers(1, 90))
def test_a_url_that_fits_a_message_is_never_cut(channel, characters, space, times):
    parts = split_text(channel, ("語" * characters + space + URL) * times)
    assert sum(part.count(URL) for part in parts) == times


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        ("whatsapp", "a" * 4096),
        ("whatsapp", "😀" * 2048),
        ("messenger", "a" * 1900),
        ("instagram", "é" * 500),
    ],
)
def test_a_text_at_the_limit_stays_whole_and_one_more_character_makes_two(channel, text):
    assert split_text(channel, text) == [text]
    assert len(split_text(channel, text + text[0])) == 2


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("text", ["", " ", "\n\n \t", "\u2003"])
def test_a_blank_text_has_no_parts(channel, text):
    assert split_text(channel, text) == []


def test_a_short_text_keeps_its_inner_space():
    assert split_text("instagram", "\n one\n\n  two \n") == ["one\n\n  two"]


def test_a_paragraph_is_the_first_choice():
    first, second = "One. Two. " * 40, "Three. Four. " * 60
    assert split_text("instagram", f"{first}\n\n{second}") == [first.strip(), second.strip()]


def test_a_sentence_end_is_the_second_choice():
    sentence = 'She said "it costs 3.50 today." '
    first, *_ = split_text("instagram", sentence * 40)
    assert first.endswith('today."')


def test_a_line_is_as_good_as_a_sentence_and_the_number_of_an_item_is_not():
    items = "".join(f"\n{number}. something of a list without an end" for number in range(10, 40))
    first, second = split_text("instagram", items)
    assert first.endswith("without an end")
    assert re.match(r"\d\d\. something", second)


def test_a_sentence_ends_without_space_in_chinese():
    first, *_ = split_text("instagram", "今天天气很好。我们去公园吧。" * 30)
    assert first.endswith("。")


def test_words_stay_whole_where_there_is_no_sentence_end():
    parts = split_text("instagram", "wordy " * 300)
    assert {word for part in parts for word in part.split()} == {"wordy"}


def test_a_paragraph_end_that_would_cost_another_message_is_passed_over():
    text = "Short.\n\n" + ("word " * 745).strip()
    first, second = split_text("messenger", text)
    assert first.startswith("Short.\n\nword")
    assert len(first) > 1800
    assert len(second) <= 1900


def test_a_word_that_is_longer_than_a_message_fills_the_rest_of_the_one_before():
    parts = split_text("instagram", "see " + "x" * 1900)
    assert [len(part) for part in parts] == [1000, 904]


def test_a_url_that_is_longer_than_a_message_is_cut():
    url = "https://example.org/" + "x" * 1500
    parts = split_text("instagram", f"See {url}")
    assert "".join(parts) == f"See{url}"
    assert len(parts) == 3


def test_a_single_character_that_no_message_holds_is_cut_all_the_same():
    parts = split_text("instagram", "e" + "\u0301" * 1200)
    assert "".join(parts) == "e" + "\u0301" * 1200


def test_flags_that_follow_each_other_are_cut_between_two():
    assert all(part == FLAG * (len(part) // 2) for part in split_text("instagram", FLAG * 300))


def test_a_very_long_text_is_split_in_time_that_grows_with_it():
    text = "Sentence number one. And another one!\n\n" * 5_000
    assert len(split_text("instagram", text)) <= -(-len(text) // 960)
