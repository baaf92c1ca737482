//! How things stand after the newest event.

use ampersand_core::{Answer, ApprovalId, EventBody, Report, TaskId};
use ampersand_store::{Batch, Journal};

use crate::{approval, at, home, id, task};

const ONE: u128 = 21;
const TWO: u128 = 20;

fn one() -> TaskId {
    id(ONE).into()
}

fn report(headline: &str) -> Report {
    Report {
        headline: headline.to_owned(),
        ..Report::default()
    }
}

fn reported(headline: &str) -> EventBody {
    EventBody::TaskReported {
        task: one(),
        report: report(headline),
    }
}

fn given(given: &str) -> EventBody {
    EventBody::TaskGiven {
        task: one(),
        attempt: id(30).into(),
        given: given.to_owned(),
    }
}

fn trusted(digest: &str) -> EventBody {
    EventBody::RepositoryTrusted {
        repository: "/r".to_owned(),
        digest: digest.to_owned(),
    }
}

fn asked(number: u128) -> EventBody {
    EventBody::ApprovalAsked {
        approval: approval(number, one()),
    }
}

fn answered(number: u128) -> EventBody {
    EventBody::ApprovalAnswered {
        approval: ApprovalId::new(id(number)),
        task: one(),
        answer: Answer::Deny,
    }
}

fn withdrawn(number: u128) -> EventBody {
    EventBody::ApprovalWithdrawn {
        approval: ApprovalId::new(id(number)),
        task: one(),
    }
}

async fn check(journal: &Journal) {
    let snapshot = journal.snapshot().await.unwrap();
    let expected = [
        task(ONE, "changed twice"),
        task(TWO, "other"),
        task(19, "third"),
    ];
    assert_eq!(snapshot.seq, 11);
    assert_eq!(snapshot.tasks, expected);
    assert_eq!(snapshot.approvals, [approval(42, one())]);
    assert_eq!(journal.tasks().await.unwrap(), snapshot.tasks);
    assert_eq!(journal.open_approvals().await.unwrap(), snapshot.approvals);
    assert_eq!(journal.task(one()).await.unwrap().unwrap(), expected[0]);
    assert_eq!(journal.report(one()).await.unwrap().unwrap(), report("new"));
    assert_eq!(journal.report(id(TWO).into()).await.unwrap(), None);
    assert_eq!(journal.given(one()).await.unwrap().unwrap(), "b");
    assert_eq!(journal.trusted("/r").await.unwrap().unwrap(), "bb");
    assert_eq!(journal.trusted("/other").await.unwrap(), None);
}

#[tokio::test]
async fn projections_stand_as_the_newest_events_say() {
    let home = home();
    let path = home.path().join("journal.db");
    let journal = Journal::open(&path).await.unwrap();
    let mut bodies = vec![given("a"), reported("old"), trusted("aa")];
    bodies.extend([asked(43), asked(42), asked(41), reported("new")]);
    let first = Batch {
        tasks: vec![task(ONE, "one"), task(TWO, "other")],
        ..Batch::new(at(1), bodies)
    };
    let bodies = vec![answered(43), withdrawn(41), given("b"), trusted("bb")];
    let changed = [(ONE, "changed"), (ONE, "changed twice"), (19, "third")];
    let second = Batch {
        tasks: changed.map(|(number, title)| task(number, title)).to_vec(),
        ..Batch::new(at(2), bodies)
    };
    journal.append(first).await.unwrap();
    journal.append(second).await.unwrap();
    check(&journal).await;
    journal.close().await;
    check(&Journal::open(&path).await.unwrap()).await;
}
