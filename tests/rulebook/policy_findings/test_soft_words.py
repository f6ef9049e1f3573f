"""Nothing soft becomes a number, whatever the words around it; quotes stand where they say."""

import string

from hypothesis import given
from hypothesis import strategies as st

from glede.rulebook.policy import registry
from tests.rulebook.policy_findings.outlines import found, outline

_ADVERBS = "soon quickly promptly swiftly early speedily rapidly fast reasonably readily shortly"
ADVERBS = st.sampled_from(_ADVERBS.split())
PEOPLE = st.sampled_from(["We", "Our team", "Staff", "The communications team", "Advisors"])
VERBS = st.sampled_from(["reply to", "respond to", "answer", "acknowledge", "resolve", "deal with"])
THINGS = st.sampled_from(
    ["messages", "comments", "enquiries", "all posts", "tweets from customers", "questions"]
)
ENDS = st.sampled_from(
    ["possible", "practicable", "we can", "they are able", "reasonably possible"]
)
HOW = st.one_of(
    st.builds("as {} as {}".format, ADVERBS, ENDS),
    ADVERBS,
    st.sampled_from(
        ["in a timely manner", "without delay", "in due course", "within a reasonable time"]
    ),
)
TIMES = ("acknowledge.in_hours", "acknowledge.out_of_hours", "respond", "resolve", "four_hour")


@given(PEOPLE, VERBS, THINGS, HOW)
def test_a_soft_sentence_never_yields_a_number(who: str, does: str, what: str, how: str) -> None:
    sentence = f"{who} will {does} {what} {how}."

    findings = found(sentence)

    assert [rule.key for rule in findings.rules if rule.key.startswith(TIMES)] == []


@given(PEOPLE, VERBS, THINGS, st.builds("as {} as {}".format, ADVERBS, ENDS))
def test_a_soft_sentence_is_flagged(who: str, does: str, what: str, how: str) -> None:
    flags = [flag.kind for flag in found(f"{who} will {does} {what} {how}.").flags]

    softly = {"soon", "quickly", "promptly", "swiftly", "fast", "rapidly", "speedily", "early"}
    if how.split()[1] in softly and does != "deal with":
        assert "soft_promise" in flags


_WORDS = (
    "we reply respond within 4 24 hours working days day messages out of office closed monday to"
    " friday 9am 5pm the policy is reviewed every appeal six months kept for private not cannot"
    " . , ; : – | • \n emergency call 01632 960001 complaints approved by Head Manager new account"
    " training identity as soon possible [insert name] Data Protection Act 1998 2 3 - /"
)
WORDS = st.sampled_from(_WORDS.split(" "))
TEXTS = st.one_of(
    st.lists(WORDS, max_size=40).map(" ".join),
    st.text(string.printable, max_size=200),
    st.text(max_size=120),
)


@given(st.lists(TEXTS, min_size=1, max_size=3), TEXTS)
def test_whatever_the_words_every_quote_stands_in_its_clause(
    texts: list[str], heading: str
) -> None:
    given_ = outline(*texts, heading=heading)
    clauses = {clause.number: clause.text for clause in given_.clauses}

    findings = found(*texts, heading=heading)

    for rule in findings.rules:
        registry.check(rule.key, rule.value)
        assert rule.quote in clauses[rule.clause]
    for flag in findings.flags:
        if flag.clause:
            assert flag.quote in clauses[flag.clause]
    for gap in findings.gaps:
        if gap.assumed is not None:
            registry.check(gap.key, gap.assumed)
    assert len({rule.key for rule in findings.rules}) == len(findings.rules)
