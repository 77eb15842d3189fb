//! Process care. (to be written)

/// How a plugin's process ended.
#[derive(Clone, Debug)]
pub struct ProcessExit {}
