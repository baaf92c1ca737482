//! Each promise of a tree, kept by a group and by descent alike.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::AsyncReadExt;

use super::hierarchies::{gives, unified};
use super::unified::remove;
use super::{Group, Hierarchies, Seed};
use crate::child::{Child, Exit, Output};
use crate::lines::Lines;
use crate::spawn::plant;
use crate::spec::{Bounds, Spec};
use crate::tree::{Tree, freeze_all};

#[derive(Debug, Clone, Copy, PartialEq)]
enum By {
    Group,
    Descent,
}

/// Starts `script` in a shell, in a tree known by `by`; nothing where no group can be made.
async fn tree(by: By, script: &str) -> Option<(Child, Tree)> {
    let mut seed = Seed::prepare("test", Bounds::default()).unwrap();
    match by {
        By::Group if !seed.group.unified() => return None,
        By::Group => {}
        By::Descent => seed.group = Group::default(),
    }
    let path = "/usr/local/bin:/usr/bin:/bin";
    let spec = Spec::new("/bin/sh")
        .arg("-c")
        .arg(script)
        .env("PATH", path)
        .piped_stdin();
    Some(plant(seed, spec).await.unwrap())
}

/// A shell that leaves one child in another session behind, whose parent has gone.
const ESCAPE: &str =
    "(setsid sh -c 'trap \"\" TERM HUP; echo ready; while :; do echo x; done' &) ; read end";

async fn ready(child: &mut Child) -> Lines<Output<tokio::process::ChildStdout>> {
    let mut lines = Lines::new(child.take_stdout().unwrap(), 100);
    assert_eq!(lines.next().await.unwrap().as_deref(), Some("ready"));
    lines
}

#[tokio::test]
async fn a_double_fork_in_its_own_session_is_killed_frozen_or_not() {
    for (by, frozen) in [
        (By::Group, false),
        (By::Group, true),
        (By::Descent, false),
        (By::Descent, true),
    ] {
        let Some((mut child, tree)) = tree(by, ESCAPE).await else {
            continue;
        };
        let mut lines = ready(&mut child).await;
        if frozen {
            assert_eq!(tree.freeze().await.unwrap().processes, 2, "{by:?}");
        }
        assert_eq!(tree.count().await.unwrap(), 2, "{by:?}");
        assert_eq!(tree.kill().await.unwrap().processes, 2, "{by:?}");
        assert_eq!(tree.count().await.unwrap(), 0, "{by:?}");
        assert_eq!(child.wait().await.unwrap(), Exit::Signal(9));
        // The pipe ends only when the last holder of it has.
        while lines.next().await.unwrap().is_some() {}
        assert_eq!(tree.kill().await.unwrap().processes, 0, "again");
    }
}

#[tokio::test]
async fn dropping_the_last_handle_kills() {
    for by in [By::Group, By::Descent] {
        let Some((mut child, tree)) = tree(by, ESCAPE).await else {
            continue;
        };
        let mut lines = ready(&mut child).await;
        let copy = tree.clone();
        drop(tree);
        assert_eq!(copy.count().await.unwrap(), 2, "{by:?}");
        drop(copy);
        while lines.next().await.unwrap().is_some() {}
        assert_eq!(child.wait().await.unwrap(), Exit::Signal(9));
    }
}

#[tokio::test]
async fn nothing_moves_while_frozen_even_if_a_sibling_continues_it() {
    let script = "sh -c 'echo ready; while :; do echo x; done' & \
        worker=$!; while kill -CONT $worker 2>/dev/null; do :; done";
    for by in [By::Group, By::Descent] {
        let Some((mut child, tree)) = tree(by, script).await else {
            continue;
        };
        let mut output = ready(&mut child).await.into_inner();
        let mut buffer = vec![0; 1 << 20];
        for _ in 0..3 {
            tree.freeze().await.unwrap();
            // What is in the pipe may be read; after that there is nothing, however long one listens.
            let listen = Duration::from_millis(60);
            let mut left = 0;
            while let Ok(read) = tokio::time::timeout(listen, output.read(&mut buffer)).await {
                left += read.unwrap();
            }
            assert!(
                left <= 256 << 10,
                "{by:?}: {left} bytes came out of a frozen tree"
            );
            tree.thaw().await.unwrap();
            assert_ne!(output.read(&mut buffer).await.unwrap(), 0, "{by:?}: thawed");
        }
        tree.kill().await.unwrap();
    }
}

