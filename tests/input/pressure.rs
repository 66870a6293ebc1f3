//! The pack `pressure`, on customers whose figures can be counted by hand.

use std::fmt::Write as _;

use chrono::Duration;
use lapwing::exports::{Export, Relation};

use super::shop::Shop;
use super::support::{Folder, at, export};

const AS_OF: &str = "2026-01-31T00:00:00Z";
const HEADER: &str = "message_id,customer_id,channel,sent_at,opened_at,clicked_at,responded_at,unsubscribed_at\n";

/// Messages of a customer, week by week back from as_of: how many were sent, and how many of them opened.
fn weekly(customer: &str, weeks: &[(u32, u32)]) -> String {
    let mut text = String::new();
    for (week, (sent, opened)) in weeks.iter().enumerate() {
        let at = at(AS_OF) - Duration::days(7 * i64::try_from(week).unwrap() + 1);
        let at = at.format("%Y-%m-%d %H:%M:%S");
        for number in 0..*sent {
            let opened = if number < *opened { at.to_string() } else { String::new() };
            writeln!(text, "{customer}{week}-{number},{customer},email,{at},{opened},,,").unwrap();
        }
    }
    text
}

fn customers(ids: &[&str]) -> String {
    ids.iter().fold("customer_id,email\n".to_owned(), |text, id| text + id + "," + id + "@example.com\n")
}

fn shop(customers: &str, messages: &str) -> Shop {
    Shop::new(AS_OF, &[(Relation::Customers, customers), (Relation::Messages, &format!("{HEADER}{messages}"))])
}

#[test]
fn slopes_are_least_squares_drawn_to_no_response() {
    let messages = [
        // x 1 2 3 4, y 0 1 1 2: (4 * 13 - 10 * 4) / (4 * 30 - 10 * 10) = 0.6, halved by four prior weeks
        weekly("a", &[(1, 0), (2, 1), (3, 1), (4, 2)]),
        // as many every week: nothing to see
        weekly("b", &[(1, 1), (1, 0), (1, 1), (1, 0)]),
        // three weeks say too little
        weekly("c", &[(1, 0), (2, 1), (3, 1)]),
        // (4 * 2 - 6 * 2) / (4 * 10 - 6 * 6) = -1, halved
        weekly("d", &[(1, 1), (2, 0), (1, 1), (2, 0)]),
        // (4 * 15 - 10 * 6) / 20 = 0 in a week without more
        weekly("e", &[(1, 1), (2, 2), (3, 2), (4, 1)]),
    ];
    let shop = shop(&customers(&["a", "b", "c", "d", "e", "f"]), &messages.concat());
    let toml = "[attributes.pressure]\nweeks = 4\nprior_weeks = 4.0";
    assert_eq!(
        shop.rows(toml, "pressure_slope, pressure_response"),
        [
            "a | 0.3 | responsive",
            "b | NULL | unknown",
            "c | NULL | unknown",
            "d | -0.5 | saturated",
            "e | 0.0 | saturated",
            "f | NULL | unknown",
        ]
    );
}

#[test]
fn pressure_is_compared_among_those_who_can_be_reached() {
    let messages = [weekly("a", &[(4, 0)]), weekly("b", &[(2, 0)]), weekly("c", &[(2, 0)]), weekly("x", &[(9, 0)])];
    let ids = customers(&["a", "b", "c", "d"]) + "x,\n";
    assert_eq!(
        shop(&ids, &messages.concat())
            .rows("[attributes.pressure]", "messages_sent, pressure_percentile, pressure_level"),
        [
            "a | 4 | 0.75 | normal",
            "b | 2 | 0.25 | normal",
            "c | 2 | 0.25 | normal",
            "d | 0 | 0.0 | under",
            "x | 9 | NULL | NULL"
        ]
    );
}

#[test]
fn messages_are_counted_by_channel_and_by_what_came_of_them() {
    let messages = "
        1,a,Email,2026-01-30,2026-01-30,2026-01-30,,
        2,a,sms,2026-01-29,,,,
        3,a,pigeon,2026-01-28,,,2026-01-29,
        4,a,email,2026-01-02,,,,
        5,a,email,2026-01-01 00:00:00,,,,
        6,a,email,2026-01-30,2026-02-03,,,
        7,a,email,2026-01-30,,,,
        8,a,email,2026-02-01,2026-02-01,,,";
    // Number 5 is thirty days old, 6 was opened after as_of, 7 went to a second address of a, 8 is not sent yet.
    let columns = "messages_sent, messages_sent_email, messages_sent_sms, messages_sent_post, messages_opened, \
                   messages_clicked, messages_responded, round(engagement_rate, 4)";
    assert_eq!(
        shop(&customers(&["a", "b"]), messages).rows("[attributes.pressure]", columns),
        ["a | 6 | 4 | 1 | 0 | 1 | 1 | 1 | 0.3333", "b | 0 | 0 | 0 | 0 | 0 | 0 | 0 | NULL"]
    );
    let own = "[attributes.pressure]\nchannels = [\"Pigeon\"]";
    assert_eq!(shop(&customers(&["a"]), messages).rows(own, "messages_sent, messages_sent_pigeon"), ["a | 6 | 1"]);
}

