use super::*;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

fn cell(row: usize, column: usize) -> Cell {
    Cell { row, column, value: json!(format!("{row}/{column}")), record: row }
}

/// The ranges and values of all requests.
fn written(cells: Vec<Cell>, mapped: &[usize]) -> Vec<(String, Json)> {
    let requests = requests("List", cells, |column| mapped.contains(&column));
    let bodies = requests.iter().map(|request| serde_json::from_str::<Json>(&request.body("List", 0)).unwrap());
    let data = bodies.flat_map(|body| {
        let mut data = body["data"].as_array().unwrap().clone();
        assert_eq!(data.pop(), Some(json!({ "range": "'List'!A:A", "values": [[null]] })));
        data
    });
    data.map(|data| (data["range"].as_str().unwrap().to_owned(), data["values"].clone())).collect()
}

#[test]
fn a_block_is_one_range() {
    let cells = (1..4).flat_map(|row| (0..3).map(move |column| cell(row, column))).collect();
    let values = json!([["1/0", "1/1", "1/2"], ["2/0", "2/1", "2/2"], ["3/0", "3/1", "3/2"]]);
    assert_eq!(written(cells, &[0, 1, 2]), [("'List'!A2:C4".to_owned(), values)]);
}

#[test]
fn small_gaps_between_own_cells_are_skipped_and_columns_of_others_never() {
    let cells = vec![cell(1, 0), cell(1, 2), cell(3, 2)];
    let bridged = json!([["1/0", null, "1/2"], [null], [null, null, "3/2"]]);
    assert_eq!(written(cells.clone(), &[0, 1, 2]), [("'List'!A2:C4".to_owned(), bridged)]);
    let apart =
        [("'List'!A2".to_owned(), json!([["1/0"]])), ("'List'!C2:C4".to_owned(), json!([["1/2"], [null], ["3/2"]]))];
    assert_eq!(written(cells, &[0, 2]), apart);
}

#[test]
fn far_rows_are_ranges_of_their_own() {
    let ranges: Vec<_> = written(vec![cell(1, 0), cell(500, 0)], &[0]).into_iter().map(|(range, _)| range).collect();
    assert_eq!(ranges, ["'List'!A2", "'List'!A501"]);
}

#[test]
fn no_request_is_larger_than_two_megabytes_but_for_a_row_that_is() {
    let long = |row, length: usize| Cell { value: json!("x".repeat(length)), ..cell(row, 0) };
    let mut cells: Vec<Cell> = (1..201).map(|row| long(row, 40_000)).collect();
    let sizes = |cells: Vec<Cell>| -> Vec<usize> {
        requests("List", cells, |_| true).iter().map(|request| request.body("List", 0).len()).collect()
    };
    let all = sizes(cells.clone());
    assert!(all.len() == 5 && all.iter().all(|bytes| *bytes <= MAX_BYTES), "{all:?}");
    cells.push(long(300, 3_000_000));
    assert_eq!(sizes(cells).len(), 6);
}

#[test]
fn a_range_knows_its_record_where_it_holds_no_other() {
    let requests = requests("List", vec![cell(1, 0), cell(2, 0), cell(900, 0)], |_| true);
    assert_eq!([0, 1, 2].map(|range| requests[0].record_of(range)), [None, Some(900), None]);
}

proptest! {
    #[test]
    fn every_cell_is_written_once_and_no_other(
        places in prop::collection::btree_set((1_usize..60, 0_usize..9), 1..80), hole in 0_usize..9,
    ) {
        let cells: Vec<Cell> =
            places.iter().filter(|(_, column)| *column != hole).map(|(row, column)| cell(*row, *column)).collect();
        let expected: BTreeMap<(usize, usize), Json> =
            cells.iter().map(|cell| ((cell.row, cell.column), cell.value.clone())).collect();
        let mapped: Vec<usize> = (0..9).filter(|column| *column != hole).collect();
        let mut found = BTreeMap::new();
        for (range, values) in written(cells, &mapped) {
            let corner = range.trim_start_matches("'List'!").split(':').next().unwrap();
            let (first_column, first_row) = (usize::from(corner.as_bytes()[0] - b'A'), corner[1..].parse::<usize>().unwrap() - 1);
            for (down, row) in values.as_array().unwrap().iter().enumerate() {
                for (right, value) in row.as_array().unwrap().iter().enumerate().filter(|(_, value)| !value.is_null()) {
                    prop_assert!(found.insert((first_row + down, first_column + right), value.clone()).is_none());
                }
            }
        }
        prop_assert_eq!(found, expected);
    }
}
