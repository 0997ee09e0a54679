//! A collection whose calls wait until they are resumed, and tasks that are polled when they are
//! woken: one thread, and an order that a seed decides.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tenure::collection::{
    Answer, AsyncCollection, Collection, CollectionError, Cursor, Expired, Fault, Feed,
    Fingerprint, MemoryCollection, Op, Opened, PrincipalEnded, RecordKey, Request,
};

use crate::common::Random;

/// A call waits before it takes effect, or with its answer, once in so many; never if that is 0.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Mutex<Waits>>);

struct Waits {
    one_in: usize,
    random: Random,
    parked: Vec<Parked>,
    next: u64,
    /// What was asked, and answered, if it is to be noted.
    said: Option<Vec<String>>,
}

struct Parked {
    number: u64,
    resumed: Arc<AtomicBool>,
    waker: Waker,
}

impl Gate {
    pub(crate) fn new(one_in: usize, seed: u64, tells: bool) -> Self {
        let random = Random::new(seed);
        Self(Arc::new(Mutex::new(Waits {
            one_in,
            random,
            parked: Vec::new(),
            next: 0,
            said: tells.then(Vec::new),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Waits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has every call wait from now on.
    pub(crate) fn close(&self) {
        self.lock().one_in = 1;
    }

    /// Lets every call through from now on.
    pub(crate) fn open(&self) {
        self.lock().one_in = 0;
    }

    /// What was asked of the collection since this was called before.
    pub(crate) fn take_said(&self) -> Vec<String> {
        self.lock().said.as_mut().map_or_else(Vec::new, std::mem::take)
    }

    fn say(&self, text: impl FnOnce() -> String) {
        if let Some(said) = &mut self.lock().said {
            said.push(text());
        }
    }

    pub(crate) fn parked(&self) -> usize {
        self.lock().parked.len()
    }

    /// Resumes the call at this place.
    pub(crate) fn resume(&self, at: usize) {
        let parked = self.lock().parked.swap_remove(at);
        parked.resumed.store(true, Ordering::Relaxed);
        parked.waker.wake();
    }

    fn pass(&self) -> Pass {
        let waits = {
            let mut gate = self.lock();
            gate.one_in > 0 && {
                let one_in = gate.one_in;
                gate.random.below(one_in) == 0
            }
        };
        Pass { gate: self.clone(), number: None, resumed: Arc::new(AtomicBool::new(!waits)) }
    }

    fn flips(&self) -> bool {
        self.lock().random.below(2) == 0
    }
}

/// The wait of a call.
struct Pass {
    gate: Gate,
    number: Option<u64>,
    resumed: Arc<AtomicBool>,
}

impl Future for Pass {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        if self.resumed.load(Ordering::Relaxed) {
            self.number = None;
            return Poll::Ready(());
        }
        let mut gate = self.gate.lock();
        if self.number.is_none() {
            gate.next += 1;
            let (number, resumed) = (gate.next, Arc::clone(&self.resumed));
            gate.parked.push(Parked { number, resumed, waker: task.waker().clone() });
            drop(gate);
            self.number = Some(number);
        }
        Poll::Pending
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.gate.lock().parked.retain(|parked| parked.number != number);
        }
    }
}

/// A node's way to the collection, which is as slow as its gate.
pub(crate) struct Line {
    pub(crate) inner: MemoryCollection,
    pub(crate) gate: Gate,
    pub(crate) batch: usize,
    pub(crate) on: usize,
}

/// Requests that are under way: where the caller is dropped, they may arrive nonetheless.
struct UnderWay<'a>(&'a Line, &'a [Request]);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if self.0.gate.flips() {
            self.0.inner.fail_next(Fault::Delayed);
            assert!(Collection::apply(&self.0.inner, self.1).is_err());
        }
    }
}

impl AsyncCollection for Line {
    async fn open(&self, fingerprint: Fingerprint) -> Result<Opened, CollectionError> {
        self.gate.pass().await;
        let opened = Collection::open(&self.inner, fingerprint);
        self.gate.pass().await;
        opened
    }

    async fn apply(&self, requests: &[Request]) -> Result<Answer, CollectionError> {
        let under_way = UnderWay(self, requests);
        self.gate.pass().await;
        std::mem::forget(under_way);
        let answer = Collection::apply(&self.inner, requests);
        self.gate.say(|| format!("{}: {}", self.on, told(requests, &answer)));
        self.gate.pass().await;
        answer
    }

