//! What can get too large, and what people write every day.

use super::tests::{parse, refusal};

#[test]
fn what_makes_much_of_little_is_refused() {
    for text in [
        "repeat('x', 4000000000)",
        "repeat(name, visits)",
        "repeat(repeat(name, 100), 100)",
        "list_sum(range(3000000000))",
        "list_sum(range(total))",
        "range(0, 99999999, 1)[1]",
        "generate_series(1, 3000000000)[1]",
        "lpad(name, 2000000000, 'x')",
        "rpad(name, visits, 'x')",
        "list_resize([1], 1000000000)",
        "bitstring('0101', 2000000000)",
        "printf('%2000000000d', visits)",
        "printf('%*d', visits, visits)",
        "format('{:>2000000000}', name)",
        "format('{:{}}', name, visits)",
        "format(pattern, name)",
        "replace(replace(replace(name, 'a', 'aaaaaaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaa')",
        "regexp_replace(name, '', repeat('z', 900), 'g')",
        "list_reduce(['a', 'b', 'c'], lambda x, y: x || x)",
        "array_reduce([1], lambda x, y: x)",
        "invoke(lambda x: x || x || x || x, repeat(name, 200))",
        "list_transform(list_transform(range(1000), lambda x: range(1000)), lambda y: range(1000))",
        "list_string_agg(string_split(repeat(name, 20), ''), repeat('x', 900))",
        "levenshtein(lpad(name, 9999, 'x'), rpad(name, 9999, 'x'))",
        "to_base(5, 2, 2000000000)",
        "equi_width_bins(0, 10, 999999999, true)",
    ] {
        assert_eq!(refusal(text), "the value may get too large", "{text}");
    }
    for function in ["hex(%)", "to_json(%)", "bin(%)", "url_encode(%)", "to_base64(%)", "CAST([%] AS VARCHAR)"] {
        let nested = (0..40).fold("name".to_owned(), |inner, _| function.replace('%', &inner));
        assert_eq!(refusal(&nested), "the value may get too large", "{function}");
    }
}

#[test]
fn lambdas_that_double_are_refused_however_they_nest() {
    let added = (0..30).fold("tags".to_owned(), |list, _| format!("invoke(lambda x: x + x, {list})"));
    assert_eq!(refusal(&added), "the value may get too large");
    let doubled =
        |function: &str| (0..30).fold("tags".to_owned(), |list, _| format!("{function}({list}, x -> x || x)"));
    assert_eq!(refusal(&doubled("list_transform")), "the value may get too large");
    assert_eq!(refusal(&doubled("apply")), "the value may get too large");
}

#[test]
fn what_people_write_every_day_is_let_through() {
    for text in [
        "repeat('*', least(r_score, 5))",
        "lpad(CAST(customer_id AS VARCHAR), 10, '0')",
        "replace(replace(replace(phone, ' ', ''), '-', ''), '/', '')",
        "regexp_replace(phone, '[^0-9+]', '', 'g')",
        "printf('%05.2f EUR', monetary)",
        "format('{} {}', first_name, last_name)",
        "strftime(last_order, '%Y-%m-%d')",
        "list_transform(tags, x -> upper(trim(x)))",
        "[upper(tag) for tag in tags if tag <> 'test']",
        "list_filter(tags, x -> starts_with(x, 'vip'))",
        "array_to_string(list_sort(tags), ', ')",
        "to_json({segment: segment, rank: priority_rank})",
        "CAST(to_json(list_slice(rec_products, 1, 3)) AS VARCHAR)",
        "CASE WHEN monetary > 1000 THEN 'gold' WHEN monetary > 100 THEN 'silver' ELSE 'none' END",
        "CAST(CAST(CAST(total AS DECIMAL(18,4)) AS VARCHAR) AS DOUBLE)",
        "levenshtein(lower(first_name), lower(last_name)) < 3",
        "sha256(lower(trim(email)))",
        "concat_ws(' ', a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t)",
        "list_sum(range(10))",
        &format!("CASE {} END", "WHEN a=1 THEN b ".repeat(600)),
        &format!("a IN ({}1)", "1,".repeat(4900)),
        &format!("{} a = 1", "a = 1 OR ".repeat(500)),
    ] {
        assert!(parse(text).is_ok(), "{text}: {}", refusal(text));
    }
}
