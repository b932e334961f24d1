# SPDX-License-Identifier: Apache-2.0
"""Information that is published: the catalogue, subscriptions, items, corrections and what may not be had."""

from agency import BUREAU, ED25519, JIA, SM2, YI, example, is_event, open_town, run, until

PURPOSE = "日常监管和案件查办"

# What of 叶城's compact the tests need beyond it: townships get no warnings, and complaints marked 内部 stay with the bureau's side.
RULES = """
[share warning]
to = bureau
basis = 县局规定第三条

[share complaint]
to = all
internal = bureau
basis = 三、（一）3

[share statistics]
to = all
officer_decides = township
basis = 县局规定第五条
"""


def item(**changed):
    body = {
        "category": "penalty",
        "formed_at": "2025-09-24T09:00:00+08:00",
        "title": "行政处罚决定",
        "text": "罚款五千元，已缴纳。",
        "subject": {"name": "喀什某某商贸有限公司", "credit_code": "91350100M000100Y43"},
    }
    return {**body, **changed}


def add_rules(agency):
    for compact in (agency.folder / "compacts.d").glob("*.conf"):
        compact.write_text(compact.read_text("utf-8") + RULES, "utf-8")


def publish(agency, **changed):
    return agency.fact("info.shared", item(**changed))


def subscribe(agency, publisher, *categories, **options):
    request = agency.cli("subscribe", publisher.id, category=",".join(categories), purpose=PURPOSE, **options).answer
    until(lambda: subscription(agency, request["id"])["state"] != "asked", f"{publisher.id} answers")
    return request["id"]


def subscription(agency, request):
    return next(row for row in agency.cli("subscriptions", "--closed").lines if row["request"] == request)


def ask_for(agency, publisher, *categories, **options):
    """A request on which an officer of the publisher decides; there it waits."""
    request = agency.cli("subscribe", publisher.id, category=",".join(categories), purpose=PURPOSE, **options).answer["id"]
    until(lambda: [row["request"] for row in publisher.cli("subscriptions", "--waiting").lines].count(request) == 1, "it waits")
    return request


def table(agency):
    return run(*[word for word in agency.words("subscriptions") if word != "--json"]).out


def wait_subscription(agency, request, state):
    until(lambda: subscription(agency, request)["state"] == state, f"it is {state} at {agency.id}")
    return subscription(agency, request)


def items(agency):
    """Titles of the items that came from others, in the order in which they came."""
    held = [m for m in agency.messages("--in") if m["header"]["kind"] == "info.shared"]
    return [m.get("body", {}).get("title") for m in reversed(held)]


def wait_items(agency, titles):
    until(lambda: len(items(agency)) >= len(titles), f"{agency.id} has {len(titles)} items")
    assert items(agency) == titles


def open_village(**options):
    """The bureau publishes; two townships read."""
    return open_town((BUREAU, ED25519, True), (JIA, SM2, True), (YI, ED25519, False), prepare=add_rules, **options)


def test_a_subscriber_has_what_it_asked_for_and_nothing_else():
    with open_village() as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        publish(bureau, title="此前的")
        request = subscribe(jia, bureau, "penalty", "registration")
        assert subscription(jia, request)["state"] == subscription(bureau, request)["state"] == "active"
        publish(bureau, title="处罚")
        publish(bureau, title="法规", category="law")
        publish(bureau, title="登记", category="registration")
        wait_items(jia, ["处罚", "登记"])
        assert items(yi) == []
        row = subscription(bureau, request)
        until(lambda: int(subscription(bureau, request)["arrived"]) == 2, "progress is seen")
        assert row["side"] == "publisher" and row["peer"] == JIA


