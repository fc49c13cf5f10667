use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn settings() -> Connections {
    Connections {
        header_timeout: 5 * SECOND,
        answer_timeout: 10 * SECOND,
        idle_timeout: 30 * SECOND,
        ..Connections::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_requests_is_idle_after_a_while() {
    let start = Instant::now();
    let activity = Activity::new(&settings(), true, start);
    assert_eq!(activity.due().await, Due::Idle);
    assert_eq!(start.elapsed(), 30 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_request_in_flight_is_no_rest_and_the_rest_begins_with_its_end() {
    let start = Instant::now();
    let activity = Activity::new(&settings(), true, start);
    let request = activity.begin();
    let ends = async {
        tokio::time::sleep(100 * SECOND).await;
        drop(request);
    };
    let (due, ()) = tokio::join!(activity.due(), ends);
    assert_eq!((due, start.elapsed()), (Due::Idle, 130 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn a_head_has_its_time_from_the_first_byte_on() {
    let start = Instant::now();
    let activity = Activity::new(&settings(), false, start);
    drop(activity.begin());
    let trickles = async {
        tokio::time::sleep(7 * SECOND).await;
        loop {
            activity.read(Instant::now());
            tokio::time::sleep(SECOND).await;
        }
    };
    tokio::select! {
        due = activity.due() => assert_eq!(due, Due::Stuck),
        () = trickles => {}
    }
    assert_eq!(start.elapsed(), 12 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn over_http2_what_comes_between_requests_is_no_head() {
    let start = Instant::now();
    let activity = Activity::new(&settings(), true, start);
    activity.read(start);
    assert_eq!(activity.due().await, Due::Idle);
    assert_eq!(start.elapsed(), 30 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn one_answer_that_does_not_end_is_stuck_whatever_else_goes_on() {
    let start = Instant::now();
    let activity = Activity::new(&settings(), true, start);
    let (held, _other) = (activity.begin(), activity.begin());
    held.answered(start + SECOND);
    let goes_on = async {
        loop {
            let request = activity.begin();
            request.answered(Instant::now());
            tokio::time::sleep(SECOND).await;
        }
    };
    tokio::select! {
        due = activity.due() => assert_eq!(due, Due::Stuck),
        () = goes_on => {}
    }
    assert_eq!(start.elapsed(), 11 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_that_ends_gets_stuck_only_by_what_it_begins() {
    let activity = Activity::new(&settings(), true, Instant::now());
    let never = tokio::time::timeout(1_000 * SECOND, activity.stuck()).await;
    never.expect_err("there is nothing to be stuck with");
    let request = activity.begin();
    request.answered(Instant::now());
    let since = Instant::now();
    activity.stuck().await;
    assert_eq!(since.elapsed(), 10 * SECOND);
}
