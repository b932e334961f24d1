# SPDX-License-Identifier: Apache-2.0
"""Members of one of the shipped compacts as real daemons under the shipped law and one test clock, and how a matter stands at each of them.

What is owed is written down by the test, from the regulation; `stands` holds each side to it, and all sides to one another. Whatever is sent goes through
`send`, `fact`, `reply` and so on of the County, so that `settle` can tell what the daemons sent of themselves."""

import contextlib

from agency import CONF, ED25519, SM2, example, open_town, set_options, until
from scenario import VERDICT, day

REMINDER = "supervision.reminder"


def body(name, *without, **changed):
    """An example of conf/examples; `without` are fields it is not to have."""
    whole = example(name, **changed)
    return {field: value for field, value in whole.items() if field not in without}


def owed(by, due="", light="green", state="open", start=None):
    """How a duty stands that is not met. `by`: who owes, one or several; no due time for what is owed promptly or at once."""
    by = [by] if isinstance(by, str) else sorted(by)
    return {"state": state, "light": light, "due_text": due, "owing": by, **({"start_at": start} if start is not None else {})}


def overdue(by, due):
    return owed(by, due, "red", "overdue")


def met(when=None, due="", state="met"):
    """`when` it counts as met, where the test says so."""
    return {"state": state, "light": "none", "due_text": due, "owing": [], **({"met_at": when} if when else {})}


def late(when, due):
    return met(when, due, "met-late")


def gone(due=""):
    """What opened it was recalled."""
    return {"state": "withdrawn", "light": "none", "due_text": due}


def ended(due=""):
    """Something was done instead, and nothing more is owed."""
    return {"state": "ended", "light": "none", "due_text": due}


