//! What is written down before is put back after, whoever is left to do it.

use std::cell::RefCell;

use super::*;

fn record(profile: Option<&str>, paths: &[&str]) -> Record {
    Record {
        profile: profile.map(str::to_owned),
        folder: None,
        identity: "S-1-15-2-1-2-3".parse().unwrap(),
        paths: paths.iter().map(PathBuf::from).collect(),
    }
}

fn none_may(_: &str) -> io::Result<()> {
    panic!("there is no profile")
}

fn no_folder(_: &Path) -> io::Result<()> {
    panic!("there is no folder")
}

#[test]
fn a_record_is_on_the_disk_before_and_gone_after() {
    let folder = tempfile::tempdir().unwrap();
    let entry = Entry::write(folder.path(), "one", record(Some("p"), &["/a", "/b"])).unwrap();
    let text = fs::read_to_string(folder.path().join("one.json")).unwrap();
    assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), entry.record);
    let seen = RefCell::new(Vec::new());
    let take_back = |path: &Path, sid: &Sid| {
        assert_eq!(sid.to_string(), "S-1-15-2-1-2-3");
        seen.borrow_mut().push(path.display().to_string());
        Ok(())
    };
    let remove = |profile: &str| {
        seen.borrow_mut().push(profile.to_owned());
        Ok(())
    };
    entry.undo(take_back, remove, no_folder).unwrap();
    assert_eq!(*seen.borrow(), ["/b", "/a", "p"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_is_looked_after_is_left_alone_and_what_a_crash_left_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let held = Entry::write(folder.path(), "held", record(None, &["/a"])).unwrap();
    let again = Entry::write(folder.path(), "held", record(None, &[]));
    assert_eq!(again.unwrap_err().kind(), io::ErrorKind::ResourceBusy);
    // Whoever dies without putting anything back does no more than this.
    drop(Entry::write(folder.path(), "left", record(None, &["/b"])).unwrap());
    fs::write(folder.path().join("notes.txt"), "not a record").unwrap();
    let left = Entry::left(folder.path());
    let found: Vec<_> = left.iter().map(|entry| entry.record.clone()).collect();
    assert_eq!(found, [record(None, &["/b"])]);
    // Found, it is looked after: the next one does not find it too.
    assert!(Entry::left(folder.path()).is_empty());
    assert_eq!(Entry::count(folder.path()), 2);
    drop(held);
    let held = Entry::left(folder.path()).pop().unwrap();
    drop(left);
    held.forget().unwrap();
    assert_eq!(Entry::count(folder.path()), 1);
    assert_eq!(Entry::left(folder.path())[0].record, record(None, &["/b"]));
}

#[test]
fn what_was_cut_off_while_it_was_written_goes() {
    let folder = tempfile::tempdir().unwrap();
    let whole = serde_json::to_string(&record(Some("p"), &["/a"])).unwrap();
    let path = folder.path().join("cut.json");
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(Entry::left(folder.path()).is_empty());
        assert!(!path.exists(), "{length}");
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(Entry::left(folder.path()).len(), 1);
}

#[test]
fn what_cannot_be_put_back_stays_on_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let entry = Entry::write(folder.path(), "one", record(Some("p"), &["/a", "/b", "/c"]));
    let refuse = |path: &Path, _: &Sid| match path == Path::new("/b") {
        true => Err(io::ErrorKind::PermissionDenied.into()),
        false => Ok(()),
    };
    let failed = entry.unwrap().undo(refuse, |_| Ok(()), no_folder);
    assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    let mut left = Entry::left(folder.path());
    let entry = left.pop().unwrap();
    assert_eq!(entry.record, record(None, &["/b"]));
    entry.undo(|_, _| Ok(()), none_may, no_folder).unwrap();
    assert!(Entry::left(folder.path()).is_empty());
}

#[test]
fn what_is_claimed_is_one_ones_until_all_of_it_is_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let claim = || Entry::claim(folder.path(), "user", record(None, &["/a"]));
    let entry = claim().unwrap();
    assert_eq!(claim().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    let refuse = |_: &Path, _: &Sid| Err(io::ErrorKind::PermissionDenied.into());
    entry.undo(refuse, none_may, no_folder).unwrap_err();
    // Nobody looks after it now, and it is nobody's still.
    assert_eq!(claim().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    let left = Entry::left(folder.path()).pop().unwrap();
    left.undo(|_, _| Ok(()), none_may, no_folder).unwrap();
    drop(claim().unwrap());
}

#[test]
fn a_folder_of_its_own_goes_or_stays_on_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own");
    let mut with = record(None, &["/a"]);
    with.folder = Some(own.clone());
    let entry = Entry::write(folder.path(), "one", with).unwrap();
    let busy = |_: &Path| Err(io::ErrorKind::ResourceBusy.into());
    entry.undo(|_, _| Ok(()), none_may, busy).unwrap_err();
    let left = Entry::left(folder.path()).pop().unwrap();
    assert_eq!(
        (left.record.folder.as_deref(), left.record.paths.len()),
        (Some(&*own), 0)
    );
    let removed = RefCell::new(Vec::new());
    let remove = |path: &Path| {
        removed.borrow_mut().push(path.to_owned());
        Ok(())
    };
    left.undo(|_, _| panic!("no rights are left"), none_may, remove)
        .unwrap();
    assert_eq!(*removed.borrow(), [own]);
    assert!(Entry::left(folder.path()).is_empty());
}

#[test]
fn what_was_written_down_before_there_were_such_folders_is_read() {
    let before = r#"{"profile":"p","identity":"S-1-15-2-1-2-3","paths":["/a"]}"#;
    let read: Record = serde_json::from_str(before).unwrap();
    assert_eq!(read, record(Some("p"), &["/a"]));
}
