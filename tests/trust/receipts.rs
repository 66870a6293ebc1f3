//! Receipts: what a vendor says about each record is what is kept about it.

use lapwing_contract::ErrorKind;

use crate::vendor::Act;
use crate::world::{Crash, World, block_on};

const FIVE: [&str; 5] = ["ada", "bob", "cyd", "dan", "eve"];

#[test]
fn accepted_is_not_confirmed_until_the_job_has_ended() {
    block_on(async {
        let mut world = World::with(&["ada"]).await;
        world.vendor.script([Act::Job(3)]);
        world.vendor.follow_fails(true);
        let ran = world.run().await;
        assert_eq!((ran.folded.pending, ran.folded.confirmed), (1, 0));
        assert_eq!(world.count("SELECT count(*) FROM deliveries").await, 0);
        world.vendor.follow_fails(false);
        world.vendor.seen();
        let ran = world.run().await;
        assert_eq!((ran.counts.unchanged, world.vendor.seen().len()), (1, 0), "the job is followed, nothing is sent");
    });
}

#[test]
fn a_job_left_behind_by_a_kill_is_followed_and_its_records_are_not_sent_again() {
    block_on(async {
        let mut world = World::with(&FIVE).await;
        world.vendor.capabilities.jobs_in_flight = 2;
        // The first batch has a job that runs on, the second is killed in flight.
        world.vendor.script([Act::Job(1000), Act::Stall { applied: false }]);
        assert!(world.crash(Crash::AtStall).await);
        world.vendor.seen();
        let followed = world.run().await;
        // A job that outlives every deadline is given up, and its records are sent again.
        assert_eq!(followed.folded.confirmed, 5);
        assert_eq!(world.vendor.records().len(), 5);
    });
}

#[test]
fn records_that_a_job_does_not_decide_about_are_settled_at_once() {
    block_on(async {
        let mut world = World::with(&["ada", "bob", "cyd"]).await;
        world.vendor.script([Act::JobForSome]);
        let ran = world.run().await;
        assert_eq!((ran.folded.confirmed, ran.folded.pending), (3, 0));
        world.vendor.seen();
        assert_eq!(world.run().await.counts.to_send, 0);
        assert!(world.vendor.seen().is_empty());
    });
}

#[test]
fn a_job_left_behind_is_followed_with_its_own_records_only() {
    block_on(async {
        let mut world = World::with(&["ada", "bob", "cyd", "dan"]).await;
        world.vendor.script([Act::JobForSome]);
        world.vendor.follow_fails(true);
        let ran = world.run().await;
        assert_eq!((ran.folded.confirmed, ran.folded.pending), (2, 2));
        world.vendor.follow_fails(false);
        world.vendor.seen();
        // The vendor itself checks that it is asked about the records that it was given.
        assert_eq!(world.run().await.counts.unchanged, 4);
        assert!(world.vendor.seen().is_empty());
    });
}

#[test]
fn a_job_that_is_lost_is_sent_again_in_parts() {
    block_on(async {
        for applied in [true, false] {
            let mut world = World::with(&FIVE).await;
            world.vendor.script([Act::JobLost { applied }, Act::JobLost { applied }]);
            assert_eq!(world.run().await.folded.confirmed, 5);
            assert_eq!(world.vendor.records().len(), 5);
        }
    });
}

#[test]
fn what_is_not_idempotent_is_not_repeated_within_a_run() {
    block_on(async {
        let mut world = World::with(&FIVE).await;
        world.vendor.capabilities.idempotent = false;
        world.vendor.script([Act::Unknown { applied: true }, Act::WrongLength { applied: true }]);
        let ran = world.run().await;
        assert_eq!((ran.folded.unknown, world.vendor.seen().len()), (5, 2));
    });
}

#[test]
fn a_vendor_that_fails_three_times_in_a_row_is_left_alone() {
    block_on(async {
        let keys: Vec<String> = (0..80).map(|n| format!("k{n:02}")).collect();
        let mut world = World::with(&keys.iter().map(String::as_str).collect::<Vec<_>>()).await;
        world.vendor.capabilities.concurrency = 1;
        world.vendor.script([Act::Fail { kind: ErrorKind::Unavailable, applied: false }; 20]);
        let ran = world.run().await;
        assert_eq!(world.vendor.seen().len(), 3);
        assert_eq!((ran.folded.unknown, ran.folded.unsent), (12, 68));
        assert!(ran.delivered.stopped_by.is_some());
    });
}

#[test]
fn a_receipt_that_cannot_be_kept_ends_the_run_before_anything_else_is_sent() {
    block_on(async {
        let mut world = World::with(&FIVE).await;
        world.vendor.capabilities.concurrency = 1;
        world.vendor.capabilities.records_per_request = 1;
        let planned = world.plan().await.unwrap();
        world.engine().run(|session| session.run_script("ALTER TABLE receipts RENAME TO gone")).await.unwrap();
        let engine = world.engine().clone();
        assert!(world.try_deliver(&planned).await.is_err());
        assert!(world.vendor.seen().len() <= 1);
        engine.run(|session| session.run_script("ALTER TABLE gone RENAME TO receipts")).await.unwrap();
        assert_eq!(world.run().await.folded.confirmed, 5, "the next run knows that one may have arrived");
    });
}

#[test]
fn nothing_is_sent_where_the_ledger_cannot_be_told_before() {
    block_on(async {
        let mut world = World::with(&FIVE).await;
        let planned = world.plan().await.unwrap();
        world.engine().run(|session| session.run_script("ALTER TABLE plans RENAME TO gone")).await.unwrap();
        assert!(world.try_deliver(&planned).await.is_err());
        assert!(world.vendor.seen().is_empty());
    });
}

#[test]
fn writes_keep_to_what_the_vendor_takes_at_once_while_more_jobs_run() {
    block_on(async {
        let keys: Vec<String> = (0..80).map(|n| format!("k{n:02}")).collect();
        let mut world = World::with(&keys.iter().map(String::as_str).collect::<Vec<_>>()).await;
        world.vendor.capabilities.concurrency = 2;
        world.vendor.capabilities.jobs_in_flight = 6;
        world.vendor.script([Act::Job(2); 20]);
        assert_eq!(world.run().await.folded.confirmed, 80);
        assert!(world.vendor.most_at_once() <= 2, "{}", world.vendor.most_at_once());
        let jobs = world.vendor.most_jobs_open();
        assert!(jobs > 2 && jobs <= 6, "{jobs}");
        assert_eq!(world.run().await.counts.to_send, 0);
    });
}

#[test]
fn fewer_jobs_than_requests_at_once_are_fewer_batches_under_way() {
    block_on(async {
        let mut world = World::with(&FIVE).await;
        world.vendor.capabilities.records_per_request = 1;
        world.vendor.capabilities.concurrency = 4;
        world.vendor.capabilities.jobs_in_flight = 1;
        world.vendor.script([Act::Job(1); 5]);
        assert_eq!(world.run().await.folded.confirmed, 5);
        assert_eq!(world.vendor.most_jobs_open(), 1);
    });
}
