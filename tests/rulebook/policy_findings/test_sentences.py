"""What one sentence promises, and what only looks like a promise."""

from typing import Any

import pytest

from glede.rulebook.policy import registry
from tests.rulebook.policy_findings.outlines import found, rules

IN, OUT = "acknowledge.in_hours", "acknowledge.out_of_hours"


def days(number: int) -> dict[str, int]:
    return {"working_days": number}


PROMISES: list[tuple[str, dict[str, Any]]] = [
    ("We will reply to all messages within 4 hours.", {IN: "PT4H"}),
    ("We aim to respond within four hours of your message.", {IN: "PT4H"}),
    ("Comments will be answered within four (4) hours.", {IN: "PT4H"}),
    ("We aim to answer tweets within 24hrs.", {IN: "PT24H"}),
    ("We aim to respond to all enquiries within 1 working day.", {IN: days(1)}),
    ("You can expect a reply by the next working day.", {IN: days(1)}),
    ("We will get back to you within 48 hours.", {IN: "PT48H"}),
    ("We aim to reply to direct messages within 2 to 3 working days.", {IN: days(3)}),
    ("Please allow up to 2 working days for a response to your comment.", {IN: days(2)}),
    ("It may take up to 2 working days for us to respond to your message.", {IN: days(2)}),
    ("We will respond to your message in no more than 24 hours.", {IN: "PT24H"}),
    ("Enquiries will receive a reply within one (1) business day.", {IN: days(1)}),
    ("We'll be in touch within 30 minutes of your message.", {IN: "PT30M"}),
    ("We respond to most questions within an hour.", {IN: "PT1H"}),
    ("Our target response time on Facebook is 2 hours.", {IN: "PT2H"}),
    ("Response time: 24 hours.", {IN: "PT24H"}),
    ("The team has a 4-hour response target for social media.", {IN: "PT4H"}),
    ("Within 24 hours we will reply to every message sent to our page.", {IN: "PT24H"}),
    ("Staff who manage accounts must reply to customers within 1 working day.", {IN: days(1)}),
    ("The Communications Team will respond to posts within two working days.", {IN: days(2)}),
    ("All enquiries must be acknowledged within one working day.", {IN: days(1)}),
    ("We endeavour to reply to all messages within 48 hours, Monday to Friday.", {IN: "PT48H"}),
    ("Although we cannot promise it, we aim to reply within 4 hours.", {IN: "PT4H"}),
    ("We are unable to reply to every comment, but we aim to respond to questions within 4 hours.",
     {IN: "PT4H"}),
    ("We aim to respond to complaints, comments and enquiries within one working day.",
     {IN: days(1)}),
    ("We will pass your enquiry to the right service, who will respond within 3 working days.",
     {IN: days(3)}),
    ("We aim to respond or redirect your query within 1 working day.", {IN: days(1)}),
    ("We aim to reply to emails within 5 working days and social media messages within 1 working"
     " day.", {IN: days(1)}),
    ("We will acknowledge your message within 4 hours and send a full reply within 5 working days.",
     {IN: "PT4H", "respond": days(5)}),
    ("Messages are acknowledged within 1 working day and answered within 10 working days.",
     {IN: days(1), "respond": days(10)}),
    ("We will provide a full response within 5 working days.", {"respond": days(5)}),
    ("We reply within 4 working hours.", {IN: "PT4H", "four_hour_reading": "working"}),
    ("We will reply within 4 hours during office hours and within 12 hours at other times.",
     {IN: "PT4H", OUT: "PT12H"}),
    ("During office hours we reply within 2 hours and out of hours within 12 hours.",
     {IN: "PT2H", OUT: "PT12H"}),
    ("Messages received outside these hours will be answered on the next working day.",
     {OUT: days(1)}),
    ("Messages received outside of office hours will be dealt with the next working day.",
     {OUT: days(1)}),
    ("Out of hours, we will respond within 12 hours.", {OUT: "PT12H"}),
    ("Tweets sent at weekends will be picked up on the next working day.", {OUT: days(1)}),
    ("If you contact us in the evening or at the weekend we will reply within 24 hours.",
     {OUT: "PT24H"}),
    ("Posts made after 5pm will be responded to on the following working day.", {OUT: days(1)}),
    ("We aim to resolve all enquiries the same day.", {"resolve": "same_day"}),
    ("We will resolve your enquiry within 5 working days.", {"resolve": days(5)}),
    ("We reply to every message on the same working day.", {IN: "same_day"}),
    ("All comments are answered by close of business.", {IN: "same_day"}),
    ("Where we cannot settle it at once we will agree a timescale with you.",
     {"resolve.or_agree_timescale": True}),
    ("We will agree with the customer a realistic date.", {}),
    ("We will agree a realistic date with the customer.", {"resolve.or_agree_timescale": True}),
    ("Facebook | 4 hours", {}),
    ("Response times\nFacebook | Response time | 4 hours", {IN: "PT4H"}),
    ("Channel | Response time\nFacebook | 4 hours\nEmail | 5 working days", {IN: "PT4H"}),
    ("Channel | We reply within\nDirect message | 1 working day", {IN: days(1)}),
    ("We aim to respond:\n- within 4 hours on Facebook\n- within 4 hours on Instagram",
     {IN: "PT4H"}),
]  # fmt: skip