def test_one_sealed_copy_goes_to_all_readers():
    with open_village() as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        subscribe(jia, bureau, "penalty")
        subscribe(yi, bureau, "penalty")
        subscribe(yi, bureau, "penalty", region="653100")
        statements = int(bureau.status()["statements"])
        published = publish(bureau)
        wait_items(jia, ["行政处罚决定"])
        wait_items(yi, ["行政处罚决定"])
        shown = until(lambda: (m := bureau.show(published["id"])) and all(d["state"] == "arrived" for d in m["deliveries"]) and m, "it is receipted")
        assert sorted(d["agency"] for d in shown["deliveries"]) == [JIA, YI], "two subscriptions of one agency are one delivery"
        assert shown["direction"] == "out" and shown["state"] == "published"
        assert jia.show(published["id"])["leaf"] == yi.show(published["id"])["leaf"] == shown["leaf"]
        sealed = [m for m in bureau.messages() if int(m["position"]) > statements and m["header"]["author"] == BUREAU]
        assert [m["header"]["id"] for m in sealed] == [published["id"]]


def test_filters_by_region_subject_and_matter():
    with open_village() as town:
        bureau, jia = town[BUREAU], town[JIA]
        first = publish(bureau, title="事项之一")
        subscribe(jia, bureau, "penalty", region="653126")
        subscribe(jia, bureau, "inspection", uscc="91350100M000100Y43")
        subscribe(jia, bureau, "permit", matter=first["matter"])
        publish(bureau, title="本县", region="653126")
        publish(bureau, title="外县", region="653127")
        publish(bureau, title="该主体", category="inspection")
        publish(bureau, title="其他主体", category="inspection", subject={"name": "某店"})
        bureau.fact("info.shared", item(title="该事项", category="permit"), matter=first["matter"])
        publish(bureau, title="别的事项", category="permit")
        publish(bureau, title="末", region="653126")
        wait_items(jia, ["本县", "该主体", "该事项", "末"])


def test_late_joiners_catch_up_from_a_date_or_after_an_item():
    with open_village() as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        published = [publish(bureau, title=f"第{n}件", formed_at=f"2025-09-{n:02}T09:00:00+08:00") for n in range(1, 7)]
        bureau.recall(published[4]["id"], reason="有误")
        subscribe(jia, bureau, "penalty", since="2025-09-03T00:00:00+08:00")
        subscribe(yi, bureau, "penalty", after=published[1]["id"])
        publish(bureau, title="新的")
        wait_items(jia, ["第3件", "第4件", "第6件", "新的"])
        wait_items(yi, ["第3件", "第4件", "第6件", "新的"])


def test_a_subscriber_that_was_away_misses_nothing():
    with open_village() as town:
        bureau, jia = town[BUREAU], town[JIA]
        subscribe(jia, bureau, "penalty")
        jia.stop()
        titles = [f"第{n}件" for n in range(12)]
        for n, title in enumerate(titles):
            publish(bureau, title=title)
            if n % 4 == 3:
                bureau.kill()
                bureau.start()
        jia.start()
        wait_items(jia, titles)


def test_corrections_and_withdrawals_reach_all_who_had_the_item():
    with open_village() as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        request = subscribe(jia, bureau, "penalty")
        published = publish(bureau)
        wait_items(jia, ["行政处罚决定"])
        jia.cli("unsubscribe", request, reason="不再需要").answer
        until(lambda: subscription(bureau, request)["state"] == "ended", "the end is known")
        subscribe(yi, bureau, "penalty")
        corrected = bureau.reply(published["id"], "correction", example("correction"))
        jia.wait_for(corrected["id"])
        bureau.recall(published["id"], reason="处罚决定已撤销")
        gone = jia.wait_state(published["id"], "recalled")
        assert gone["body_state"] == "recalled" and "body" not in gone
        assert jia.cli("list", "--text", "罚款五千元").lines == []
        assert yi.show(corrected["id"]) is None and yi.show(published["id"]) is None, "who had not had it hears nothing of it"
        confirmed = jia.reply(
            next(m for m in jia.messages() if m["header"]["kind"] == "recall")["header"]["id"],
            "deletion.confirmed", example("deletion-confirmed", deleted_at="2025-09-24T09:59:00+08:00"), officer=jia.officers[0],
        )
        bureau.wait_for(confirmed["id"])


