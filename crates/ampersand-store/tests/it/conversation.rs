//! The conversation: places, exactly once, and what outlives a crash.

use std::collections::BTreeSet;

use ampersand_core::{CommandId, Message, MessageBody, MessageId, ReplyState};
use ampersand_store::Conversation;
use futures::future::join_all;

use crate::{at, home, id, task};

fn said(number: u128, position: u64) -> Message {
    Message {
        id: MessageId::new(id(number)),
        position,
        at: at(7),
        body: MessageBody::Said {
            text: format!("message {number}"),
            understood: None,
        },
    }
}

fn reply(number: u128, position: u64, to: MessageId, state: ReplyState) -> Message {
    let body = MessageBody::Reply {
        text: "Words".to_owned(),
        to,
        state,
        left_out: None,
    };
    Message {
        body,
        ..said(number, position)
    }
}

#[tokio::test]
async fn messages_come_back_in_their_places_page_by_page() {
    let home = home();
    let path = home.path().join("conversation.db");
    let conversation = Conversation::open(&path).await.unwrap();
    let messages: Vec<_> = (1..=5)
        .map(|number| said(number, conversation.next_position()))
        .collect();
    conversation.put(&messages).await.unwrap();
    assert_eq!(conversation.messages(None, 2).await.unwrap(), messages[3..]);
    let before = Some(messages[3].position);
    assert_eq!(
        conversation.messages(before, 2).await.unwrap(),
        messages[1..3]
    );
    assert_eq!(conversation.messages(Some(1), 2).await.unwrap(), []);
    assert_eq!(conversation.count().await.unwrap(), 5);

    let answered = Message {
        body: said(99, 0).body,
        ..messages[2].clone()
    };
    conversation
        .put(std::slice::from_ref(&answered))
        .await
        .unwrap();
    conversation.close().await;
    let conversation = Conversation::open(&path).await.unwrap();
    assert_eq!(conversation.count().await.unwrap(), 5);
    assert_eq!(
        conversation.message(answered.id).await.unwrap().unwrap(),
        answered
    );
    assert_eq!(conversation.message(id(77).into()).await.unwrap(), None);
    assert!(conversation.next_position() > messages[4].position);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replies_that_come_at_once_never_share_a_place() {
    let home = home();
    let path = home.path().join("conversation.db");
    let conversation = Conversation::open(&path).await.unwrap();
    let questions = [1, 2].map(|number| said(number, conversation.next_position()));
    conversation.put(&questions).await.unwrap();

    let replies = (0..40_usize).map(|n| {
        let conversation = conversation.clone();
        let question = questions[n % 2].clone();
        tokio::spawn(async move {
            let place = conversation.position_after(question.id).await.unwrap();
            let number = 100 + u128::try_from(n).unwrap();
            let reply = reply(number, place, question.id, ReplyState::Done);
            conversation.put(&[reply]).await.unwrap();
            (n % 2, place)
        })
    });
    let places: BTreeSet<_> = join_all(replies)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(places.len(), 40);
    let end = conversation.next_position();
    for (question, place) in &places {
        let next = questions
            .get(question + 1)
            .map_or(end, |next| next.position);
        assert!((questions[*question].position + 1..next).contains(place));
    }

    // Places that were written are not given out again by the next run.
    conversation.close().await;
    let conversation = Conversation::open(&path).await.unwrap();
    let place = conversation.position_after(questions[0].id).await.unwrap();
    assert!(!places.contains(&(0, place)) && place < questions[1].position);
    // A reply's own room is its question's.
    let under_reply = conversation.position_after(id(100).into()).await.unwrap();
    assert_eq!(under_reply, place + 1);
}

#[tokio::test]
async fn what_the_orchestrator_sent_is_taken_in_once() {
    let home = home();
    let path = home.path().join("conversation.db");
    let conversation = Conversation::open(&path).await.unwrap();
    let card = said(1, conversation.next_position());
    let tasks = [task(3, "a"), task(2, "b")];
    assert_eq!(conversation.newest_taken_in().await.unwrap(), 0);
    let (other, never) = (said(2, 9999), task(9, "never"));
    let (first, again) = tokio::join!(
        conversation.take_in(4, std::slice::from_ref(&card), &tasks),
        conversation.take_in(
            4,
            std::slice::from_ref(&other),
            std::slice::from_ref(&never)
        )
    );
    assert_eq!((first.unwrap(), again.unwrap()), (true, false));
    assert!(
        !conversation
            .take_in(3, &[said(2, 9999)], &[])
            .await
            .unwrap()
    );
    assert!(
        conversation
            .take_in(5, &[], &[task(3, "changed")])
            .await
            .unwrap()
    );

    conversation.close().await;
    let conversation = Conversation::open(&path).await.unwrap();
    assert!(
        !conversation
            .take_in(5, &[said(2, 9999)], &[])
            .await
            .unwrap()
    );
    assert_eq!(conversation.newest_taken_in().await.unwrap(), 5);
    assert_eq!(conversation.messages(None, 9).await.unwrap(), [card]);
    let tasks = conversation.tasks().await.unwrap();
    assert_eq!(tasks, [task(3, "changed"), task(2, "b")]);
}

#[tokio::test]
async fn replies_that_were_cut_off_are_listed() {
    let home = home();
    let path = home.path().join("conversation.db");
    let conversation = Conversation::open(&path).await.unwrap();
    let question = said(1, 1024);
    let cut = reply(2, 1026, question.id, ReplyState::Streaming);
    let mut done = reply(3, 1025, question.id, ReplyState::Streaming);
    conversation
        .put(&[question.clone(), cut.clone(), done.clone()])
        .await
        .unwrap();
    assert_eq!(
        conversation.unfinished().await.unwrap(),
        [done.clone(), cut.clone()]
    );
    done = reply(3, 1025, question.id, ReplyState::Done);
    conversation.put(&[done]).await.unwrap();
    conversation.close().await;
    let conversation = Conversation::open(&path).await.unwrap();
    assert_eq!(conversation.unfinished().await.unwrap(), [cut]);
}

#[tokio::test]
async fn draft_preferences_and_outbox_outlive_the_process() {
    let home = home();
    let path = home.path().join("conversation.db");
    let conversation = Conversation::open(&path).await.unwrap();
    assert_eq!(conversation.draft().await.unwrap(), "");
    assert_eq!(conversation.preference("theme").await.unwrap(), None);
    conversation.set_draft("half a th").await.unwrap();
    conversation.set_draft("half a thought").await.unwrap();
    conversation.set_preference("theme", "light").await.unwrap();
    conversation.set_preference("theme", "dark").await.unwrap();
    let [late, early] = [CommandId::new(id(1)), CommandId::new(id(2))];
    conversation.outbox_put(early, "1").await.unwrap();
    conversation.outbox_put(late, "2").await.unwrap();
    conversation.outbox_put(early, "3").await.unwrap();
    // Dropped without being closed: what was acknowledged is there all the same.
    drop(conversation);

    let conversation = Conversation::open(&path).await.unwrap();
    assert_eq!(conversation.draft().await.unwrap(), "half a thought");
    assert_eq!(
        conversation.preference("theme").await.unwrap().unwrap(),
        "dark"
    );
    let kept = [(early, "1".to_owned()), (late, "2".to_owned())];
    assert_eq!(conversation.outbox().await.unwrap(), kept);
    assert!(conversation.outbox_remove(early).await.unwrap());
    assert!(!conversation.outbox_remove(early).await.unwrap());
    assert_eq!(conversation.outbox().await.unwrap(), kept[1..]);
}