#[tokio::test]
async fn a_parent_that_waits_for_its_child_to_become_a_program_counts_as_still() {
    let script = "echo ready; while :; do /bin/true; done";
    for by in [By::Group, By::Descent] {
        let Some((mut child, tree)) = tree(by, script).await else {
            continue;
        };
        ready(&mut child).await;
        for _ in 0..20 {
            tree.freeze().await.unwrap();
            tree.thaw().await.unwrap();
        }
        tree.kill().await.unwrap();
    }
}

#[tokio::test]
async fn many_trees_are_frozen_by_one_look() {
    for by in [By::Group, By::Descent] {
        let mut trees = Vec::new();
        for _ in 0..24 {
            let script = "for i in 1 2 3; do sleep 1000 & done; echo ready; wait";
            let Some((mut child, tree)) = tree(by, script).await else {
                continue;
            };
            ready(&mut child).await;
            trees.push((child, tree));
        }
        let handles: Vec<_> = trees.iter().map(|(_, tree)| tree.clone()).collect();
        for frozen in freeze_all(&handles).await {
            assert_eq!(frozen.unwrap().processes, 4, "{by:?}");
        }
        // Dropping them would leave that to a time after the test, and what has no group would be left behind frozen.
        let kills = handles
            .into_iter()
            .map(|tree| tokio::spawn(async move { tree.kill().await }));
        for gone in kills.collect::<Vec<_>>() {
            assert_eq!(gone.await.unwrap().unwrap().processes, 4, "{by:?}");
        }
        if let Some(behind) = &Hierarchies::found().behind {
            assert_eq!(fs::read_to_string(behind).unwrap().trim(), "0");
        }
    }
}

#[tokio::test]
async fn a_bound_on_processes_holds_where_it_is_reported_and_ends_with_its_tree() {
    for (most, all) in [(Some(20), false), (Some(90), true), (None, true)] {
        let bounds = Bounds {
            processes: most,
            memory_bytes: None,
            ..Bounds::default()
        };
        let seed = Seed::prepare("bound", bounds).unwrap();
        if seed.group.bounded() != bounds {
            return;
        }
        let bomb =
            "i=0; while [ $i -lt 60 ]; do sleep 1000 >/dev/null 2>&1 & i=$((i+1)); done; echo all";
        let spec = Spec::new("/bin/sh")
            .arg("-c")
            .arg(bomb)
            .env("PATH", "/usr/bin:/bin");
        let (mut child, tree) = plant(seed, spec).await.unwrap();
        let mut told = String::new();
        child
            .take_stdout()
            .unwrap()
            .read_to_string(&mut told)
            .await
            .unwrap();
        assert_eq!(told.contains("all"), all, "{most:?}");
        let killed = u64::from(tree.kill().await.unwrap().processes);
        assert!(
            most.is_none_or(|most| killed <= most),
            "{killed} of {most:?}"
        );
    }
}