def test_rules_of_the_compact_narrow_and_refuse():
    with open_village() as town:
        bureau, jia = town[BUREAU], town[JIA]
        narrowed = subscribe(jia, bureau, "penalty", "warning")
        assert subscription(jia, narrowed)["categories"] == ["penalty"]
        answer = next(m for m in jia.messages("--in") if m["header"]["kind"] == "subscription.grant")
        assert [(left["category"], left["statute"]) for left in answer["body"]["left_out"]] == [("warning", "县局规定第三条")]
        refused = subscribe(jia, bureau, "warning")
        assert subscription(jia, refused)["state"] == subscription(bureau, refused)["state"] == "refused"
        subscribe(bureau, jia, "warning")
        jia.fact("info.shared", item(category="warning", title="给局里的"))
        wait_items(bureau, ["给局里的"])


def test_an_officer_gives_less_than_was_asked_for():
    with open_village() as town:
        bureau, jia = town[BUREAU], town[JIA]
        officer = bureau.officers[0]
        watch = bureau.watch()
        request = ask_for(jia, bureau, "statistics", "penalty", "warning")
        watch.wait(is_event("subscription", agency=JIA), "whoever watches hears of it")
        row = subscription(bureau, request)
        assert row["asked_for"] == ["statistics", "penalty", "warning"]
        assert [(left["category"], left["statute"]) for left in row["left_out"]] == [("warning", "县局规定第三条")]
        assert int(bureau.status()["requests_waiting"]) == 1 and int(jia.status().get("requests_waiting", 0)) == 0
        assert "待审定" in table(bureau) and "待答复" in table(jia)
        publish(bureau, title="决定之前")
        assert bureau.backlog(JIA) == 0 and items(jia) == [], "nothing is given before"
        decide = ("subscription", "grant", request)
        assert bureau.cli(*decide).status == 2, "a person decides"
        assert bureau.cli(*decide, officer=officer, category="penalty").status == 2, "what is kept back has its reason"
        assert bureau.cli(*decide, officer=officer, category="warning,penalty,statistics").code == "sharing"
        bureau.cli(*decide, officer=officer, category="penalty", reason="涉及在办案件", basis="办法第二十七条", until="2025-12-31T00:00:00+08:00").answer
        row = wait_subscription(jia, request, "active")
        assert row["categories"] == ["penalty"] and row["until"] == subscription(bureau, request)["until"] == "2025-12-31T00:00:00+08:00"
        answer = next(m for m in jia.messages("--in") if m["header"]["kind"] == "subscription.grant")
        assert [(left["category"], left["statute"]) for left in answer["body"]["left_out"]] == [("statistics", "办法第二十七条"), ("warning", "县局规定第三条")]
        assert [o["certificate"] for o in answer["header"]["officers"]] == [officer]
        publish(bureau, title="统计", category="statistics")
        publish(bureau, title="处罚")
        wait_items(jia, ["处罚"])
        assert int(bureau.status().get("requests_waiting", 0)) == 0


def test_an_officer_refuses_and_the_renewal_of_what_was_granted_waits():
    with open_village() as town:
        bureau, jia = town[BUREAU], town[JIA]
        officer = bureau.officers[0]
        refused = ask_for(jia, bureau, "statistics")
        bureau.cli("subscription", "refuse", refused, officer=officer, reason="依法不得提供", basis="保守国家秘密法第十三条").answer
        wait_subscription(jia, refused, "refused")
        granted = ask_for(jia, bureau, "statistics")
        bureau.kill()
        bureau.start()
        bureau.cli("subscription", "grant", granted, officer=officer).answer
        wait_subscription(jia, granted, "active")
        renewal = ask_for(jia, bureau, "statistics", reply_to=granted, until="2026-09-30T00:00:00+08:00")
        publish(bureau, title="旧订阅", category="statistics")
        wait_items(jia, ["旧订阅"])
        assert bureau.cli("subscription", "refuse", granted, officer=officer, reason="不再提供", basis="办法").code == "state", "that is ended"
        bureau.cli("subscription", "grant", renewal, officer=officer).answer
        assert wait_subscription(jia, renewal, "active")["until"] == "2026-09-30T00:00:00+08:00"
        wait_subscription(jia, granted, "ended")
        withdrawn = ask_for(jia, bureau, "statistics", matter=jia.fact("info.shared", item())["matter"])
        jia.recall(withdrawn, reason="不再需要")
        wait_subscription(bureau, withdrawn, "ended")
        bureau.cli("unsubscribe", renewal, reason="机制到期").answer
        wait_subscription(jia, renewal, "ended")
        publish(bureau, title="终止之后", category="statistics")
        assert bureau.backlog(JIA) == 0 and items(jia) == ["旧订阅"]


