//! What the network filters say about the users of attempts: which layers, which conditions, what weighs more. The one way is
//! TCP from such a user to our range of ports of the loopback address; everything else is blocked, listening included.

use super::token::Listed;
use crate::container::sid::Sid;
use crate::gateway::PORTS;

/// Where in the system's network stack a filter stands, for each kind of address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    /// A connection is made, or a first datagram sent.
    Connect4,
    Connect6,
    /// Somebody else's connection or datagram comes.
    Accept4,
    Accept6,
    /// Somebody listens.
    Listen4,
    Listen6,
    /// A socket is given its port, or is raw.
    Bind4,
    Bind6,
}

/// What has to be true for a filter to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Condition {
    /// It is one of the users.
    Users,
    Tcp,
    NotTcp,
    /// To 127.0.0.1 itself, not to its neighbours.
    Loopback,
    /// To one of our ports.
    OurPorts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Others may still block it.
    Permit,
    /// For good: no other filter brings it back.
    Block,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Filter {
    /// What it is called among the system's filters; its key is made from this.
    pub(crate) name: &'static str,
    pub(crate) layer: Layer,
    pub(crate) conditions: &'static [Condition],
    /// The heavier one is asked first, and the first that speaks decides.
    pub(crate) weight: u8,
    pub(crate) action: Action,
}

const HEAVY: u8 = 15;
const LIGHT: u8 = 8;

const fn block(name: &'static str, layer: Layer, conditions: &'static [Condition]) -> Filter {
    Filter {
        name,
        layer,
        conditions,
        weight: LIGHT,
        action: Action::Block,
    }
}

/// All filters. A port is given to a socket before it connects too, so that blocking TCP there would block the one way.
pub(crate) const FILTERS: [Filter; 9] = [
    Filter {
        name: "the way out",
        layer: Layer::Connect4,
        conditions: &[
            Condition::Users,
            Condition::Tcp,
            Condition::Loopback,
            Condition::OurPorts,
        ],
        weight: HEAVY,
        action: Action::Permit,
    },
    block("connecting, v4", Layer::Connect4, &[Condition::Users]),
    block("connecting, v6", Layer::Connect6, &[Condition::Users]),
    block("being reached, v4", Layer::Accept4, &[Condition::Users]),
    block("being reached, v6", Layer::Accept6, &[Condition::Users]),
    block("listening, v4", Layer::Listen4, &[Condition::Users]),
    block("listening, v6", Layer::Listen6, &[Condition::Users]),
    block(
        "anything but TCP, v4",
        Layer::Bind4,
        &[Condition::Users, Condition::NotTcp],
    ),
    block(
        "anything but TCP, v6",
        Layer::Bind6,
        &[Condition::Users, Condition::NotTcp],
    ),
];

/// What the filters of an installation stand together under, besides their own keys.
pub(crate) const PROVIDER: &str = "provider";
pub(crate) const SUBLAYER: &str = "sublayer";

/// Our ports, the first and the last.
pub(crate) const fn ports() -> (u16, u16) {
    (*PORTS.start(), *PORTS.end())
}