#[test]
fn advice_follows_level_and_response() {
    let idle = [(0, 0); 5];
    // Got nothing lately, and liked it when there was more.
    let under = [&idle[..], &[(1, 0), (2, 1), (3, 2), (4, 3)]].concat();
    let mut messages = weekly("glad", &[(1, 0), (2, 1), (3, 2), (5, 4)]);
    messages += &weekly("over", &[(4, 0), (3, 0), (2, 0), (1, 0)]);
    messages += &weekly("under", &under);
    for customer in ["s1", "s2", "s3", "s4", "s5"] {
        messages += &weekly(customer, &[(2, 0)]);
    }
    messages += "u1,gone,email,2025-12-01,,,,2025-12-02\nu2,gone,pigeon,2025-12-01,,,,2025-12-02\n";
    messages += "u3,half,email,2025-12-01,,,,2025-12-02\nu4,half,sms,2025-12-01,,,,\n";
    messages += "u5,later,email,2025-12-01,,,,2026-02-02\n";
    let ids = customers(&["glad", "gone", "half", "later", "over", "s1", "s2", "s3", "s4", "s5", "under"]);
    let mut rows = shop(&ids, &messages).rows(
        "[attributes.pressure]\nweeks = 12\nprior_weeks = 0.0",
        "pressure_level, pressure_response, pressure_advice",
    );
    rows.retain(|row| !row.starts_with('s'));
    assert_eq!(
        rows,
        [
            "glad | over | responsive | hold",
            // unsubscribed from all that ever came, and from one of two: neither can be reached by email
            "gone | NULL | unknown | stop",
            "half | NULL | unknown | hold",
            // will unsubscribe after as_of
            "later | under | unknown | hold",
            "over | over | saturated | lower",
            "under | under | responsive | raise",
        ]
    );
}

#[test]
fn an_event_log_gives_the_same_as_one_row_a_message() {
    let messages = "
        1,a,email,2026-01-30 10:00:00,2026-01-30 11:00:00,2026-01-30 12:00:00,,
        2,a,sms,2026-01-29 10:00:00,,,,2026-01-29 11:00:00
        3,b,email,2026-01-28 10:00:00,2026-02-02 11:00:00,,,";
    let events = "message_id,customer_id,channel,event,occurred_at
        1,a,email,clicked,2026-01-30 12:00:00
        1,a,email,Sent,2026-01-30 10:00:00
        1,a,email,open,2026-01-30 11:00:00
        1,a,email,opened,2026-01-30 13:00:00
        2,a,sms,sent,2026-01-29 10:00:00
        2,a,sms,unsubscribe,2026-01-29 11:00:00
        3,b,email,sent,2026-01-28 10:00:00
        3,b,email,opened,2026-02-02 11:00:00";
    let ids = customers(&["a", "b"]);
    let folded = Shop::new(AS_OF, &[(Relation::Customers, ids.as_str()), (Relation::MessageEvents, events)]);
    let everything = "CAST(attributes AS VARCHAR)";
    let toml = "[attributes.pressure]\n[attributes.reach]";
    let rows = folded.rows(toml, everything);
    assert_eq!(rows, shop(&ids, messages).rows(toml, everything));
    assert!(rows[0].contains("'messages_sent': 2"), "{rows:?}");
    assert_eq!(folded.shape(toml), shop(&ids, "").shape(toml));
}

#[test]
fn no_messages_at_all_are_no_failure() {
    let rows = shop(&customers(&["a"]), "")
        .rows("[attributes.pressure]", "messages_sent, pressure_percentile, pressure_advice");
    assert_eq!(rows, ["a | 0 | 0.0 | hold"]);
    assert!(shop("customer_id\n", "").shape("[attributes.pressure]").len() > 10);
}

#[test]
fn without_addresses_everybody_is_compared() {
    let shop = shop("customer_id\na\nb\n", &weekly("a", &[(3, 0)]));
    assert_eq!(shop.rows("[attributes.pressure]", "pressure_percentile"), ["a | 0.5", "b | 0.0"]);
}

#[test]
fn events_that_disagree_on_the_customer_make_no_message() {
    let folder = Folder::new();
    let events = "message_id,customer_id,channel,event,occurred_at\n\
                  1,a,email,bounced,2026-01-02 10:00:00\n1,a,email,opened,2026-01-03 10:00:00\n\
                  2,a,email,sent,2026-01-02 10:00:00\n2,b,email,opened,2026-01-03 10:00:00\n";
    let path = folder.write("events.csv", events);
    let exports = vec![Export { max_bad_rows_pct: 100.0, ..export(Relation::MessageEvents, path, &[]) }];
    let question = "SELECT message_id, sent_at, opened_at, clicked_at FROM messages";
    let bound = folder.bind(exports.clone(), AS_OF, &[question]);
    assert_eq!(bound.counts("messages"), (2, 1, 0, vec![("events of several customers", 1)]));
    // Nobody said that it was sent: the first thing that is known of it will do.
    assert_eq!(bound.answers[0], ["1 | 2026-01-02 10:00:00 | 2026-01-03 10:00:00 | NULL"]);
    let strict = exports.into_iter().map(|one| Export { max_bad_rows_pct: 1.0, ..one }).collect();
    assert!(folder.refusal(strict).contains("events of several customers"));
}
