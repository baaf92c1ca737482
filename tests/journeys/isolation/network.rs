//! Cases 34 to 39, and 44 to 46 as far as they are tried inside: the network.

use super::stand::{NEVER, hold, hold_what_works_outside};

#[test]
fn case_34_no_way_out_by_any_protocol() {
    hold_what_works_outside(&[
        ("tcp,127.0.0.1:{tcp}", NEVER),
        ("tcp,127.0.0.2:{elsewhere}", NEVER),
        ("udp,{udp}", NEVER),
        ("ask,{names}", NEVER),
        ("socket,16,3,0", NEVER),
    ]);
    hold(&[
        ("tcp,1.1.1.1:443", NEVER),
        ("tcp,[2606:4700:4700::1111]:443", NEVER),
        ("udp,53", NEVER),
        ("socket,10,2,0", NEVER),
        ("socket,2,3,1", NEVER),
        ("socket,2,2,1", NEVER),
        ("socket,2,1,132", NEVER),
        ("socket,17,3,0", NEVER),
        ("socket,17,2,0", NEVER),
    ]);
}

#[test]
fn case_35_nothing_slips_past_rules_about_connecting() {
    hold(&[
        ("mptcp,{tcp}", NEVER),
        ("fastopen,sendto,{tcp}", NEVER),
        ("fastopen,sendmsg,{tcp}", NEVER),
        ("fastopen,sendmmsg,{tcp}", NEVER),
    ]);
}

#[test]
fn case_36_a_port_is_not_reached_at_another_address() {
    hold(&[
        ("tcp,127.0.0.2:{elsewhere}", NEVER),
        ("tcp,127.0.0.1:{elsewhere}", NEVER),
        ("tcp,0.0.0.0:{tcp}", NEVER),
    ]);
}

#[test]
fn case_37_services_of_the_host_are_not_reached() {
    hold(&[
        ("tcp,127.0.0.1:{tcp}", NEVER),
        ("tcp,[::1]:{tcp6}", NEVER),
        ("tcp,[::ffff:127.0.0.1]:{tcp}", NEVER),
        ("tcp,169.254.169.254:80", NEVER),
    ]);
}

#[test]
fn case_38_no_local_socket_of_the_host_is_reached() {
    hold_what_works_outside(&[
        ("local,{run}/socket", NEVER),
        ("local,{shared}/socket", NEVER),
        ("local,{out}/socket", NEVER),
        ("list,{run}", NEVER),
    ]);
    hold(&[
        ("local,{out}/socket", NEVER),
        ("local_datagram,{out}/datagram", NEVER),
        ("pair_to,{out}/datagram", NEVER),
        ("local,/run/dbus/system_bus_socket", NEVER),
        ("local,/var/run/docker.sock", NEVER),
        ("local,/run/containerd/containerd.sock", NEVER),
        ("local,/tmp/.X11-unix/X0", NEVER),
        ("list,/run/user", NEVER),
        ("list,/run/dbus", NEVER),
    ]);
}

#[test]
fn case_39_no_nameless_socket_no_machine_socket_no_ring() {
    hold(&[
        ("abstract,{name}", NEVER),
        ("socket,40,1,0", NEVER),
        ("socket,38,5,0", NEVER),
        ("socket,30,1,0", NEVER),
        ("socket,31,3,1", NEVER),
        ("io_uring", NEVER),
    ]);
}

#[test]
fn case_44_no_name_is_looked_up() {
    hold_what_works_outside(&[("ask,{names}", NEVER)]);
    hold(&[
        ("resolve,example.com", NEVER),
        ("resolve,leak.example.invalid", NEVER),
        ("udp,5353", NEVER),
    ]);
}

#[test]
fn case_46_without_the_proxys_variables_there_is_still_no_route() {
    hold_what_works_outside(&[("tcp,127.0.0.1:{tcp}", NEVER), ("ask,{names}", NEVER)]);
    hold(&[
        ("variable,HTTPS_PROXY", NEVER),
        ("variable,LD_PRELOAD", NEVER),
        ("tcp,1.1.1.1:443", NEVER),
        ("resolve,example.com", NEVER),
    ]);
}
