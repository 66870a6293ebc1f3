//! The order of a list: whole rows are moved, as few as possible, so that people's notes go with them.
//!
//! The longest run of rows that stand in order already stays, and each other row goes behind the one that comes before
//! it. Rows of others keep their place beside the rows that stay.

use lapwing_contract::{DestinationError, ErrorKind, Prepared, Value};
use serde_json::{Value as Json, json};

use crate::api::Sheets;
use crate::response;
use crate::tab::{Keys, Tab};

/// Moves a request: about 140 bytes each, within the 2 MB that Google recommends.
const MOVES_AT_ONCE: usize = 10_000;

/// One move: rows from `first` to before `end`, to before `destination`, counted before they are taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Move {
    first: usize,
    end: usize,
    destination: usize,
}

/// Puts the rows of these keys into this order. Where they stand so already, nothing is written.
pub(crate) async fn arrange(
    sheets: &Sheets,
    target: &Prepared,
    keys: &[Value],
    header_rows: usize,
) -> Result<(), DestinationError> {
    let title = &target.target.object;
    let tab = Tab::read(sheets, title, header_rows).await?;
    let column = tab.layout(target)?.key;
    let stands = Keys::read(sheets, title, column, header_rows).await?;
    let wanted: Vec<usize> = keys.iter().filter_map(|key| stands.first(&key.to_text())).collect();
    let sheet_id = tab.properties.sheet_id;
    for moves in moves(&wanted, stands.rows.len()).chunks(MOVES_AT_ONCE) {
        let requests: Vec<Json> = moves.iter().map(|one| request(sheet_id, *one)).collect();
        let answer = sheets.restructure(&requests).await?;
        if !answer.is_success() {
            return Err(match response::failure(&answer, sheets.email.as_deref()) {
                // Rows went away since the look.
                error if error.kind == ErrorKind::Protocol => DestinationError {
                    message: "the rows could not be moved: somebody changed the tab meanwhile; run again".to_owned(),
                    ..error
                },
                error => error,
            });
        }
    }
    Ok(())
}

fn request(sheet_id: i64, one: Move) -> Json {
    let source = json!({ "sheetId": sheet_id, "dimension": "ROWS", "startIndex": one.first, "endIndex": one.end });
    json!({ "moveDimension": { "source": source, "destinationIndex": one.destination } })
}

/// The moves that bring `wanted` (rows, in the order in which they should stand) into order, one after the other, among
/// `rows` rows.
fn moves(wanted: &[usize], rows: usize) -> Vec<Move> {
    let mut wanted = wanted.to_vec();
    let mut seen = vec![false; rows];
    wanted.retain(|row| seen.get_mut(*row).is_some_and(|seen| !std::mem::replace(seen, true)));
    let stays = longest_in_order(&wanted);
    let mut grid = Grid::new(rows);
    let mut moves = Vec::new();
    let mut at = 0;
    while at < wanted.len() {
        if stays[at] {
            at += 1;
            continue;
        }
        let first = grid.position(wanted[at]);
        let mut length = 1;
        while at + length < wanted.len() && !stays[at + length] && grid.position(wanted[at + length]) == first + length
        {
            length += 1;
        }
        let destination = match at.checked_sub(1) {
            Some(before) => grid.position(wanted[before]) + 1,
            // The first goes before the first that stays; one always does.
            None => stays.iter().position(|stays| *stays).map_or(first, |next| grid.position(wanted[next])),
        };
        if destination < first || destination > first + length {
            moves.push(Move { first, end: first + length, destination });
            grid.shift(first, length, destination);
        }
        at += length;
    }
    moves
}

/// Rows by their first places, and where they are now.
struct Grid {
    rows: Vec<usize>,
    positions: Vec<usize>,
}

impl Grid {
    fn new(rows: usize) -> Self {
        Self { rows: (0..rows).collect(), positions: (0..rows).collect() }
    }

    fn position(&self, row: usize) -> usize {
        self.positions[row]
    }

    fn shift(&mut self, first: usize, length: usize, destination: usize) {
        let (from, to) = if destination > first {
            self.rows[first..destination].rotate_left(length);
            (first, destination)
        } else {
            self.rows[destination..first + length].rotate_right(length);
            (destination, first + length)
        };
        for at in from..to {
            self.positions[self.rows[at]] = at;
        }
    }
}

/// Which of some different numbers belong to a longest rising run among them.
fn longest_in_order(numbers: &[usize]) -> Vec<bool> {
    // The places of the smallest number that ends a rising run of each length, and what comes before each number.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; numbers.len()];
    for (at, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        before[at] = length.checked_sub(1).map(|shorter| ends[shorter]);
        if length == ends.len() {
            ends.push(at);
        } else {
            ends[length] = at;
        }
    }
    let mut stays = vec![false; numbers.len()];
    let mut next = ends.last().copied();
    while let Some(at) = next {
        stays[at] = true;
        next = before[at];
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The rows after the moves, as Google makes them.
    fn moved(moves: &[Move], rows: usize) -> Vec<usize> {
        let mut grid: Vec<usize> = (0..rows).collect();
        for one in moves {
            let taken: Vec<usize> = grid.drain(one.first..one.end).collect();
            let to = if one.destination > one.first { one.destination - taken.len() } else { one.destination };
            grid.splice(to..to, taken);
        }
        grid
    }

    #[test]
    fn what_stands_in_order_is_not_moved() {
        assert_eq!(moves(&[1, 2, 5], 7), []);
        assert_eq!(moves(&[], 3), []);
    }

    #[test]
    fn one_row_out_of_order_is_one_move_and_neighbours_go_together() {
        assert_eq!(moves(&[4, 1, 2, 3], 5), [Move { first: 4, end: 5, destination: 1 }]);
        assert_eq!(moves(&[3, 4, 5, 1], 6).len(), 1);
        assert_eq!(moves(&[1, 4, 5, 2, 3, 6], 7), [Move { first: 4, end: 6, destination: 2 }]);
    }

    #[test]
    fn rows_of_others_keep_their_place_beside_those_that_stay() {
        // Row 0 is the header, row 2 somebody's note.
        assert_eq!(moved(&moves(&[4, 1, 3], 5), 5), [0, 4, 1, 2, 3]);
    }

    #[test]
    fn a_row_that_is_wanted_twice_or_is_not_there_does_no_harm() {
        assert_eq!(moved(&moves(&[2, 1, 2, 9], 3), 3), [0, 2, 1]);
    }

    proptest! {
        #[test]
        fn all_come_into_order_with_as_few_rows_moved_as_possible(
            wanted in Just((1..40_usize).collect::<Vec<_>>()).prop_shuffle(), count in 0_usize..39,
        ) {
            let wanted = &wanted[..count];
            let moves = moves(wanted, 40);
            let grid = moved(&moves, 40);
            let found: Vec<usize> = grid.iter().copied().filter(|row| wanted.contains(row)).collect();
            prop_assert_eq!(&found, wanted);
            let others: Vec<usize> = grid.iter().copied().filter(|row| !wanted.contains(row)).collect();
            prop_assert!(others.is_sorted());
            let carried: usize = moves.iter().map(|one| one.end - one.first).sum();
            let stays = longest_in_order(wanted).into_iter().filter(|stays| *stays).count();
            prop_assert_eq!(carried, wanted.len() - stays);
        }
    }
}