class County:
    def __init__(self, town, compact):
        self.town = town
        self.compact = compact
        self.asked = set()  # ids of what the test had sent
        self.seen = set()  # ids of what `unasked` has told
        self.reminders = []  # that the test has found, since it settled

    def __getitem__(self, agency):
        return self.town[agency]

    def __iter__(self):
        return iter(self.town)

    # ---- time

    def move(self, text, *first):
        """Everybody's clock; `first` are those whose clocks go ahead: the debtors."""
        order = [self[agency] for agency in first]
        order += [agency for agency in self if agency not in order]
        for agency in order:
            if agency.process is not None:
                agency.move_clock(day(text))

    # ---- acts

    def keep(self, answer):
        self.asked.add(answer["id"])
        return answer

    def fact(self, author, kind, content, **options):
        return self.keep(self[author].fact(kind, content, compact=self.compact, **options))

    def send(self, author, to, kind, content, sign=True, **options):
        """A message, held by all it is for, and signed for by those it is addressed to."""
        to = [to] if isinstance(to, str) else list(to)
        if "matter" not in options and "reply_to" not in options:
            options["compact"] = self.compact
        sent = self.keep(self[author].send(kind, to, content, **options))
        for agency in to + ([options["copy"]] if "copy" in options else []):
            self[agency].wait_for(sent["id"])
        if sign:
            for agency in to:
                self.sign(agency, sent)
        return sent

    def reply(self, author, message, kind, content, sign=True, **options):
        sent = self.keep(self[author].reply(message["id"], kind, content, **options))
        to = self[author].show(sent["id"])["header"]["to"]
        for agency in to:
            self[agency].wait_for(sent["id"])
            if sign:
                self.sign(agency, sent)
        return sent

    def sign(self, agency, message, **options):
        signed = self.keep(self[agency].acknowledge(message["id"], **options))
        author = self[self[agency].show(message["id"])["header"]["author"]]
        if author.process is not None:
            author.wait_for(signed["id"])  # it counts from then on, so no clock may go before
        return signed

    def confirm(self, agency, message, **options):
        return self.keep(self[agency].confirm(message["id"], **options))

    def recall(self, agency, message, **options):
        return self.keep(self[agency].recall(message["id"], **options))

    def refuse(self, author, kind, content, *sources, to=None, reply_to=None, **options):
        """Whatever is tried is refused with this code, these rows of the regulation and these fields, and nothing is kept."""
        if to is not None:
            words = ("send", kind, "-")
            options["to"] = to if isinstance(to, str) else ",".join(to)
        else:
            words = ("fact", kind, "-") if reply_to is None else ("reply", reply_to["id"], kind, "-")
        if "matter" not in options and reply_to is None:
            options["compact"] = self.compact
        refused = self[author].cli(*words, body=content, **options)
        assert refused.status == 1, refused
        said = {refused.code}
        for one in refused.lines:
            for fault in one["refusal"].get("faults", []):
                said |= {fault["source"], fault["field"]}
            assert self[author].show(one["id"]) is None
        assert set(sources) <= said, refused

    # ---- how it stands

    @staticmethod
    def rows(agency, matter):
        """The duties of a matter but those to sign for something, by name; and the latter."""
        duties = agency.duties("--closed", matter=matter)
        named = [duty for duty in duties if duty["duty"] != "sign-for"]
        return sorted(named, key=lambda duty: (duty["duty"], duty["opened_by"])), [duty for duty in duties if duty["duty"] == "sign-for"]

    @staticmethod
    def differs(duty, wanted):
        shown = {field: duty.get(field, "") for field in wanted}
        shown["owing"] = sorted(duty.get("owing", []))
        return {field: (shown[field], value) for field, value in wanted.items() if shown[field] != value}

    def fault(self, agency, matter, wanted, unsigned):
        """What is not as wanted at this agency, or nothing."""
        rows, signatures = self.rows(agency, matter)
        names = [duty["duty"] for duty in rows]
        if names != sorted(name for name, listed in wanted.items() for _ in (listed if isinstance(listed, list) else [listed])):
            return names
        for name, listed in wanted.items():
            mine = [duty for duty in rows if duty["duty"] == name]
            left = list(listed) if isinstance(listed, list) else [listed]
            for duty in mine:
                fits = next((one for one in left if not self.differs(duty, one)), None)
                if fits is None:
                    return name, [self.differs(duty, one) for one in left]
                left.remove(fits)
        mine = [duty for duty in signatures if agency.id in duty["debtors"] + duty["addressees"] and duty["opened_by_kind"] != REMINDER]
        open_ones = {duty["opened_by"]: duty["state"] for duty in mine if duty["state"] not in ("met", "withdrawn", "ended")}
        return None if open_ones == unsigned else ("sign-for", open_ones)

    def stands(self, matter, agencies, wanted, unsigned=()):
        """At each of these the matter has exactly these duties, which stand like this; all signatures are given in time but those in
        `unsigned`, pairs of a message and its state; signatures between others are not heard of. And the agencies agree, to the second, on all that they say."""
        unsigned = {message["id"]: state for message, state in unsigned}
        for agency in map(self.town.__getitem__, agencies):
            last = []

            def as_wanted(agency=agency, last=last):
                last[:] = [self.fault(agency, matter, wanted, unsigned)]
                return last == [None]

            try:
                until(as_wanted, f"how it stands at {agency.id}")
            except AssertionError as error:
                raise AssertionError(f"{error}: {last[0]}") from None
        told = [[{field: duty.get(field) for field in VERDICT} for duty in self.rows(self[agency], matter)[0]] for agency in agencies]
        for agency, one in zip(agencies[1:], told[1:]):
            assert one == told[0], f"{agency} and {agencies[0]} differ: {one} {told[0]}"

    def knows_nothing(self, agency, matter):
        assert self[agency].cli("matter", matter).code == "not-found", f"{agency} has heard of it"

    # ---- what went out unasked

    def unasked(self):
        """What the daemons made of themselves since the last time: (author, kind, to, duty), sorted."""
        found = []
        for agency in self:
            for message in agency.messages() if agency.process is not None else []:  # a machine that is off is asked later
                header = message["header"]
                if header["author"] != agency.id or header["id"] in self.asked | self.seen:
                    continue
                self.seen.add(header["id"])
                found.append((agency.id, header["kind"], tuple(header.get("to", [])), message.get("body", {}).get("duty", "")))
        return sorted(found)

    def reminded(self, creditor, debtor, duty, opening, due, sign=True):
        """The debtor has the creditor's reminder of this duty, one alone, and signs for it."""

        def found():
            matter = self[debtor].matter(opening["matter"])["messages"]
            return [m for m in matter if m["header"]["kind"] == REMINDER and m["header"]["author"] == creditor and m["body"]["duty"] == duty]

        (reminder,) = until(found, f"{debtor} is reminded of {duty}")
        header = reminder["header"]
        assert (header["to"], header["in_reply_to"]["id"], reminder["body"]["due"]) == ([debtor], opening["id"], due)
        self.reminders.append((creditor, REMINDER, (debtor,), duty))
        if sign:
            self.sign(debtor, header)
        return header

    def settle(self):
        """Nothing has gone out of itself but the years and the reminders that the test has found, each once: nothing upward."""
        said = [one for one in self.unasked() if one[1] != "year.begun"]
        assert said == sorted(self.reminders), (said, self.reminders)
        self.reminders = []


@contextlib.contextmanager
def open_county(compact, clock, members):
    """`members`: agency, region and sector of each. The last has no endpoint and calls the others."""
    cards = {agency: {"region": region, "sector": sector} for agency, region, sector in members}
    towns = [(agency, ED25519 if i % 2 else SM2, i + 1 < len(members)) for i, (agency, _, _) in enumerate(members)]
    with open_town(*towns, clock=day(clock), law=CONF, prepare=lambda agency: set_options(agency, **cards[agency.id])) as town:
        yield County(town, compact)
