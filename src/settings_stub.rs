use std::path::{Path, PathBuf};
#[derive(Debug, Clone, Default)]
pub struct SettingsFlags {
    pub state_folder: Option<PathBuf>,
    pub memory_limit: Option<String>,
    pub threads: Option<usize>,
    pub log_level: Option<String>,
    pub colours: Option<String>,
}
#[derive(Debug, Clone)]
pub struct Settings {
    pub state_folder: PathBuf,
    pub spill_folder: Option<PathBuf>,
    pub memory_limit: Option<String>,
    pub threads: Option<usize>,
    pub retry: lapwing_http::RetrySettings,
}
#[derive(Debug, serde::Serialize)]
pub struct Entry {
    pub key: String,
    pub value: String,
    pub origin: String,
}
impl Settings {
    pub fn load(_f: Option<&Path>, _b: &Path, flags: &SettingsFlags) -> Result<Self, std::io::Error> {
        Ok(Self {
            state_folder: flags
                .state_folder
                .clone()
                .or(std::env::var_os("LAPWING_STATE_FOLDER").map(PathBuf::from))
                .unwrap_or(".lapwing".into()),
            spill_folder: None,
            memory_limit: flags.memory_limit.clone(),
            threads: flags.threads,
            retry: Default::default(),
        })
    }
    pub fn entries(&self) -> Vec<Entry> {
        vec![]
    }
}