/// A key that no other installation has, and that is the same every time.
pub(crate) fn key(installation: &str, what: &str) -> u128 {
    let half = |seed: u64| {
        let bytes = installation.bytes().chain([0]).chain(what.bytes());
        bytes.fold(seed, |sum, byte| {
            (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    u128::from(half(0xcbf2_9ce4_8422_2325)) << 64 | u128::from(half(0x9ae1_6a3b_2f90_404f))
}

/// Who the users are, as a filter compares it with a token. Each is named by itself: a token that is less than its user is
/// looked at twice, and both times the user is in it.
pub(crate) fn named(users: &[Sid]) -> String {
    const MATCH: &str = "CC";
    let owner = "S-1-5-19";
    let listed = users.iter().map(|user| Listed::allow(MATCH, user));
    format!("O:{owner}G:{owner}D:{}", Listed::text(listed))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    /// Something done with the network.
    #[derive(Clone, Copy)]
    struct Deed {
        ours: bool,
        layer: Layer,
        tcp: bool,
        to: Ipv4Addr,
        port: u16,
    }

    /// What comes of it: the heaviest filter that speaks decides.
    fn judged(deed: Deed) -> Action {
        let holds = |condition: &Condition| match condition {
            Condition::Users => deed.ours,
            Condition::Tcp => deed.tcp,
            Condition::NotTcp => !deed.tcp,
            Condition::Loopback => deed.to == Ipv4Addr::LOCALHOST,
            Condition::OurPorts => PORTS.contains(&deed.port),
        };
        let mut speaking: Vec<&Filter> = FILTERS
            .iter()
            .filter(|filter| filter.layer == deed.layer && filter.conditions.iter().all(holds))
            .collect();
        speaking.sort_by_key(|filter| std::cmp::Reverse(filter.weight));
        speaking
            .first()
            .map_or(Action::Permit, |filter| filter.action)
    }

    const CONNECT: Deed = Deed {
        ours: true,
        layer: Layer::Connect4,
        tcp: true,
        to: Ipv4Addr::LOCALHOST,
        port: *PORTS.start(),
    };

    #[test]
    fn one_way_is_open_and_no_other() {
        for port in [*PORTS.start(), *PORTS.end()] {
            assert_eq!(judged(Deed { port, ..CONNECT }), Action::Permit);
        }
        let (first, last) = ports();
        let (before, after) = (first - 1, last + 1);
        for port in [before, after, 53, 80, 443, 445, 9222, 49_152, u16::MAX] {
            assert_eq!(judged(Deed { port, ..CONNECT }), Action::Block, "{port}");
        }
        for to in ["127.0.0.2", "10.0.0.1", "0.0.0.0", "169.254.169.254"] {
            let to = to.parse().unwrap();
            assert_eq!(judged(Deed { to, ..CONNECT }), Action::Block, "{to}");
        }
        let datagram = Deed {
            tcp: false,
            ..CONNECT
        };
        assert_eq!(judged(datagram), Action::Block);
    }

    #[test]
    fn everything_but_connecting_is_shut_whatever_the_port() {
        let shut = [
            Layer::Connect6,
            Layer::Accept4,
            Layer::Accept6,
            Layer::Listen4,
            Layer::Listen6,
        ];
        for layer in shut {
            for tcp in [true, false] {
                let deed = Deed {
                    layer,
                    tcp,
                    ..CONNECT
                };
                assert_eq!(judged(deed), Action::Block, "{layer:?} {tcp}");
            }
        }
        for layer in [Layer::Bind4, Layer::Bind6] {
            let raw = Deed {
                layer,
                tcp: false,
                ..CONNECT
            };
            assert_eq!(judged(raw), Action::Block);
            // Else no connection could be made from there.
            assert_eq!(judged(Deed { tcp: true, ..raw }), Action::Permit);
        }
    }

    #[test]
    fn nobody_else_is_touched() {
        for filter in FILTERS {
            assert!(
                filter.conditions.contains(&Condition::Users),
                "{}",
                filter.name
            );
            let deed = Deed {
                ours: false,
                layer: filter.layer,
                ..CONNECT
            };
            assert_eq!(judged(deed), Action::Permit);
        }
    }

    #[test]
    fn keys_are_the_same_every_time_and_nobody_elses() {
        let mut keys: Vec<u128> = Vec::new();
        for installation in ["0123456789abcdef", "fedcba9876543210"] {
            let names = FILTERS.iter().map(|filter| filter.name);
            let all = names.chain([PROVIDER, SUBLAYER]);
            keys.extend(all.map(|name| key(installation, name)));
        }
        let count = keys.len();
        assert_eq!(count, 2 * (FILTERS.len() + 2));
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
        // Those on a disk have to be found again by any later version.
        assert_eq!(
            key("0123456789abcdef", PROVIDER),
            0x096c_3d68_331a_38f6_6178_92c9_47eb_bbc0
        );
    }

    #[test]
    fn each_user_is_named_by_itself() {
        let users = ["S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002"].map(|sid| sid.parse().unwrap());
        assert_eq!(
            named(&users),
            "O:S-1-5-19G:S-1-5-19D:(A;;CC;;;S-1-5-21-1-2-3-1001)(A;;CC;;;S-1-5-21-1-2-3-1002)"
        );
    }
}
