# SPDX-License-Identifier: Apache-2.0
"""What the scenarios of the regulations say to a town: one step after the other, and how the duties of a matter stand then at every side.

`stand` reads the duties of a matter once at each agency and compares all that is asked of it: state, light, due time, who still owes. What the
agencies say of one obligation is compared whole, so that two that agree on the words of a test and not on when it was met are found out.
"""

from agency import until

VERDICT = ("duty", "debtors", "addressees", "start_at", "due_text", "state", "light", "owing", "met_at", "met_by", "procedure")


def day(text):
    """`day("10-09")` is the last on-time second of that day, `day("10-09 12:00")` an instant."""
    date, _, time = text.partition(" ")
    date = date if date.count("-") == 2 else f"2025-{date}"
    time = time or "23:59:59"
    return f"{date}T{time if time.count(':') == 2 else time + ':00'}+08:00"


def due(duty):
    """The due time as one reads it; None: there is none."""
    return duty.get("due_text") or None


def key(duty):
    return duty["duty"], duty["opened_by"]


def seen(agency, matter):
    """Everything that is or was owed in a matter."""
    return {key(duty): duty for duty in agency.duties("--closed", matter=matter)}


def pick(duties, name):
    """`name` is the id of a duty, or of a duty and of the statement that opened it, where several did."""
    found = [duties[name]] if name in duties else [duty for duty in duties.values() if duty["duty"] == name]
    assert len(found) <= 1, (name, [duty["opened_by_kind"] for duty in found])
    return found[0] if found else None


def tell(duty):
    return None if duty is None else (duty["state"], duty["light"], due(duty), tuple(sorted(duty.get("owing", []))))


def stand(agencies, matter, duties):
    """Waits until each of `duties` (name: state, light, due time, then whoever still owes) stands so at all of the agencies, and sees to it that
    they mean the same by it. The duties, by name."""
    wanted = {name: (*rest[:2], rest[2] and (rest[2] if "T" in rest[2] else day(rest[2])), tuple(sorted(rest[3:]))) for name, rest in duties.items()}
    told = {}

    def agreed():
        for agency in agencies:
            held = seen(agency, matter)
            told[agency.id] = {name: pick(held, name) for name in wanted}
        return all({name: tell(duty) for name, duty in held.items()} == wanted for held in told.values())

    try:
        until(agreed, "the duties stand as they should")
    except AssertionError:
        for agency, held in told.items():
            wrong = {name: tell(duty) for name, duty in held.items() if tell(duty) != wanted[name]}
            assert not wrong, f"{agency}: {wrong}, not {({name: wanted[name] for name in wrong})}"
        raise
    first = next(iter(told.values()))
    for agency, held in told.items():
        for name, duty in held.items():
            assert duty["obligation"] == first[name]["obligation"], (agency, name)
            for field in VERDICT:
                assert duty.get(field) == first[name].get(field), (agency, name, field, duty.get(field), first[name].get(field))
    return first


def is_open(duty):
    return duty["state"] not in ("met", "met-late", "ended", "withdrawn")


def owed(agency, matter):
    """The ids of the duties that somebody still owes."""
    return sorted(duty["duty"] for duty in seen(agency, matter).values() if is_open(duty))


def exchange(sender, receiver, kind, body, reply_to=None, copy=(), signed=True, **options):
    """Sends a message, or replies with one, and has the receiver sign for it; holders of a copy are sent a copy of that too, for it tells them when
    the receiver had the message. The answer to whoever sent it."""
    if copy:
        options["copy"] = ",".join(agency.id for agency in copy)
    answer = sender.reply(reply_to, kind, body, **options) if reply_to else sender.send(kind, receiver.id, body, **options)
    for agency in (receiver, *copy):
        agency.wait_for(answer["id"])
    if signed:
        sign(receiver, answer["id"], sender, copy)
    return answer


def sign(agency, message, author, copy=()):
    """Signs for a message, and waits until that is heard of."""
    options = {"reply_to": message, "officer": agency.officers[0]}
    if copy:
        options["copy"] = ",".join(holder.id for holder in copy)
    signed = agency.send("acknowledgement", author.id, {}, **options)
    for other in (author, *copy):
        other.wait_for(signed["id"])


def confirm(agency, message, author):
    """Confirms a record of the other side, and waits until that has heard it."""
    answer = agency.confirm(message["id"])
    author.wait_for(answer["id"])


def refused(agency, words, row, body, **options):
    """Says something that the regulation does not let pass: `row` is the article or the field that the refusal names, and nothing of it is kept."""
    outcome = agency.cli(*words, "-", body=body, **options)
    assert outcome.status == 1, outcome
    faults = outcome.lines[0]["refusal"]["faults"]
    assert row in {fault["source"] for fault in faults} | {fault["field"] for fault in faults}, faults
    assert agency.show(outcome.lines[0]["id"]) is None


def reminders(agency, matter):
    """Who reminded whom of which duty in a matter, in order."""
    said = [message for message in agency.matter(matter)["messages"] if message["header"]["kind"] == "supervision.reminder"]
    return [(m["header"]["author"], *m["header"]["to"], next(pair["value"] for pair in m["header"]["law"] if pair["name"] == "duty")) for m in said]