def test_permission_by_category_role_and_mark():
    with open_village() as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        wanted = ("penalty", "complaint", "law")
        for reader, publisher in ((jia, bureau), (bureau, jia), (yi, jia)):
            subscribe(reader, publisher, *wanted)
        for publisher in (bureau, jia):
            for category in wanted:
                for mark in ("", "内部"):
                    body = item(category=category, title=category + mark, **({"identity": "anonymous"} if category == "complaint" else {}))
                    publisher.fact("info.shared", body, **({"handling": mark} if mark else {}))
        all_of_it = [c + m for c in wanted for m in ("", "内部")]
        wait_items(bureau, all_of_it)
        wait_items(jia, [t for t in all_of_it if t != "complaint内部"])
        wait_items(yi, [t for t in all_of_it if t != "complaint内部"])


def test_a_changed_rule_holds_from_the_next_item_on():
    with open_village() as town:
        bureau, jia = town[BUREAU], town[JIA]
        subscribe(jia, bureau, "penalty")
        publish(bureau, title="规则改变之前")
        wait_items(jia, ["规则改变之前"])
        for compact in (bureau.folder / "compacts.d").glob("*.conf"):
            compact.write_text(compact.read_text("utf-8") + "\n[share penalty]\nto = bureau\nbasis = 新规定\n", "utf-8")
        bureau.restart()
        publish(bureau, title="规则改变之后")
        publish(bureau, title="新的法规", category="law")
        subscribe(jia, bureau, "law")
        publish(bureau, title="又一法规", category="law")
        wait_items(jia, ["规则改变之前", "又一法规"])


def test_the_catalogue_is_every_members_and_changes_by_message():
    with open_village() as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        entry = bureau.fact("catalogue.entry", example("catalogue-entry", region="653126"))
        other = jia.fact("catalogue.entry", example("catalogue-entry", title="市场巡查", category="inspection", fields="检查时间、检查结果"))
        for agency in town:
            until(lambda agency=agency: len(agency.cli("catalogue").lines) == 2, f"{agency.id} has the catalogue")
        assert [m["body"]["title"] for m in yi.cli("catalogue", category="inspection").lines] == ["市场巡查"]
        assert [m["header"]["author"] for m in yi.cli("catalogue", text="处罚决定书文号").lines] == [BUREAU]
        assert {m["body"]["handling"] for m in yi.cli("catalogue").lines} == {"open"}
        secret = bureau.cli("publish", "catalogue.entry", "-", body=example("catalogue-entry", handling="秘密"))
        assert secret.status == 1 and "handling" in secret.err, secret
        bureau.reply(entry["id"], "catalogue.entry", example("catalogue-entry", title="行政处罚（新）"))
        jia.recall(other["id"], reason="不再收集")
        until(lambda: [m["body"]["title"] for m in yi.cli("catalogue").lines] == ["行政处罚（新）"], "the change arrives")


def test_who_comes_later_has_the_catalogue_as_it_stands():
    with open_town((BUREAU, ED25519, True), (JIA, SM2, True), (YI, ED25519, False)) as town:
        bureau, jia, yi = town[BUREAU], town[JIA], town[YI]
        yi.stop()
        old = bureau.fact("catalogue.entry", example("catalogue-entry"))
        bureau.reply(old["id"], "catalogue.entry", example("catalogue-entry", title="新条目"))
        yi.start()
        until(lambda: [m["body"]["title"] for m in yi.cli("catalogue").lines] == ["新条目"], "it has the new entry")


