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
    ("We will respond to social media queries within 24 hours.", {IN: "PT24H"}),
    ("Acknowledge all messages within 1 hour; full reply within 24 hours.",
     {IN: "PT1H", "respond": "PT24H"}),
    ("We will aim to respond to you within 4 hours (Mon-Fri 8am-6pm) and 12 hours outside of these"
     " times.", {IN: "PT4H", OUT: "PT12H"}),
    ("Direct Messages sent on X will be read and, where needed, answered within one working day.",
     {IN: days(1)}),
    ("Where a reply is needed this should be made by the end of the next working day.",
     {IN: days(1)}),
    ("Initial response: 60 minutes", {IN: "PT1H"}),
    ("We'll acknowledge queries we can't answer straight away within 1 working day and respond"
     " fully within 10 working days.", {IN: days(1), "respond": days(10)}),
    ("We aim to get back to you the same or next working day.", {IN: days(1)}),
    ("A member of the team will contact you within 24 hours of receiving your direct message.",
     {IN: "PT24H"}),
    ("Whilst we aim to reply within two hours, at busy times this may take longer.",
     {IN: "PT2H"}),
    ("We'll send you a holding reply within 2 hours and a full answer within 2 working days.",
     {IN: "PT2H", "respond": days(2)}),
    ("Should you contact us via social media, you'll get a response within four working hours.",
     {IN: "PT4H", "four_hour_reading": "working"}),
    ("Target for first response - 4 working hours", {IN: "PT4H", "four_hour_reading": "working"}),
    ("Please allow 3 working days for a response.", {IN: days(3)}),
    ("You'll hear from us within 5 working days.", {IN: days(5)}),
    ("We may take up to 48 hours to reply.", {IN: "PT48H"}),
    ("We'll respond to your query within our published service standard of 5 working days.",
     {IN: days(5)}),
    ("Social media enquiries will be logged on the CRM and responded to in line with the corporate"
     " standard of 10 working days.", {IN: days(10)}),
    ("All queries received via social media are to be acknowledged within 1 working hour and"
     " resolved within 2 working days.",
     {IN: "PT1H", "four_hour_reading": "working", "resolve": days(2)}),
    ("Response to enquiries should be made as soon as possible and at the latest within 24 hours.",
     {IN: "PT24H"}),
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
    "Please allow at least 3 working days for a response.",
    "Managers will respond to any concerns within 5 working days.",
    "Employees are responsible for what they post, and should respond to any request to remove a"
    " post within 24 hours.",
    "Grievances will be answered within 10 working days.",
    "Staff are not expected to respond to work messages outside working hours.",
    "Councillors should not respond to residents in anger; wait 24 hours.",
    "Password resets are completed within 1 hour.",
    "Messages sent outside working hours will be responded to within 4 hours of the office"
    " reopening.",
    "Out of hours: emergency enquiries only, answered within 30 minutes by the duty officer.",
    "Comments are moderated and published within 24 hours.",
    "Customers who message after 5pm on Friday will receive a reply on Monday.",
    "Our response time is usually within a few hours.",
    "If you send us a message outside our opening hours, we'll reply when we're next open.",
    "Staff who receive an enquiry must forward it to the communications team within 1 hour.",
    "Replies on behalf of the Council should be approved within 2 hours.",
    "If we are unable to resolve your query within 5 working days we will contact you.",
    "Complaints received via social media will be directed to our complaints team, who will"
    " acknowledge within 2 working days.",
    "Subject access requests cost £10. We will reply within 40 days.",
    "The PALS team will contact you within 24 hours of your visit.",
    "Administrators must remove leavers' access within 1 working day.",
    "Anybody restricted may appeal within ten working days, and a manager will answer within five"
    " working days.",
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
    ("Normal business hours: 08:00 – 18:00 weekdays; 10:00 – 16:00 Saturdays; closed Sundays.",
     week(weekdays=[["08:00", "18:00"]], saturday=[["10:00", "16:00"]])),
    ("Office hours are 0830-1700 hrs Monday to Thursday and 0830-1630 hrs on Friday.",
     week(weekdays=[["08:30", "17:00"]], friday=[["08:30", "16:30"]])),
    ("The accounts will be monitored between 8am and 6pm during the working week.",
     week(weekdays=[["08:00", "18:00"]])),
    ("This account is not monitored outside of the hours 9-5 Monday to Friday.",
     week(weekdays=NINE_TO_FIVE)),
    ("Working hours are 9 a.m. to 5.30 p.m., Monday to Friday.",
     week(weekdays=[["09:00", "17:30"]])),
    ("We are open Monday to Friday 9am to 5pm. On Wednesdays we open at 10am.",
     week(weekdays=NINE_TO_FIVE, wednesday=[["10:00", "17:00"]])),
    ("We are open Monday to Friday 9am to 5pm. We close at 4pm on Fridays.",
     week(weekdays=NINE_TO_FIVE, friday=[["09:00", "16:00"]])),
    ("This page is not monitored 24/7 but we check it on weekdays from 9am until 5pm.",
     week(weekdays=NINE_TO_FIVE)),
    ("The account is not monitored outside office hours (9am to 5pm, Monday to Friday).",
     week(weekdays=NINE_TO_FIVE)),
    ("The Digital Team monitors channels daily from 7am to 10pm.",
     week(weekdays=[["07:00", "22:00"]], saturday=[["07:00", "22:00"]],
          sunday=[["07:00", "22:00"]])),
    ("Monitoring hours\nMonday to Thursday: 8.30am to 5pm\nFriday: 8.30am to 4.30pm\nWeekends:"
     " closed", week(weekdays=[["08:30", "17:00"]], friday=[["08:30", "16:30"]])),
    ("Our offices are open 9am - 5pm Monday to Friday. Social media is monitored from 8am - 8pm"
     " Monday to Friday.", week(weekdays=[["08:00", "20:00"]])),
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
    "Staff may use social media for personal reasons between 12 noon and 2pm, Monday to Friday.",
    "Council meetings are streamed on Facebook on Tuesdays from 6.30pm to 9pm.",
    "Live chat is available from 9am to 5pm Monday to Friday.",
    "We schedule posts for Monday to Friday at 9am and 5pm.",
]

OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("Inappropriate use must be reported to a line manager within 24 hours.",
     {"breach_report.within": "PT24H"}),
    ("The Head of Communications is responsible for approving any new corporate account.",
     {"approval.new_platform": "Head of Communications"}),
    ("Our pages are monitored on working days, excluding bank holidays.",
     {"hours.bank_holidays": "closed"}),
    ("We answer messages every day, including bank holidays.", {"hours.bank_holidays": "open"}),
    ("We keep conversations in public wherever we can.", {"public_first": True}),
    ("Replies should be given publicly where possible.", {"public_first": True}),
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
    ("We will ban users for a period of 1 month for a first offence and 3 months for a second.",
     {"restriction.longest": "P3M"}),
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
    ("This account is monitored on weekdays (excl. bank holidays).",
     {"hours.bank_holidays": "closed"}),
    ("Users who break the rules will be blocked for a minimum of 30 days.", {}),
    ("We keep a log of blocked users for 12 months.", {"retention.audit_log": "P12M"}),
    ("Blocked users can appeal within 20 working days; a reply is sent within 10 working days.",
     {"appeal.within": 20, "appeal.answer_within": 10}),
    ("The right of appeal is open for 10 working days after the decision letter.",
     {"appeal.within": 10}),
    ("Only trained and authorised users may post on behalf of the Council.",
     {"training_required": True}),
    ("Requests for new accounts should be submitted to the Communications Team for approval.",
     {"approval.new_platform": "Communications Team"}),
    ("Head of Communications – approves new accounts.",
     {"approval.new_platform": "Head of Communications"}),
    ("Account creation: must be agreed in advance with the Digital Communications Manager.",
     {"approval.new_platform": "Digital Communications Manager"}),
    ("Account holders must report suspected hacking within an hour.",
     {"breach_report.within": "PT1H"}),
    ("Mistakes should be corrected within 30 minutes.", {"remedy.within": "PT30M"}),
    ("We cannot verify who you are on social media.", {}),
    ("This is not an emergency channel.", {"emergencies": "not_here"}),
    ("Do not report emergencies here. Call 0300 555 0199, which is answered day and night.",
     {"emergencies": {"not_here": True, "phone": "0300 555 0199"}}),
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
