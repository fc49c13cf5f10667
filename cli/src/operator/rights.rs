//! Whose directory it is. What root writes, the application could not read; and where the application's user may put
//! links, root should not write.

use std::path::Path;

use crate::exit::Outcome;

/// Refuses to work as root on a directory that is somebody else's.
#[cfg(unix)]
pub(super) fn check(directory: &Path) -> Outcome {
    use std::os::unix::fs::MetadataExt as _;

    use anyhow::anyhow;

    use crate::exit::Failure;

    let Ok(owner) = std::fs::metadata(directory).map(|metadata| metadata.uid()) else {
        // Without a directory there is no owner; what opens it says so.
        return Ok(());
    };
    // A file belongs to the user who makes it.
    let user = tempfile::tempfile().and_then(|file| file.metadata()).map(|metadata| metadata.uid());
    match user {
        Ok(user) if is_root_elsewhere(user, owner) => Err(Failure::Failed(anyhow!(
            "expected the user to whom {} belongs, got root: run it with sudo -u '#{owner}'",
            directory.display()
        ))),
        _ => Ok(()),
    }
}

/// Elsewhere rights are inherited from the directory.
#[cfg(not(unix))]
pub(super) fn check(_: &Path) -> Outcome {
    Ok(())
}

#[cfg(unix)]
fn is_root_elsewhere(user: u32, owner: u32) -> bool {
    const ROOT: u32 = 0;
    user == ROOT && owner != ROOT
}

#[cfg(all(test, unix))]
mod tests {
    use super::is_root_elsewhere;

    #[test]
    fn only_root_on_the_directory_of_another_is_refused() {
        assert!(is_root_elsewhere(0, 999));
        for (user, owner) in [(0, 0), (999, 999), (999, 998), (999, 0)] {
            assert!(!is_root_elsewhere(user, owner), "{user} {owner}");
        }
    }
}
