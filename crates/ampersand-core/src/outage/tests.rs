//! When a task that was held up is tried again, as a table; and what the way to a model says of an end.

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const ALL: [Obstacle; 9] = [
    Obstacle::RateLimit,
    Obstacle::Quota,
    Obstacle::Login,
    Obstacle::Setup,
    Obstacle::Provider,
    Obstacle::Network,
    Obstacle::Silence,
    Obstacle::Death,
    Obstacle::Unknown,
];

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn outage(obstacle: Obstacle, until: Option<i64>) -> Outage {
    Outage {
        obstacle,
        failure: Failure::new("x", "x", "x"),
        until: until.map(at),
    }
}

/// Seconds until the next try, for a seed that spreads nothing.
fn wait(obstacle: Obstacle, until: Option<i64>, tries: u32) -> Option<i64> {
    let next = outage(obstacle, until).next_try(tries, NOW, 0)?;
    Some(next.as_second())
}

#[test]
fn waits_double_to_a_bound_and_what_may_be_the_tasks_own_fault_is_left_to_a_person() {
    let waits = |obstacle| [1, 2, 3, 4, 6, 40, u32::MAX].map(|tries| wait(obstacle, None, tries));
    let some = |seconds: [i64; 7]| seconds.map(Some);
    for (obstacle, expected) in [
        (Obstacle::Network, some([10, 20, 40, 80, 320, 900, 900])),
        (Obstacle::Provider, some([30, 60, 120, 240, 900, 900, 900])),
        (
            Obstacle::RateLimit,
            some([60, 120, 240, 480, 900, 900, 900]),
        ),
        (
            Obstacle::Death,
            [Some(10), Some(20), Some(40), None, None, None, None],
        ),
        (
            Obstacle::Silence,
            [Some(60), Some(120), Some(240), None, None, None, None],
        ),
        (
            Obstacle::Unknown,
            [Some(60), Some(120), Some(240), Some(480), None, None, None],
        ),
        (Obstacle::Quota, [None; 7]),
        (Obstacle::Login, [None; 7]),
        (Obstacle::Setup, [None; 7]),
    ] {
        assert_eq!(waits(obstacle), expected, "{obstacle:?}");
    }
}

#[test]
fn who_says_when_it_passes_is_believed_within_reason() {
    for (obstacle, until, tries, expected) in [
        (Obstacle::RateLimit, 7, 1, Some(7)),
        (Obstacle::RateLimit, 0, 1, Some(1)),
        (Obstacle::RateLimit, -5, 1, Some(1)),
        // Who was wrong the first time is given more.
        (Obstacle::RateLimit, 7, 2, Some(120)),
        (Obstacle::RateLimit, 3_600, 9, Some(3_600)),
        (Obstacle::Quota, 5 * 3_600, 1, Some(5 * 3_600)),
        (Obstacle::Quota, 5 * 3_600, 4, Some(5 * 3_600)),
        (Obstacle::RateLimit, 9 * 24 * 3_600, 1, None),
        // One refresh is worth one try.
        (Obstacle::Login, 0, 1, Some(1)),
        (Obstacle::Login, 0, 2, None),
    ] {
        assert_eq!(
            wait(obstacle, Some(until), tries),
            expected,
            "{obstacle:?} {until}"
        );
    }
}

#[test]
fn tasks_held_up_together_come_back_one_by_one_and_none_too_early() {
    let limit = outage(Obstacle::RateLimit, Some(100));
    let next = (0..64).map(|seed| limit.next_try(1, NOW, seed).unwrap());
    let mut next: Vec<_> = next.collect();
    next.sort_unstable();
    next.dedup();
    assert!(next.len() > 50, "{next:?}");
    assert!(next[0] >= at(100) && next[next.len() - 1] <= at(110));
}