    async fn feed(&self, after: Cursor, at_most: usize) -> Result<Feed, CollectionError> {
        self.gate.pass().await;
        let feed = Collection::feed(&self.inner, after, at_most.min(3));
        self.gate.pass().await;
        feed
    }

    async fn expire(&self, at_most: usize) -> Result<Expired, CollectionError> {
        self.gate.pass().await;
        let expired = Collection::expire(&self.inner, at_most);
        self.gate.pass().await;
        expired
    }

    async fn end_principal(
        &self,
        principal: &str,
        reason: &str,
        except: &[RecordKey],
        at_most: usize,
    ) -> Result<PrincipalEnded, CollectionError> {
        self.gate.pass().await;
        let at_most = at_most.min(2);
        let ended = Collection::end_principal(&self.inner, principal, reason, except, at_most);
        self.gate.pass().await;
        ended
    }

    fn batch(&self) -> usize {
        self.batch
    }

    fn incarnation(&self) -> u64 {
        Collection::incarnation(&self.inner)
    }
}

/// What was asked, and what came of it.
fn told(requests: &[Request], answer: &Result<Answer, CollectionError>) -> String {
    let each = requests.iter().enumerate().map(|(at, request)| {
        let outcome = answer.as_ref().map(|answer| format!("{:?}", answer.outcomes[at]));
        let outcome = outcome.unwrap_or_else(ToString::to_string);
        let (op, key) = (request.op.name(), request.key.to_string());
        let to = match &request.op {
            Op::Rotate { to, .. } => to.key.to_string(),
            _ => String::new(),
        };
        format!(
            "{op} {} {}: {}",
            &key[..6],
            to.get(..6).unwrap_or(""),
            outcome.chars().take(40).collect::<String>()
        )
    });
    each.collect::<Vec<_>>().join(", ")
}

/// What tells that a task is to be polled.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What is to be run.
pub(crate) type Job<R> = Pin<Box<dyn Future<Output = R>>>;

/// Tasks, each with a note of what it is.
pub(crate) struct Tasks<N, R> {
    list: Vec<(N, Job<R>, Arc<Woken>)>,
}

impl<N, R> Tasks<N, R> {
    pub(crate) fn new() -> Self {
        Self { list: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is a task of which this is true.
    pub(crate) fn any(&self, which: impl Fn(&N) -> bool) -> bool {
        self.list.iter().any(|(note, ..)| which(note))
    }

    pub(crate) fn add(&mut self, note: N, job: Job<R>) {
        self.list.push((note, job, Arc::new(Woken(AtomicBool::new(true)))));
    }

    /// Drops the task at this place, half-way.
    pub(crate) fn drop_one(&mut self, at: usize) -> N {
        self.list.swap_remove(at).0
    }

    /// Drops the first task of which this is true.
    pub(crate) fn drop_first(&mut self, which: impl Fn(&N) -> bool) -> Option<N> {
        let at = self.list.iter().position(|(note, ..)| which(note))?;
        Some(self.drop_one(at))
    }

    /// Polls one of those that are woken. Returns what came of it, if it is over; an error if none
    /// is woken.
    pub(crate) fn poll_one(&mut self, random: &mut Random) -> Result<Option<(N, R)>, Asleep> {
        let awake = |(_, _, woken): &(N, Job<R>, Arc<Woken>)| woken.0.load(Ordering::Relaxed);
        let count = self.list.iter().filter(|task| awake(task)).count();
        if count == 0 {
            return Err(Asleep);
        }
        let nth = random.below(count);
        let places = self.list.iter().enumerate().filter(|(_, task)| awake(task));
        let at = places.map(|(at, _)| at).nth(nth).expect("there are so many");
        let (_, job, woken) = &mut self.list[at];
        woken.0.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(woken));
        match job.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => Ok(None),
            Poll::Ready(result) => Ok(Some((self.list.swap_remove(at).0, result))),
        }
    }
}

/// Polls a future for as long as it wakes itself, and says how often that was.
pub(crate) fn poll_on<F: Future + ?Sized>(mut future: Pin<&mut F>) -> (Poll<F::Output>, usize) {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let (mut polled, mut polls) = (Poll::Pending, 0);
    while polled.is_pending() && woken.0.swap(false, Ordering::Relaxed) {
        polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        polls += 1;
    }
    (polled, polls)
}

/// No task is woken.
pub(crate) struct Asleep;
