//! Settings are set once.

use rx_service::store::Locked;

use crate::database::Database;
use crate::on_both;

async fn the_first_of_eight_wins_and_all_learn_it(db: Database) {
    let locked = std::sync::Arc::new(Locked::open(&db.url).await.unwrap());
    assert_eq!(locked.setting("key").await.unwrap(), None);
    let racers: Vec<_> = (0..8_u8)
        .map(|racer| {
            let locked = std::sync::Arc::clone(&locked);
            tokio::spawn(async move { locked.set_once("key", vec![racer; 5]).await.unwrap() })
        })
        .collect();
    let mut answers = Vec::new();
    for racer in racers {
        answers.push(racer.await.unwrap());
    }
    let stored = locked.setting("key").await.unwrap().unwrap();
    assert!(
        answers.iter().all(|answer| *answer == stored),
        "{answers:?}"
    );
    assert_eq!(locked.set_once("other", vec![0]).await.unwrap(), [0]);
}

/// Replicas that start together each draw a key; they must end up with the same.
async fn the_first_of_two_processes_wins(db: Database) {
    let one = Locked::open(&db.url).await.unwrap();
    let other = Locked::open(&db.url).await.unwrap();
    let (a, b) = tokio::join!(one.set_once("key", vec![1]), other.set_once("key", vec![2]));
    assert_eq!(a.unwrap(), b.unwrap());
}

on_both!(
    the_first_of_eight_wins_and_all_learn_it,
    the_first_of_two_processes_wins
);