#[test]
fn an_answer_begins_a_new_row_of_tries_only_for_what_comes_from_outside() {
    for obstacle in ALL {
        let outside = obstacle.tries_max() == u32::MAX;
        let same = Some(obstacle);
        assert_eq!(obstacle.tries(4, same, true), if outside { 1 } else { 5 });
        assert_eq!(obstacle.tries(4, same, false), 5);
        assert_eq!(obstacle.tries(u32::MAX, same, false), u32::MAX);
        let first = obstacle == Obstacle::Login;
        for last in [None, Some(Obstacle::Unknown), Some(Obstacle::Network)] {
            let tries = if first { 1 } else { 5 };
            assert_eq!(obstacle.tries(4, last, false), tries, "{last:?}");
        }
    }
}

fn failed(obstacle: Obstacle, until: Option<i64>) -> Seen {
    Seen::Failed {
        outage: outage(obstacle, until),
        begun: false,
    }
}

#[test]
fn an_agent_may_ask_again_for_a_while_and_is_then_stopped() {
    let stops = |seen: &[(i64, Seen)]| {
        let mut way = Way::default();
        seen.iter()
            .map(|(when, seen)| way.see(seen.clone(), at(*when)).is_some())
            .collect::<Vec<_>>()
    };
    let server = || failed(Obstacle::Provider, None);
    for (seen, expected) in [
        (
            vec![(0, failed(Obstacle::RateLimit, Some(20)))],
            vec![false],
        ),
        (vec![(0, failed(Obstacle::RateLimit, Some(21)))], vec![true]),
        (vec![(0, failed(Obstacle::Login, None))], vec![true]),
        (vec![(0, failed(Obstacle::Quota, None))], vec![true]),
        (vec![(0, failed(Obstacle::Setup, None))], vec![true]),
        (
            vec![(0, server()), (1, server()), (2, server()), (21, server())],
            vec![false, false, false, true],
        ),
        (vec![(0, server()), (30, server())], vec![false, false]),
        (
            vec![
                (0, server()),
                (1, server()),
                (5, Seen::Answered),
                (30, server()),
            ],
            vec![false; 4],
        ),
        (
            vec![(
                0,
                Seen::Failed {
                    outage: outage(Obstacle::Network, None),
                    begun: true,
                },
            )],
            vec![true],
        ),
    ] {
        assert_eq!(stops(&seen), expected, "{seen:?}");
    }
}

#[test]
fn an_end_is_put_down_to_the_model_while_it_does_not_answer() {
    let refused = Outage {
        failure: Failure::new("seen", "x", "x"),
        ..outage(Obstacle::Login, Some(0))
    };
    let mut way = Way::default();
    let seen = Seen::Failed {
        outage: refused.clone(),
        begun: false,
    };
    way.see(seen, NOW);
    let said = outage(Obstacle::Login, None);
    assert_eq!(way.judge(Some(said)), Some(refused), "whose login it is");
    let judged = |seen: &[Seen], said: Option<Obstacle>| {
        let mut way = Way::default();
        for seen in seen {
            way.see(seen.clone(), NOW);
        }
        let said = said.map(|obstacle| outage(obstacle, None));
        way.judge(said).map(|outage| outage.obstacle)
    };
    use Obstacle::{Death, Login, Network, Provider, Quota, RateLimit, Silence, Unknown};
    let limited = || failed(RateLimit, Some(5));
    for (seen, said, expected) in [
        (vec![], None, None),
        (vec![Seen::Answered], None, None),
        (vec![Seen::Answered], Some(Death), Some(Death)),
        (vec![limited()], None, Some(RateLimit)),
        (vec![limited()], Some(Unknown), Some(RateLimit)),
        (vec![limited()], Some(Silence), Some(RateLimit)),
        (vec![limited()], Some(Quota), Some(Quota)),
        (vec![limited()], Some(Login), Some(Login)),
        (
            vec![limited(), Seen::Answered],
            Some(Unknown),
            Some(Unknown),
        ),
        (
            vec![limited(), failed(Network, None)],
            Some(Provider),
            Some(Network),
        ),
    ] {
        assert_eq!(judged(&seen, said), expected, "{seen:?} {said:?}");
    }
}