#[tokio::test]
async fn what_no_group_counts_is_added_up_wherever_it_went() {
    let Some((mut child, tree)) = tree(By::Descent, ESCAPE).await else {
        return;
    };
    let _lines = ready(&mut child).await;
    loop {
        let usage = tree.usage().await.unwrap();
        if usage.processes >= 2 && usage.memory_bytes > 0 {
            break;
        }
        // Nobody tells when somebody looked again.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tree.kill().await.unwrap();
}

#[test]
fn a_group_that_another_removed_is_empty() {
    let group = Group::create(
        &format!("removed-{}", std::process::id()),
        Bounds::default(),
    );
    let group = group.unwrap();
    group.remove();
    group.freeze().unwrap();
    group.kill().unwrap();
    group.thaw().unwrap();
    assert_eq!(group.processes().unwrap(), 0);
    assert!(group.events().unwrap().is_none());
}

/// Groups of version 2 made for a test, in the system's own, removed with what is in them.
struct Stage {
    slice: PathBuf,
    app: PathBuf,
    /// What the slice gives to the groups in it.
    controller: &'static str,
}

impl Stage {
    /// A slice, and in it the group of a program; nothing where no such groups can be made.
    fn set(name: &str) -> Option<Self> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        let mount = mounts
            .lines()
            .find(|line| line.contains(" - cgroup2 "))?
            .split(' ')
            .nth(4)?;
        let root = Path::new(mount);
        let slice = root.join(format!("ampersand-{name}-{}", std::process::id()));
        fs::create_dir(&slice).ok()?;
        let app = slice.join("app");
        let controller = ["memory", "pids", "hugetlb"].into_iter().find(|one| {
            let give = |group: &Path| {
                fs::write(group.join("cgroup.subtree_control"), format!("+{one}")).is_ok()
            };
            give(root) && give(&slice)
        });
        fs::create_dir(&app).unwrap();
        Some(Self {
            slice,
            app,
            controller: controller?,
        })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(fs::write(self.slice.join("cgroup.kill"), "1"));
        for below in [&self.slice, &self.app] {
            remove(&below.join("ampersand"));
        }
        remove(&self.app);
        remove(&self.slice);
    }
}

#[tokio::test]
async fn a_group_with_programs_in_it_stays_as_it_is_and_one_above_it_keeps_the_bounds() {
    let Some(stage) = Stage::set("above") else {
        return;
    };
    let terminal = crate::spawn(Spec::new("/bin/sleep").arg("1000"))
        .await
        .unwrap();
    let procs = stage.app.join("cgroup.procs");
    fs::write(&procs, terminal.pid().to_string()).unwrap();
    for (levels, ours, has) in [
        (vec![&stage.app, &stage.slice], &stage.slice, true),
        (vec![&stage.app], &stage.app, false),
    ] {
        let levels: Vec<_> = levels.into_iter().cloned().collect();
        let found = unified(&levels, &[stage.controller, "pids", "cpu"]).unwrap();
        assert_eq!(found, ours.join("ampersand"));
        assert_eq!(gives(&found, stage.controller), has);
        let kind = fs::read_to_string(stage.app.join("cgroup.type")).unwrap();
        assert_eq!(kind.trim(), "domain");
        let found = Hierarchies {
            unified: Some(found),
            ..Hierarchies::default()
        };
        let mut seed = Seed::prepare("above", Bounds::default()).unwrap();
        seed.group = Group::create_in(&found, "tree", Bounds::default()).unwrap();
        let (_child, tree) = plant(seed, Spec::new("/bin/sleep").arg("1000"))
            .await
            .unwrap();
        assert_eq!(tree.kill().await.unwrap().processes, 1);
    }
    let there = fs::read_to_string(procs).unwrap();
    assert_eq!(there.trim(), terminal.pid().to_string());
}

#[tokio::test]
async fn a_birth_the_system_refuses_says_what_it_answered() {
    let Some(stage) = Stage::set("refused") else {
        return;
    };
    let found = Hierarchies {
        unified: Some(stage.slice.clone()),
        ..Hierarchies::default()
    };
    let mut seed = Seed::prepare("refused", Bounds::default()).unwrap();
    seed.group = Group::create_in(&found, "ampersand", Bounds::default()).unwrap();
    // A group that gives a controller to those below it takes no process.
    let group = stage.slice.join("ampersand");
    let order = format!("+{}", stage.controller);
    fs::write(group.join("cgroup.subtree_control"), order).unwrap();
    let refused = plant(seed, Spec::new("/bin/true")).await.unwrap_err();
    let told = std::error::Error::source(&refused).map(ToString::to_string);
    let answer = std::io::Error::from_raw_os_error(libc::EBUSY);
    assert_eq!(told, Some(answer.to_string()));
}
