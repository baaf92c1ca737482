//! Keys in a real Secret Service's place: a bus of one's own, and a service on it that keeps, locks, forgets or hangs.

#![cfg(target_os = "linux")]

use std::time::Duration;

use ampersand_core::KeyPlace;
use ampersand_keys::{KeyError, Keychain, Secret, resolve};
use ampersand_testkit::secrets::{Bus, Mood};

const KEY: &str = "sk-live-4711";

#[tokio::test]
async fn a_key_is_kept_found_replaced_and_forgotten() {
    let bus = Bus::start().await;
    let service = bus.serve(Mood::Open).await;
    let keychain = || Keychain::new().on_bus(bus.address());
    let missing = KeyError::NotThere {
        name: "OPENAI".to_owned(),
    };
    assert_eq!(keychain().get("OPENAI").await.unwrap_err(), missing);
    for key in ["sk-old-1234567", KEY] {
        keychain().set("OPENAI", Secret::new(key)).await.unwrap();
        assert_eq!(keychain().get("OPENAI").await.unwrap().expose(), key);
    }
    assert_eq!(
        keychain().get("OTHER").await.unwrap_err().code(),
        "key_not_there"
    );
    assert_eq!(service.kept(), 1, "replaced, not added");
    keychain().remove("OPENAI").await.unwrap();
    assert_eq!(keychain().get("OPENAI").await.unwrap_err(), missing);
    assert_eq!(keychain().remove("OPENAI").await.unwrap_err(), missing);
}

#[tokio::test]
async fn a_locked_keychain_is_unlocked_by_its_owner_or_not_at_all() {
    for (mood, is_given) in [
        (Mood::Asks { lets: true }, true),
        (Mood::Asks { lets: false }, false),
    ] {
        let bus = Bus::start().await;
        let service = bus.serve(mood).await;
        service.put("OPENAI", KEY).await;
        let got = Keychain::new().on_bus(bus.address()).get("OPENAI").await;
        assert_eq!(got.is_ok(), is_given, "{mood:?}");
        if let Err(error) = got {
            assert_eq!(error.code(), "no_keychain");
            assert!(error.to_string().contains("not unlocked"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_keychain_that_hangs_holds_nobody_up() {
    let bus = Bus::start().await;
    let _service = bus.serve(Mood::Hangs).await;
    let limit = Duration::from_millis(100);
    let keychain = Keychain::new().on_bus(bus.address()).within(limit);
    let silent = KeyError::Silent { after: limit };
    assert_eq!(keychain.get("OPENAI").await.unwrap_err(), silent);
    let set = keychain.set("OPENAI", Secret::new(KEY)).await;
    assert_eq!(set.unwrap_err(), silent);
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_remembered() {
    let bus = Bus::start().await;
    let service = bus.serve(Mood::Open).await;
    service.put("OPENAI", KEY).await;
    service.hold();
    let keychain = Keychain::new()
        .on_bus(bus.address())
        .within(Duration::from_millis(50));
    assert_eq!(
        keychain.get("OPENAI").await.unwrap_err().code(),
        "keychain_silent"
    );
    service.go_on();
    service.given_out().await;
    let patient = keychain.clone().within(Duration::from_secs(20));
    assert_eq!(patient.get("OPENAI").await.unwrap().expose(), KEY);
}

#[tokio::test]
async fn without_a_keychain_the_environment_serves_and_that_is_said() {
    let bus = Bus::start().await;
    let keychain = Keychain::new().on_bus(bus.address());
    // A variable every test process has.
    let place = |variable: &str| KeyPlace::Keychain {
        name: "OPENAI".to_owned(),
        variable: Some(variable.to_owned()),
    };
    let found = resolve(&place("PATH"), &keychain).await.unwrap();
    assert_eq!(found.key.expose(), std::env::var("PATH").unwrap().trim());
    let notice = found.notice.unwrap();
    assert!(
        notice.contains("PATH in the environment, for this run only"),
        "{notice}"
    );
    let missing = resolve(&place("NO_SUCH_VARIABLE"), &keychain).await;
    assert_eq!(missing.unwrap_err().code(), "no_keychain");

    let service = bus.serve(Mood::Open).await;
    service.put("OPENAI", KEY).await;
    let found = resolve(&place("PATH"), &keychain).await.unwrap();
    assert_eq!((found.key.expose(), found.notice), (KEY, None));
}

#[tokio::test]
async fn what_is_no_name_or_no_key_is_refused_before_anybody_is_asked() {
    let keychain = Keychain::new().on_bus("unix:path=/no/such/bus");
    for name in ["", "two words", "../x", "x\n", &"x".repeat(101)] {
        assert_eq!(
            keychain.get(name).await.unwrap_err().code(),
            "key_unfit",
            "{name:?}"
        );
    }
    for key in ["", "two words", "two\nlines", "esc\u{1b}"] {
        let set = keychain.set("OPENAI", Secret::new(key)).await;
        assert_eq!(set.unwrap_err().code(), "key_unfit", "{key:?}");
    }
    assert_eq!(
        keychain.get("OPENAI").await.unwrap_err().code(),
        "no_keychain"
    );
}