NO_PROMISE = [
    "We aim to reply as soon as possible.",
    "We respond promptly to all comments.",
    "We will answer as quickly as possible.",
    "Our team will get back to you shortly.",
    "We cannot guarantee a reply within 4 hours.",
    "We do not reply within 24 hours at weekends.",
    "We're not able to respond within 4 hours.",
    "We won't be able to answer every message within 1 working day.",
    "There is no guarantee that we will reply within 24 hours.",
    "If you have not received a reply within 2 working days, please let us know.",
    "If you haven't heard from us within 5 days, contact us again.",
    "Stage 1 complaints will be responded to within 10 working days.",
    "We acknowledge complaints within 5 working days.",
    "Your complaint will be answered within 10 working days under our complaints procedure.",
    "Any deviation from this policy must be reported to your line manager within 24 hours.",
    "Staff must report a breach of this policy within 24 hours.",
    "Freedom of Information requests will be answered within 20 working days.",
    "Subject access requests are answered within one month.",
    "We will respond to your information request within 20 working days.",
    "Passwords must be changed every 90 days.",
    "Access will be removed within 24 hours of a member of staff leaving.",
    "Direct messages are deleted after 12 months.",
    "You may appeal within 20 working days.",
    "We will respond to your appeal within 10 working days.",
    "The policy will be reviewed every 12 months.",
    "Offensive comments will be removed within 24 hours.",
    "You must respond within 5 days or your comment will be removed.",
    "The poster has 5 days to reply to us.",
    "Emergency repairs are attended within 4 hours.",
    "Call our 24-hour emergency line.",
    "We answer calls within 20 seconds and letters within 10 working days.",
    "We aim to answer emails within 5 working days.",
    "Press enquiries will be answered within 2 hours.",
    "Managers should respond to training requests within 5 working days.",
    "We publish at least one post every 24 hours.",
    "Accounts should be checked every 2 hours.",
    "We respond to most tweets more than 24 hours later.",
    "Last year we answered 90% of messages within 4 hours.",
    "Business cases are decided within 10 working days.",
    "The ICO must be told of a data breach within 72 hours.",
    "Please respond to this survey within 2 weeks.",
    "Staff may look at their own accounts for up to 30 minutes a day.",
    "Content must be approved at least 24 hours before it is posted.",
    "Users who break these rules will be blocked for 30 days.",
    "The moderator will review blocked users within 6 months.",
    "You will receive an automatic reply within 2 minutes.",
    "Requests from the communications team must be answered within 1 hour.",
    "Respond to the communications team within 4 hours.",
    "Councillors' enquiries are answered within 5 working days.",
    "The out-of-hours team responds to gas leaks and incidents within 2 hours.",
    "The average lifespan of a tweet is 18 minutes.",
    "We post three times a day and answer questions live.",
    "Tag us and wait at least 2 hours before you write again.",
    "Suppliers have 10 working days to respond to the tender.",
    "Consent forms are valid for two years.",
]

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday")
NINE_TO_FIVE = [["09:00", "17:00"]]


def week(*, saturday: Any = (), sunday: Any = (), **given: Any) -> dict[str, Any]:
    hours = {day: given.get(day, given.get("weekdays")) for day in WEEK}
    hours |= {"saturday": list(saturday), "sunday": list(sunday)}
    return {f"hours.{day}": spans for day, spans in hours.items()}


