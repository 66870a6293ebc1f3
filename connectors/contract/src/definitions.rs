//! Fields that an account defines itself: found by name, and created where they are missing. A connector says how its
//! vendor reads, tells apart and creates them; the rules of [`prepare`](crate::Destination::prepare) and
//! [`locate`](crate::Destination::locate) stand here, once.

use async_trait::async_trait;

use crate::{DestinationError, FieldBinding, FieldSpec, Target};

/// What became of creating a field.
#[derive(Debug)]
pub enum Creation {
    /// It is there now.
    Made(FieldBinding),
    /// The vendor refused. Names are unique, so it may be there: from an earlier try whose answer was lost, or because
    /// somebody else made it meanwhile. The error is for the case that it is not.
    Refused(DestinationError),
}

/// The definitions of one account.
#[async_trait]
pub trait FieldDefinitions: Send + Sync {
    /// All definitions, as the vendor gives them.
    type All: Send + Sync;

    /// Reads the definitions; empty where no field of the target needs one.
    ///
    /// # Errors
    /// The kinds of [`check`](crate::Destination::check).
    async fn read(&self, target: &Target) -> Result<Self::All, DestinationError>;

    /// The field that a spec means; none where it would have to be created. No I/O.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind) where it is there and cannot hold the values.
    fn find(&self, spec: &FieldSpec, all: &Self::All) -> Result<Option<FieldBinding>, DestinationError>;

    /// Whether these fields, one or more, may be created beside those that are there. No I/O.
    ///
    /// # Errors
    /// [`ErrorKind::Configuration`](crate::ErrorKind), with their names, where they may not.
    fn allow(&self, missing: &[&FieldSpec], all: &Self::All) -> Result<(), DestinationError>;

    /// Creates a field. The same request once more does no harm.
    ///
    /// # Errors
    /// The kinds of [`check`](crate::Destination::check).
    async fn create(&self, spec: &FieldSpec) -> Result<Creation, DestinationError>;

    /// One binding a field, in order. What is missing is created after everything has been checked, so that a target
    /// that cannot work creates nothing.
    ///
    /// # Errors
    /// Those of the other methods.
    async fn bind(&self, target: &Target) -> Result<Vec<FieldBinding>, DestinationError> {
        let mut bound = Vec::with_capacity(target.fields.len());
        for (spec, found) in target.fields.iter().zip(look_up(self, target).await?) {
            bound.push(match found {
                Some(binding) => binding,
                None => make(self, target, spec).await?,
            });
        }
        Ok(bound)
    }

    /// One binding a field, in order; an empty one for a field that [`bind`](Self::bind) would create. Reads only.
    ///
    /// # Errors
    /// Those of the other methods.
    async fn locate(&self, target: &Target) -> Result<Vec<FieldBinding>, DestinationError> {
        Ok(look_up(self, target).await?.into_iter().map(Option::unwrap_or_default).collect())
    }
}

/// The fields that are there, in order; none for one that has to be created, and may be.
async fn look_up<D: FieldDefinitions + ?Sized>(
    definitions: &D,
    target: &Target,
) -> Result<Vec<Option<FieldBinding>>, DestinationError> {
    let all = definitions.read(target).await?;
    let found: Vec<Option<FieldBinding>> =
        target.fields.iter().map(|spec| definitions.find(spec, &all)).collect::<Result<_, _>>()?;
    let missing: Vec<&FieldSpec> =
        target.fields.iter().zip(&found).filter(|(_, found)| found.is_none()).map(|(spec, _)| spec).collect();
    if !missing.is_empty() {
        definitions.allow(&missing, &all)?;
    }
    Ok(found)
}

async fn make<D: FieldDefinitions + ?Sized>(
    definitions: &D,
    target: &Target,
    spec: &FieldSpec,
) -> Result<FieldBinding, DestinationError> {
    let refusal = match definitions.create(spec).await? {
        Creation::Made(binding) => return Ok(binding),
        Creation::Refused(refusal) => refusal,
    };
    let there = definitions.find(spec, &definitions.read(target).await?)?;
    there.map(|found| FieldBinding { created: true, ..found }).ok_or(refusal)
}

#[cfg(test)]
mod tests;