def test_a_renewal_takes_the_place_of_the_earlier_one():
    with open_village() as town:
        bureau, jia = town[BUREAU], town[JIA]
        first = subscribe(jia, bureau, "penalty", until="2025-09-30T00:00:00+08:00")
        publish(bureau, title="一")
        wait_items(jia, ["一"])
        renewed = subscribe(jia, bureau, "penalty", reply_to=first, until="2026-09-30T00:00:00+08:00")
        until(lambda: subscription(jia, first)["state"] == subscription(bureau, first)["state"] == "ended", "the earlier one ends")
        town.move_clocks("2025-10-09T10:00:00+08:00")
        publish(bureau, title="二")
        wait_items(jia, ["一", "二"])
        assert subscription(jia, renewed)["state"] == "active"
        town.move_clocks("2026-10-09T10:00:00+08:00")
        publish(bureau, title="三")
        assert subscription(bureau, renewed)["state"] == "expired"
        assert items(jia) == ["一", "二"]


def test_the_publisher_ends_a_subscription_too():
    with open_village() as town:
        bureau, jia = town[BUREAU], town[JIA]
        request = subscribe(jia, bureau, "penalty")
        watch = jia.watch()
        bureau.cli("unsubscribe", request, reason="机制到期").answer
        until(lambda: subscription(jia, request)["state"] == "ended", "the end arrives")
        watch.wait(is_event("subscription", agency=BUREAU), "it is told")
        publish(bureau)
        assert bureau.backlog(JIA) == 0 and items(jia) == []


def test_an_item_names_no_complainant_who_did_not_want_to_be_named():
    with open_village() as town:
        bureau = town[BUREAU]
        complaint = item(category="complaint", title="投诉办理情况")
        words = ("fact", "info.shared", "-")
        assert bureau.cli(*words, body=complaint).code == "required", "whether he is named must be said"
        for identity in ("anonymous", "confidential"):
            named = {**complaint, "identity": identity, "complainant": {"name": "张某"}}
            assert bureau.cli(*words, body=named).code == "value"
            detailed = {**complaint, "identity": identity, "details": [{"name": "投诉人电话", "value": "13800000000"}]}
            assert bureau.cli(*words, body=detailed).code == "value"
            said = {**complaint, "identity": identity, "text": "举报人姓名：张某，反映该店销售过期食品。"}
            assert bureau.cli(*words, body=said).code == "value"
        assert bureau.cli(*words, body={**complaint, "identity": "open", "complainant": {"name": "张某"}}).status == 0


def test_what_is_published_is_addressed_to_nobody():
    with open_village() as town:
        bureau, jia = town[BUREAU], town[JIA]
        subscribe(jia, bureau, "penalty")
        published = publish(bureau)
        wait_items(jia, ["行政处罚决定"])
        assert bureau.cli("send", "recall", "-", body={"reason": "有误"}, to=JIA, reply_to=published["id"]).code == "addressing"
        direct = bureau.send("note", JIA, example("note"))
        assert bureau.cli("fact", "correction", "-", body=example("correction")).code in ("reply", "addressing")
        assert bureau.cli("fact", "note", "-", body=example("note")).code == "addressing"
        jia.wait_for(direct["id"])
        assert jia.cli("fact", "catalogue.entry", "-", body=example("catalogue-entry"), matter=direct["matter"]).status == 0


def test_a_query_is_answered_page_by_page_and_refused_by_statute():
    with open_village() as town:
        bureau, jia = town[BUREAU], town[JIA]
        asked = jia.cli("query", BUREAU, purpose="查办案件", basis="办法第二十七条", text="近两年的处罚", subject="某公司").answer
        bureau.wait_for(asked["id"])
        for page, more in (("1/2", "yes"), ("2/2", "no")):
            bureau.reply(asked["id"], "info.answer", {"text": "见数据项", "details": [{"name": "文号", "value": page}], "page": page, "more": more})
        until(lambda: len([m for m in jia.messages("--in") if m["header"]["kind"] == "info.answer"]) == 2, "both pages arrive")
        again = jia.cli("query", BUREAU, purpose="查办案件", basis="办法第二十七条", text="登记档案").answer
        bureau.wait_for(again["id"])
        assert bureau.cli("reply", again["id"], "info.refusal", "-", body={"reason": "涉密"}).code == "required", "the statute is named"
        refused = bureau.reply(again["id"], "info.refusal", {"reason": "依法不能提供", "statute": "保守国家秘密法第十三条"})
        jia.wait_for(refused["id"])
        assert jia.wait_state(again["id"], "arrived")
