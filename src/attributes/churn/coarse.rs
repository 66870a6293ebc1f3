//! Few histories that stand for many: what a search may begin with.

use super::History;
use super::likelihood::Likelihood;

/// So many histories are searched as they are: half a thousand looks at them take about a second.
const FEW: usize = 10_000;

/// Into how many stretches the days are cut.
const STRETCHES: usize = 24;

/// Histories that look alike.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    repeats: u64,
    span_days: u64,
    age_days: u64,
    customers: u64,
}

impl Cell {
    fn add(&mut self, history: &History, customers: u64) {
        self.repeats += customers * u64::from(history.repeats);
        self.span_days += customers * u64::from(history.span_days);
        self.age_days += customers * u64::from(history.age_days);
        self.customers += customers;
    }

    /// The history in the middle of them; none where there are no customers.
    fn mean(&self) -> Option<(History, u64)> {
        let mean = |sum: u64| u32::try_from((sum + self.customers / 2).checked_div(self.customers)?).ok();
        let (repeats, span_days, age_days) = (mean(self.repeats)?, mean(self.span_days)?, mean(self.age_days)?);
        Some((History { repeats, span_days, age_days }, self.customers))
    }
}

/// The same customers with some thousand histories at most: those of like repeats, and with days in the same stretches, all
/// have the one in their middle.
pub(super) fn coarse(likelihood: &Likelihood) -> Likelihood {
    let histories = likelihood.histories();
    if histories.len() <= FEW {
        return Likelihood::new(histories.to_vec());
    }
    let days = likelihood.days.last().map_or(1, |days| *days as usize + 1);
    let stretch = |of: u32| of as usize * STRETCHES / days;
    let classes = likelihood.repeats.last().map_or(0, |most| class(*most)) + 1;
    let mut cells = vec![Cell::default(); classes * STRETCHES * STRETCHES];
    for (history, customers) in histories {
        let place = (class(history.repeats) * STRETCHES + stretch(history.span_days)) * STRETCHES;
        cells[place + stretch(history.age_days)].add(history, *customers);
    }
    Likelihood::new(cells.iter().filter_map(Cell::mean).collect())
}

/// Each number below 8 is a class of its own; from there on, there are four classes from each power of two to the next.
fn class(repeats: u32) -> usize {
    if repeats < 4 {
        return repeats as usize;
    }
    let power = repeats.ilog2();
    (4 * (power - 1) + ((repeats >> (power - 2)) & 3)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_each_other() {
        let classes: Vec<usize> = (0..20).map(class).collect();
        assert_eq!(classes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 12, 12]);
    }

    #[test]
    fn customers_are_kept_and_those_who_never_came_back_stay_apart() {
        let many = (0..200_u32).flat_map(|age_days| {
            (0..100).map(move |repeats| (History { repeats, span_days: repeats.min(age_days), age_days }, 3))
        });
        let exact = Likelihood::new(many.collect());
        let few = coarse(&exact);
        assert_eq!(few.customers.to_bits(), exact.customers.to_bits());
        assert!(few.histories().len() < FEW && exact.histories().len() > FEW);
        let never: u64 = few.histories().iter().filter(|(found, _)| found.repeats == 0).map(|(_, count)| count).sum();
        assert_eq!(never, 600);
        let sound = |history: &History| {
            history.span_days <= history.age_days && (history.repeats > 0 || history.span_days == 0)
        };
        assert!(few.histories().iter().all(|(history, _)| sound(history)));
    }

    #[test]
    fn few_histories_stay_as_they_are() {
        let histories = vec![(History { repeats: 2, span_days: 9, age_days: 33 }, 4)];
        assert_eq!(coarse(&Likelihood::new(histories.clone())).histories(), histories);
    }
}
