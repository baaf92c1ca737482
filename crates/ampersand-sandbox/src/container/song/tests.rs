//! A song is believed as a whole, and each tier expects its own.

use super::*;

const FENCES: [Fence; 3] = [
    Fence::Container,
    Fence::User(Cut::Everything),
    Fence::User(Cut::Writing),
];

const USER: Fence = Fence::User(Cut::Everything);

/// As it has to be, but for one attempt.
fn sung(role: Role, fence: Fence, but: Option<Attempt>) -> Sung {
    let outcome = |attempt: Attempt| {
        let allowed = attempt.expected(role, fence) == Expected::Allowed;
        match allowed != (but == Some(attempt)) {
            true => Outcome::Allowed,
            false => Outcome::Denied,
        }
    };
    let attempts = Attempt::all(fence);
    Sung(
        attempts
            .map(|attempt| (attempt, outcome(attempt)))
            .collect(),
    )
}

#[test]
fn a_song_is_believed_only_as_a_whole() {
    for fence in FENCES {
        for role in [Role::Explorer, Role::Worker, Role::Default] {
            assert_eq!(judge(&sung(role, fence, None), role, fence), Ok(Vec::new()));
            for attempt in Attempt::all(fence) {
                let judged = judge(&sung(role, fence, Some(attempt)), role, fence);
                match attempt.expected(role, fence) {
                    Expected::Open(gap) => assert_eq!(judged, Ok(vec![gap])),
                    Expected::Outside => assert_eq!(judged, Ok(Vec::new())),
                    Expected::Denied | Expected::Allowed => {
                        let why = judged.unwrap_err();
                        assert!(why.contains(&format!("{attempt:?}")), "{why}");
                    }
                }
            }
            let mut short = sung(role, fence, None);
            short.0.pop();
            let judged = judge(&short, role, fence);
            assert!(judged.unwrap_err().contains("everything"));
            let mut twice = sung(role, fence, None);
            twice.0[1] = twice.0[0];
            assert!(judge(&twice, role, fence).is_err());
        }
    }
    // The song of one fence says nothing about the other.
    let other = judge(
        &sung(Role::Worker, Fence::Container, None),
        Role::Worker,
        USER,
    );
    assert!(other.is_err());
}

#[test]
fn an_explorer_is_expected_to_write_nothing_but_its_own() {
    let allowed = |fence| {
        let attempts = Attempt::all(fence);
        let is_allowed =
            |attempt: &Attempt| attempt.expected(Role::Explorer, fence) == Expected::Allowed;
        attempts.filter(is_allowed).collect::<Vec<_>>()
    };
    let expected = [
        Attempt::ReadWorktree,
        Attempt::WriteTemporary,
        Attempt::StartProgram,
    ];
    assert_eq!(allowed(Fence::Container), expected);
    let (last, rest) = allowed(USER)
        .split_last()
        .map(|(last, rest)| (*last, rest.to_owned()))
        .unwrap();
    assert_eq!((last, rest), (Attempt::ReachWay, expected.to_vec()));
}

#[test]
fn as_a_user_of_its_own_it_has_nothing_left_open() {
    for role in [Role::Explorer, Role::Worker] {
        let open = |attempt: &Attempt| matches!(attempt.expected(role, USER), Expected::Open(_));
        assert_eq!(Attempt::all(USER).find(open), None);
    }
}

#[test]
fn a_song_and_its_bait_survive_the_way_there_and_back() {
    let bait = Bait {
        secret: r"C:\a b\secret".into(),
        worktree: r"C:\a b\tree".into(),
        tcp: "127.0.0.1:1".parse().unwrap(),
        udp: "127.0.0.1:2".parse().unwrap(),
        pipe: r"\\.\pipe\x".to_owned(),
        host: 7,
        user: Some(UserBait {
            way: 4,
            shared: r"C:\shared".into(),
            others: r"C:\others".into(),
            person: "S-1-5-21-1-2-3-500".to_owned(),
        }),
    };
    let text = serde_json::to_string(&bait).unwrap();
    assert_eq!(serde_json::from_str::<Bait>(&text).unwrap(), bait);
    let song = sung(Role::Worker, USER, None);
    let text = serde_json::to_string(&song).unwrap();
    let heard: Sung = serde_json::from_str(&text).unwrap();
    assert!(judge(&heard, Role::Worker, USER).is_ok());
}