HOURS: list[tuple[str, dict[str, Any]]] = [
    ("Our accounts are monitored Monday to Friday, 9am to 5pm.", week(weekdays=NINE_TO_FIVE)),
    ("We monitor social media Mon-Fri 0900-1700.", week(weekdays=NINE_TO_FIVE)),
    ("We reply to messages on weekdays, 9-5.", week(weekdays=NINE_TO_FIVE)),
    ("Our pages are staffed between 9am and 5pm, Monday to Friday.", week(weekdays=NINE_TO_FIVE)),
    ("We answer tweets 9:00 - 17:30, Monday to Friday.", week(weekdays=[["09:00", "17:30"]])),
    ("Our channels are monitored Mon–Thu 8.45am–5.15pm, Fri 8.45am–4.45pm.",
     week(weekdays=[["08:45", "17:15"]], friday=[["08:45", "16:45"]])),
    ("We respond Monday to Friday, 9am to 5pm (4.30pm on Fridays).",
     week(weekdays=NINE_TO_FIVE, friday=[["09:00", "16:30"]])),
    ("We are here to answer messages Monday to Friday 9am to 5pm, but closed on Wednesdays until"
     " 10am.", week(weekdays=NINE_TO_FIVE, wednesday=[["10:00", "17:00"]])),
    ("Our Facebook page is monitored 8am to 8pm seven days a week.",
     week(weekdays=[["08:00", "20:00"]], saturday=[["08:00", "20:00"]],
          sunday=[["08:00", "20:00"]])),
    ("We monitor our social media accounts 24 hours a day, seven days a week.",
     week(weekdays=[["00:00", "24:00"]], saturday=[["00:00", "24:00"]],
          sunday=[["00:00", "24:00"]])),
    ("Messages are answered Monday to Friday 8am to 6pm and 9am to noon on Saturdays.",
     week(weekdays=[["08:00", "18:00"]], saturday=[["09:00", "12:00"]])),
    ("We reply Monday to Friday 9am to 12.30pm and 1.30pm to 5pm to messages.",
     week(weekdays=[["09:00", "12:30"], ["13:30", "17:00"]])),
    ("Our social media is monitored from Monday to Friday 8am to midnight.",
     week(weekdays=[["08:00", "24:00"]])),
    ("Office hours are Monday to Thursday 8.30am to 5pm and Friday 8.30am to 4pm; closed Saturday"
     " and Sunday.", week(weekdays=[["08:30", "17:00"]], friday=[["08:30", "16:00"]])),
    ("Working hours are 9 a.m. to 5.30 p.m., Monday to Friday.",
     week(weekdays=[["09:00", "17:30"]])),
]  # fmt: skip

NO_HOURS = [
    "Our phone lines are open Monday to Friday, 8am to 6pm.",
    "In an emergency call 01234 567890, 24 hours a day, seven days a week.",
    "We are not open 24/7.",
    "Our social media channels are not monitored 24 hours a day, seven days a week.",
    "The best time to post is Monday to Friday, 9am to 11am.",
    "Our contact centre is open Monday to Friday, 8am to 6pm.",
    "The library is open Monday to Saturday, 9am to 5pm.",
    "Training takes place on Tuesday from 10am to 12 noon.",
    "Call us on 01494 476100 Monday to Friday, 9am to 5pm.",
    "Our helpline is available 24/7.",
    "Staff may look at their own accounts Monday to Friday between 12pm and 2pm during lunch.",
    "The 2018 - 2020 strategy was approved on Monday.",
    "The emergency repairs line is staffed 24 hours a day.",
    "We schedule posts for Monday to Friday at 9am and 5pm.",
]

OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("Our pages are monitored on working days, excluding bank holidays.",
     {"hours.bank_holidays": "closed"}),
    ("We answer messages every day, including bank holidays.", {"hours.bank_holidays": "open"}),
    ("We keep conversations in public wherever we can.", {"public_first": True}),
    ("Replies should be given publicly where possible.", {}),
    ("We will reply publicly where possible.", {"public_first": True}),
    ("Do not discuss anybody's case in public.", {}),
    ("If personal details are needed we will ask you to send us a direct message.",
     {"private_when": ["data_protection"]}),
    ("Where an enquiry is complex or the customer asks, staff may move the conversation to private"
     " message.", {"private_when": ["complex", "customer_asks"]}),
    ("Safeguarding concerns must be taken offline and moved to a private message.",
     {"private_when": ["safety"]}),
    ("Replies are signed with the first name of the advisor.", {"sign_off": True}),
    ("Staff should sign off their replies with their initials.", {"sign_off": True}),
    ("Campaigns must be signed off by the Head of Communications.",
     {"approval.campaigns": "Head of Communications"}),
    ("We will confirm your identity before we discuss your account.", {"identity_check": True}),
    ("You may be asked security questions.", {"identity_check": True}),
    ("Journalists should show proof of identity when asked.", {}),
    ("Please do not report emergencies here.", {"emergencies": "not_here"}),
    ("Do not use social media to report an emergency; call 01234 567890.",
     {"emergencies": {"not_here": True, "phone": "01234 567890"}}),
    ("In an emergency, always dial 999.", {"emergencies": {"not_here": True, "phone": "999"}}),
    ("We use social media to keep people informed in an emergency.", {}),
    ("Only trained staff who have completed the training may post.", {"training_required": True}),
    ("All account holders must complete social media training before they post.",
     {"training_required": True}),
    ("Training may be offered on request.", {}),
    ("Access to accounts must be approved by the Digital Manager.",
     {"login_approval": "Digital Manager"}),
    ("Where approved, staff are given a log in.", {"login_approval": True}),
    ("New accounts must be approved by the Head of Communications.",
     {"approval.new_platform": "Head of Communications"}),
    ("The Communications Manager approves all new social media accounts.",
     {"approval.new_platform": "Communications Manager"}),
    ("Paid advertising must be authorised by the Marketing Manager.",
     {"approval.paid_advertising": "Marketing Manager"}),
    ("This policy will be reviewed annually.", {"review.period": 12}),
    ("The policy is reviewed every two years.", {"review.period": 24}),
    ("This policy will be reviewed every 3 years or sooner if the law changes.",
     {"review.period": 36}),
    ("A restriction will normally last six months.", {"restriction.longest": "P6M"}),
    ("Users may be banned for up to 12 months.", {"restriction.longest": "P12M"}),
    ("Every restriction is reviewed after six months.", {"restriction.review": "P6M"}),
    ("You have 20 working days to appeal.", {"appeal.within": 20}),
    ("You may appeal within 28 days of our letter.", {"appeal.within": "P28D"}),
    ("We will consider your appeal and reply within 10 working days.",
     {"appeal.answer_within": 10}),
    ("Employees may appeal against disciplinary action within 5 working days.", {}),
    ("Private messages are kept for 24 months.", {"retention.private_messages": "P24M"}),
    ("Records are kept for six years.", {"retention.records": "P6Y"}),
    ("Public comments are deleted after 12 months.", {"retention.public_comments": "P12M"}),
    ("Photographs will be retained for three years.", {"retention.images": "P3Y"}),
    ("Social media messages are retained indefinitely.", {"retention.messages": "for_ever"}),
    ("Content must be kept up to date.", {}),
    ("Any deviation from this policy must be reported within 24 hours.",
     {"breach_report.within": "PT24H"}),
    ("Deviations must be remedied within 5 days.", {"remedy.within": "P5D"}),
    ("Incidents must be reported to the IT team within 2 hours.",
     {"breach_report.within": "PT2H"}),
    ("A personal data breach is reported to the ICO within 72 hours.", {}),
    ("Extra rules hold for the six weeks before an election.",
     {"pre_election": "Extra rules hold for the six weeks before an election"}),
    ("Automated acknowledgements are made to all messages.",
     {"acknowledge.automatic": "all_messages"}),
    ("An automatic reply is sent to direct messages out of hours.",
     {"acknowledge.automatic": "private_only"}),
    ("We do not use automatic replies.", {"acknowledge.automatic": "none"}),
    ("Set an automatic out of office message on your email.", {}),
]  # fmt: skip

EVERY = [*PROMISES, *HOURS, *OTHERS, *((text, {}) for text in [*NO_PROMISE, *NO_HOURS])]


def promised(text: str) -> dict[str, Any]:
    times = (IN, OUT, "respond", "resolve", "resolve.or_agree_timescale", "four_hour_reading")
    return {key: value for key, value in rules(text).items() if key in times}


@pytest.mark.parametrize(("text", "expected"), PROMISES)
def test_a_promise_with_a_number_is_read(text: str, expected: dict[str, Any]) -> None:
    assert promised(text) == expected


@pytest.mark.parametrize("text", NO_PROMISE)
def test_what_only_looks_like_a_promise_is_none(text: str) -> None:
    assert promised(text) == {}


@pytest.mark.parametrize(("text", "expected"), HOURS)
def test_the_hours_of_the_desk_are_read(text: str, expected: dict[str, Any]) -> None:
    read = {key: value for key, value in rules(text).items() if key.startswith("hours.")}

    assert read == expected


@pytest.mark.parametrize("text", NO_HOURS)
def test_hours_of_something_else_are_not_the_desks(text: str) -> None:
    assert [key for key in rules(text) if key.startswith("hours.")] == []


@pytest.mark.parametrize(("text", "expected"), OTHERS)
def test_the_other_rules_are_read(text: str, expected: dict[str, Any]) -> None:
    assert rules(text) == expected


@pytest.mark.parametrize(("text", "_expected"), EVERY)
def test_a_rule_fits_its_kind_and_its_quote_stands_in_its_clause(
    text: str, _expected: dict[str, Any]
) -> None:
    for rule in found(text).rules:
        registry.check(rule.key, rule.value)
        assert rule.quote
        assert rule.quote in text
