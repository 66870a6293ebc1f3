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
