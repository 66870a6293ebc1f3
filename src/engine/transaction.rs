//! All of some work or nothing; and all of it, to look at, and then nothing.

use super::{EngineError, Session};

impl Session {
    /// Runs `work` in a transaction: all of it, or nothing.
    ///
    /// # Errors
    /// What `work` returns, after the roll-back.
    pub fn transaction<T, E: From<EngineError>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.rehearsing {
            return work(self);
        }
        self.execute_again("BEGIN TRANSACTION", &[])?;
        match work(self) {
            Ok(done) => {
                self.execute_again("COMMIT", &[])?;
                Ok(done)
            }
            Err(error) => {
                // The first error is the one to tell; a roll-back of a broken transaction fails with it.
                let _ = self.run_script("ROLLBACK");
                Err(error)
            }
        }
    }

    /// Runs `work` and takes everything back that it did, however it ended. Transactions within it are part of it.
    ///
    /// # Errors
    /// What `work` returns, or [`EngineError`] of the transaction around it.
    pub fn rehearse<T, E: From<EngineError>>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.execute_again("BEGIN TRANSACTION", &[])?;
        self.rehearsing = true;
        let done = work(self);
        self.rehearsing = false;
        let taken_back = self.run_script("ROLLBACK");
        // The first error is the one to tell; a roll-back of a broken transaction may fail with it.
        let done = done?;
        taken_back?;
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Engine, EngineOptions};

    #[tokio::test]
    async fn a_statement_that_stands_ready_finds_the_table_of_the_moment() {
        let engine = Engine::open(EngineOptions { threads: Some(1), ..EngineOptions::default() }).await.unwrap();
        let found = engine.run(|session| {
            let enter = |session: &Session| session.execute_again("INSERT INTO t VALUES ($n)", &[("n", 7.into())]);
            session.run_script("CREATE TABLE t (n BIGINT)")?;
            assert_eq!((enter(session)?, enter(session)?), (1, 1));
            session.run_script("DROP TABLE t")?;
            assert!(enter(session).is_err(), "there is no table now");
            session.run_script("CREATE TABLE t (text VARCHAR)")?;
            session.transaction(|session| enter(session))?;
            session.rows("SELECT text FROM t", &[], |row| row.text(0))
        });
        assert_eq!(found.await.unwrap(), [Some("7".to_owned())]);
    }
}
