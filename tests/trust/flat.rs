//! However many changes there are, what is under way stays within what the vendor takes at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use lapwing_contract::{
    Batch, Capabilities, Destination, DestinationError, Health, JobRef, ObjectDescription, Outcome, Prepared, Receipt,
    Target, WriteError,
};

use crate::vendor::Vendor;
use crate::world::{World, block_on};

/// Confirms everything, and counts the records and the requests under way.
struct Counting {
    like: Vendor,
    under_way: AtomicUsize,
    most: AtomicUsize,
    records: AtomicUsize,
}

#[async_trait]
impl Destination for Counting {
    fn capabilities(&self, object: &str) -> Capabilities {
        self.like.capabilities(object)
    }

    async fn check(&self) -> Result<Health, DestinationError> {
        self.like.check().await
    }

    async fn describe(&self, object: &str) -> Result<ObjectDescription, DestinationError> {
        self.like.describe(object).await
    }

    async fn prepare(&self, target: &Target) -> Result<Prepared, DestinationError> {
        self.like.prepare(target).await
    }

    async fn write(&self, batch: &Batch) -> Result<Receipt, WriteError> {
        let now = self.under_way.fetch_add(batch.records.len(), Ordering::SeqCst) + batch.records.len();
        self.most.fetch_max(now, Ordering::SeqCst);
        self.records.fetch_add(batch.records.len(), Ordering::SeqCst);
        tokio::task::yield_now().await;
        self.under_way.fetch_sub(batch.records.len(), Ordering::SeqCst);
        Ok(Receipt::all(&Outcome::Confirmed, batch.records.len()))
    }

    async fn follow(&self, job: &JobRef, batch: &Batch) -> Result<Receipt, DestinationError> {
        self.like.follow(job, batch).await
    }
}

fn customers(count: u64) -> String {
    format!(
        "CREATE OR REPLACE TEMP TABLE attributes AS
         SELECT i::VARCHAR AS customer_id, 'k' || i AS key, 'one' AS a, i::BIGINT AS b, DATE '2026-01-01' AS c
         FROM range({count}) AS t(i)"
    )
}

async fn delivered(count: u64, batch: usize, slots: usize) -> (World, Counting) {
    let mut world = World::new().await;
    world.vendor.capabilities.records_per_request = batch;
    world.vendor.capabilities.concurrency = slots;
    let counting = Counting {
        like: world.vendor.clone(),
        under_way: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
        records: AtomicUsize::new(0),
    };
    let planned = world.plan_over(customers(count)).await.unwrap();
    world.deliver_to(&counting, &planned).await.unwrap();
    world.fold(&planned.0.tables).await;
    (world, counting)
}

#[test]
fn two_hundred_thousand_changes_are_never_all_in_hand() {
    block_on(async {
        let (world, counting) = delivered(200_000, 500, 4).await;
        assert_eq!(counting.records.load(Ordering::SeqCst), 200_000);
        assert!(counting.most.load(Ordering::SeqCst) <= 4 * 500);
        assert_eq!(world.count("SELECT count(*) FROM deliveries WHERE known").await, 400_000);
    });
}

#[test]
fn thousands_of_batches_of_one_are_settled_and_folded() {
    block_on(async {
        let (mut world, _) = delivered(3_000, 1, 8).await;
        assert_eq!(world.count("SELECT count(*) FROM deliveries WHERE known").await, 6_000);
        let planned = world.plan_over(customers(3_000)).await.unwrap();
        assert_eq!(planned.0.counts.to_send, 0);
    });
}

#[test]
fn the_ledger_does_not_grow_with_the_number_of_runs() {
    block_on(async {
        let mut world = World::new().await;
        world.vendor.capabilities.records_per_request = 5_000;
        let mut sizes = Vec::new();
        for run in 0..9 {
            let attributes = customers(20_000).replace("'one'", &format!("'text of run {run} ' || i"));
            let planned = world.plan_over(attributes).await.unwrap();
            assert_eq!(planned.0.counts.to_send, 20_000);
            world.deliver(&planned).await;
            world.fold(&planned.0.tables).await;
            sizes.push(world.bytes_on_disk());
        }
        assert!(sizes[8] < 2 * sizes[3], "{sizes:?}");
    });
}
