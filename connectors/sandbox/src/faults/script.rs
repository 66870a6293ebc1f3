//! The script as it runs: who has been seen how often.

use bytes::Bytes;
use http::Request;

use super::{Action, Fault, When};

#[derive(Debug, Default)]
pub(crate) struct FaultScript {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    fault: Fault,
    seen: u32,
}

impl FaultScript {
    pub(crate) fn extend(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.lines.extend(faults.into_iter().map(|fault| Line { fault, seen: 0 }));
    }

    pub(crate) fn clear(&mut self) {
        self.lines.clear();
    }

    /// The faults that are not used up.
    pub(crate) fn left(&self) -> Vec<Fault> {
        self.lines.iter().map(|line| line.fault.clone()).collect()
    }

    /// The actions for a request: delays, then at most one of the others.
    pub(crate) fn strike(&mut self, request: &Request<Bytes>) -> Vec<Action> {
        let mut actions = Vec::new();
        for line in &mut self.lines {
            if !fits(&line.fault.when, request) {
                continue;
            }
            line.seen += 1;
            if line.seen < line.fault.when.nth {
                continue;
            }
            actions.push(line.fault.then.clone());
            if !matches!(line.fault.then, Action::Delay { .. }) {
                break;
            }
        }
        self.lines.retain(|Line { fault, seen }| *seen < fault.when.nth.max(1).saturating_add(fault.when.times) - 1);
        actions
    }
}

fn fits(when: &When, request: &Request<Bytes>) -> bool {
    let method = when.method.as_ref().is_none_or(|method| request.method().as_str().eq_ignore_ascii_case(method));
    let path = when.path.as_ref().is_none_or(|pattern| glob(pattern, request.uri().path()));
    let body = when.body_contains.as_ref().is_none_or(|text| contains(request.body(), text.as_bytes()));
    method && path && body
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    text.is_empty() || body.windows(text.len()).any(|window| window == text)
}

/// Whether `text` fits `pattern`, in which `*` stands for any text.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn request(method: &str, path: &str, body: &'static str) -> Request<Bytes> {
        Request::builder().method(method).uri(path).body(Bytes::from_static(body.as_bytes())).unwrap()
    }

    fn statuses(actions: &[Action]) -> Vec<u16> {
        actions
            .iter()
            .filter_map(|a| if let Action::Status { status, .. } = a { Some(*status) } else { None })
            .collect()
    }

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(glob("/v3/*/contacts", "/v3/marketing/contacts"));
        assert!(glob("*", "/anything"));
        assert!(glob("/a", "/a"));
        assert!(glob("/jobs/*", "/jobs/1"));
        assert!(!glob("/v3/*/contacts", "/v3/marketing/contacts/search"));
        assert!(!glob("/a", "/a/b"));
        assert!(!glob("/*x*y", "/y"));
    }

    #[test]
    fn faults_act_in_order_and_are_used_up() {
        let mut script = FaultScript::default();
        script.extend([
            Fault::on("PUT", "/c", Action::status(500)).times(2),
            Fault::on("put", "/c", Action::status(503)),
        ]);
        let hits: Vec<_> = (0..4).map(|_| statuses(&script.strike(&request("PUT", "/c?x=1", "")))).collect();
        assert_eq!(hits, [vec![500], vec![500], vec![503], vec![]]);
        assert!(script.left().is_empty());
    }

    #[test]
    fn a_fault_waits_for_the_nth_request_that_fits() {
        let mut script = FaultScript::default();
        script.extend([Fault::on("PUT", "/c", Action::status(500)).nth(2).where_body_contains("ada")]);
        let bodies = ["ada", "bob", "ada", "ada"];
        let hits: Vec<_> = bodies.iter().map(|body| script.strike(&request("PUT", "/c", body)).len()).collect();
        assert_eq!(hits, [0, 0, 1, 0]);
    }

    #[test]
    fn a_delay_lets_the_next_fault_act_too() {
        let mut script = FaultScript::default();
        script.extend([
            Fault::on("PUT", "/c", Action::delay(Duration::from_secs(3))),
            Fault::on("PUT", "/c", Action::cut(true)),
            Fault::on("PUT", "/c", Action::status(500)),
        ]);
        assert_eq!(script.strike(&request("PUT", "/c", "")).len(), 2);
        assert_eq!(statuses(&script.strike(&request("PUT", "/c", ""))), [500]);
    }

    #[test]
    fn a_script_reads_from_json() {
        let faults: Vec<Fault> = serde_json::from_str(
            r#"[{"when": {"path": "/c", "times": 3},
                 "then": {"action": "status", "status": 429, "headers": {"Retry-After": "7"}, "body": {"a": 1}}},
                {"then": {"action": "job", "job": "ends_half", "errored": 2}},
                {"then": {"action": "cut"}}]"#,
        )
        .unwrap();
        assert_eq!(faults.iter().map(|fault| fault.then.name()).collect::<Vec<_>>(), ["status", "job", "cut"]);
        assert!(serde_json::from_str::<Fault>(r#"{"then": {"action": "cut"}, "wen": {}}"#).is_err());
    }
}
