//! What differs between two Google projects, and what the documentation leaves open.

/// How the fake behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who may sign in; where there is nobody, every bearer token that is not empty edits everything.
    pub logins: Vec<Login>,
    /// The spreadsheets that exist, by id; where none are named, every id is that of an empty spreadsheet.
    pub spreadsheets: Vec<String>,
    /// Reads a minute and user. Documented: 60.
    pub reads_per_minute: u32,
    /// Writes a minute and user. Documented: 60.
    pub writes_per_minute: u32,
    /// How long an access token lives, in seconds. Documented: an hour.
    pub token_seconds: i64,
    /// Most cells of a spreadsheet, over all its tabs. Reported: 10,000,000.
    pub cells: u64,
    /// What `includeValuesInResponse` brings.
    pub echo: Echo,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            logins: Vec::new(),
            spreadsheets: Vec::new(),
            reads_per_minute: 60,
            writes_per_minute: 60,
            token_seconds: 3_600,
            cells: 10_000_000,
            echo: Echo::Whole,
        }
    }
}

/// What an answer shows where a client asks for the values of what it wrote. A client must not depend on the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echo {
    /// The whole range that was asked for, as documented.
    Whole,
    /// Only as much of it as values were given for. *Unverified* that Google never does so.
    Written,
    /// Nothing. *Unverified* as well.
    Nothing,
}

/// Somebody who may sign in.
#[derive(Clone)]
pub struct Login {
    /// The e-mail address of a service account: the `iss` of its assertions.
    pub email: String,
    /// The public key of a service account, as the DER of an `RSAPublicKey`; where it is empty, no signature is checked.
    pub public_key: Vec<u8>,
    /// A refresh token that stands for the same user; empty for none.
    pub refresh_token: String,
    /// What the spreadsheets' owner allows.
    pub role: Role,
}

/// What a user may do with the spreadsheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Read and write.
    Editor,
    /// Read.
    Viewer,
    /// Nothing: nobody shared them.
    Stranger,
}

impl Login {
    /// A user with a refresh token.
    pub fn user(refresh_token: impl Into<String>, role: Role) -> Self {
        Self { email: String::new(), public_key: Vec::new(), refresh_token: refresh_token.into(), role }
    }

    /// A service account whose signatures are checked.
    pub fn service_account(email: impl Into<String>, public_key: impl Into<Vec<u8>>, role: Role) -> Self {
        Self { email: email.into(), public_key: public_key.into(), refresh_token: String::new(), role }
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("email", &self.email).field("role", &self.role).finish_non_exhaustive()
    }
}
