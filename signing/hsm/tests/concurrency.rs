//! More threads than sessions.

mod common;

use common::{assert_verifies, digest, open};
use hsm_config::test_support::in_child_with_token;

#[test]
fn more_threads_than_sessions_all_get_their_turn() {
    in_child_with_token("more_threads_than_sessions_all_get_their_turn", |token| {
        let hsm = open(token, 3);
        let ledger = hsm.ensure_ed25519("ledger").unwrap();
        let wrapping = hsm.ensure_wrapping_key("wrapping").unwrap();
        let prescribers: Vec<_> = (0..16).map(|_| wrapping.generate_p256().unwrap()).collect();
        let expected = ledger.sign(b"checkpoint").unwrap();
        std::thread::scope(|scope| {
            for (wrapped, spki) in &prescribers {
                scope.spawn(|| {
                    for number in 0..20_u8 {
                        let key = wrapping.activate(wrapped).unwrap();
                        let message = [number, spki[spki.len() - 1]];
                        let signature = key.sign_digest(&digest(&message)).unwrap();
                        drop(key);
                        assert_verifies(spki, &message, &signature);
                        assert_eq!(ledger.sign(b"checkpoint").unwrap(), expected);
                    }
                });
            }
        });
        hsm.health().unwrap();
    });
}
