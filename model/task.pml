/*
 * One task: its row, the hints that point at it, two workers, people, and a scan that repairs. See README.md.
 *
 * Each -DNO_… takes one rule away. The clauses of a write are tested and the write is done in one atomic step, as a store does.
 */
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef MAX_ATTEMPTS
#define MAX_ATTEMPTS 2
#endif
#ifndef RUNS
#define RUNS 2 /* the first one, and one requeue */
#endif
#ifndef GIVEN_BACK
#define GIVEN_BACK 1 /* snoozes and releases of a run */
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef LOST_ANSWERS
#define LOST_ANSWERS 1
#endif
#ifndef LOST_HINTS
#define LOST_HINTS 0
#endif
#ifndef PEOPLE
#define PEOPLE 1
#endif
#ifndef REQUESTS
#define REQUESTS 2 /* of each of the people */
#endif

/* States of the row. */
#define ABSENT 0
#define PENDING 1
#define RETRYING 2
#define RUNNING 3
#define COMPLETED 4
#define DEAD 5
#define CANCELED 6
#define isWaiting(s) (s == PENDING || s == RETRYING)
#define isTerminal(s) (s >= COMPLETED)

/* wakeAt, seen from now. */
#define NEVER 0
#define LATER 1
#define DUE 2

/*
 * A message is there or it is not: it may come at any moment, early, late, again, and while somebody works on it. Only a backstop's
 * delay is longer than a request may take.
 */
#define GONE 0
#define THERE 1
#define BACKSTOP 2
#ifndef HINTS
#define HINTS 2
#endif

#define NOBODY 0
#define A_DEAD_ONE 3

byte state = ABSENT;
byte runNumber = 1;
byte attempt = 0;
byte attemptsLeft = 0;
byte wake = NEVER;
byte leaseToken = NOBODY; /* each worker makes one attempt at a time: its number stands for the token of that attempt */
byte heldBy = 0; /* message + 1 */
bit cancelRequested = 0;

byte hint[HINTS];
byte at[2]; /* the message that a worker was given */
bit has[2]; /* the message is still in the queue */

/* Whether nothing visible has happened since somebody read the row: stands for the comparison of `version`. */
bit seen[4];
byte requeuing = 0; /* people between a backstop and its write */

byte crashes = CRASHES;
byte lostAnswers = LOST_ANSWERS;
byte lostHints = LOST_HINTS;

/* What is only looked at by the assertions. */
bit told = 0; /* a cancel was answered in this run */
byte given = 0; /* attempts that this run got back */
byte holder = NOBODY; /* whose attempt the row is in */
bit over[2]; /* a worker's lease has ended by its own clock */
bit inHandler[2];
byte latest = 0; /* number of the latest attempt that was given out in this run */

#ifdef NO_FRESH_TOKEN
#define tokenOf(w) 1
#else
#define tokenOf(w) (w + 1)
#endif

#ifdef NO_FENCE
#define holds(w) true
#else
#define holds(w) (leaseToken == tokenOf(w))
#endif

#ifdef NO_HEARTBEAT_FENCE
#define mayExtend(w) true
#else
#define mayExtend(w) holds(w)
#endif

#ifdef NO_VERSION
#define unchanged(p) true
#else
#define unchanged(p) seen[p]
#endif

#ifdef NO_WAKE
#define isDue true
#else
#define isDue (wake == DUE)
#endif

#ifdef NO_BUDGET
#define isInBudget true
#else
#define isInBudget (attemptsLeft > 0)
#endif

#ifdef NO_CANCEL_CLAUSE
#define mayIgnoreCancel true
#else
#define mayIgnoreCancel (!cancelRequested)
#endif

#ifdef NO_BURY_WAKE
#define isOverdue true
#else
#define isOverdue (wake == DUE)
#endif

#if HINTS > 2
#define noHint (hint[0] == GONE && hint[1] == GONE && hint[2] == GONE)
#else
#define noHint (hint[0] == GONE && hint[1] == GONE)
#endif

inline changed() { d_step { seen[0] = 0; seen[1] = 0; seen[2] = 0; seen[3] = 0 } }

inline drop(m) {
  d_step {
    hint[m] = GONE;
    if :: heldBy == m + 1 -> heldBy = 0 :: else fi;
    if :: at[0] == m -> has[0] = 0 :: else fi;
    if :: at[1] == m -> has[1] = 0 :: else fi
  }
}

/* A queue that is full refuses, as one that throttles does. */
inline send(form, sent) {
  d_step {
    sent = 1;
    if
    :: hint[0] == GONE -> hint[0] = form
    :: hint[0] != GONE && hint[1] == GONE -> hint[1] = form
#if HINTS > 2
    :: hint[0] != GONE && hint[1] != GONE && hint[2] == GONE -> hint[2] = form
#endif
    :: else -> sent = 0
    fi
  }
}

/* The request is written, refused or dead: from now on its backstop may come. */
inline backstopEnds() {
  d_step {
    if :: requeuing > 0 -> requeuing-- :: else fi;
    if
    :: requeuing == 0 ->
      if :: hint[0] == BACKSTOP -> hint[0] = THERE :: else fi;
#if HINTS > 2
      if :: hint[2] == BACKSTOP -> hint[2] = THERE :: else fi;
#endif
      if :: hint[1] == BACKSTOP -> hint[1] = THERE :: else fi
    :: else
    fi
  }
}

inline end(to) {
  d_step {
    assert(!isTerminal(state)); /* an end never changes within a run */
    state = to;
    leaseToken = NOBODY;
    heldBy = 0;
#ifndef NO_WAKE_REMOVED
    wake = NEVER;
#endif
    changed()
  }
}

inline waitAgain(to) {
  d_step {
    assert(!isTerminal(state));
    state = to;
    leaseToken = NOBODY;
    heldBy = 0;
    wake = LATER;
    changed()
  }
}

/* What only an attempt needs to know. */
inline forgetAttempt(w) {
  outcome = 0; to = 0; left = 0; cancelSeen = 0; beaten = 0;
  seen[w] = 0;
  over[w] = 0
}

inline forget(w) {
  d_step {
    forgetAttempt(w);
    tried = 0; sent = 0;
    has[w] = 0;
    at[w] = 0
  }
}

/* What a worker that dies leaves behind: a token that nobody has, and a message that comes back. Another worker takes its place. */
inline die(w) {
  d_step {
    crashes--;
    if :: holder == w + 1 -> holder = NOBODY; leaseToken = A_DEAD_ONE :: else fi;
    inHandler[w] = 0;
    forget(w)
  }
}

#define mayDie(w) if :: crashes > 0 -> die(w); goto end_idle :: true fi

#define FAILS 0
#define COMPLETES 1
#define GIVES_BACK 2

proctype worker(byte w) {
  byte outcome, to, left;
  bit cancelSeen, beaten, tried, sent;

end_idle:
  atomic {
    if
    :: hint[0] == THERE -> at[w] = 0
    :: hint[1] == THERE -> at[w] = 1
#if HINTS > 2
    :: hint[2] == THERE -> at[w] = 2
#endif
    fi;
    has[w] = 1;
#ifdef NO_ACK_LAST
    drop(at[w])
#endif
  }

  /* claim: shared/core/transitions/start.ts */
  atomic {
    if
    :: state != ABSENT && isDue && isInBudget ->
      assert(!told); /* what was canceled does not start again */
      assert(!isTerminal(state));
      state = RUNNING;
      attempt++;
#ifndef NO_CHARGE
      if :: attemptsLeft > 0 -> attemptsLeft-- :: else fi;
#endif
      assert(attempt <= MAX_ATTEMPTS + given);
      leaseToken = tokenOf(w);
      heldBy = (has[w] -> at[w] + 1 : 0);
      wake = LATER;
      changed();
      holder = w + 1;
      over[w] = 0;
      assert(attempt > latest); /* an attempt number goes to one execution */
      latest = attempt;
      if
      :: true
      :: lostAnswers > 0 -> lostAnswers--; goto claimed_unanswered
      fi
    :: else -> goto lost_write
    fi
  }
answered:
  atomic {
    left = attemptsLeft;
    cancelSeen = cancelRequested;
    mayDie(w);
    if
#ifndef NO_LATE_CHECK
    :: over[w] -> goto leave
#endif
    :: else ->
      /* nobody else is at work within a lease that lasts */
      assert(!(inHandler[1 - w] && !over[1 - w]));
      inHandler[w] = 1
    fi
  }
handler:
  atomic {
    if
    :: crashes > 0 -> die(w); goto end_idle
    :: !beaten ->
      beaten = 1;
      if
      :: mayExtend(w) -> wake = LATER; over[w] = 0; cancelSeen = cancelRequested; goto handler
      :: else -> outcome = GIVES_BACK
      fi
    :: outcome = COMPLETES
    :: outcome = FAILS
    :: given < GIVEN_BACK -> outcome = GIVES_BACK
    fi;
    inHandler[w] = 0
  }

  /* shared/core/transitions/settle.ts, decided on the row as the worker last saw it */
settle:
  atomic {
    if
    :: outcome == COMPLETES -> to = COMPLETED
    :: outcome != COMPLETES && cancelSeen -> to = CANCELED
    :: outcome == FAILS && !cancelSeen && left == 0 -> to = DEAD
    :: outcome == FAILS && !cancelSeen && left > 0 -> to = RETRYING
    :: outcome == GIVES_BACK && !cancelSeen -> to = PENDING
    fi;
    if
    :: holds(w) && (to == COMPLETED || to == CANCELED || mayIgnoreCancel) ->
      assert(holder == w + 1); /* fencing */
      if
      :: isTerminal(to) -> end(to)
      :: to == RETRYING -> waitAgain(RETRYING)
      :: to == PENDING -> waitAgain(PENDING); attemptsLeft++; given++
      fi;
      holder = NOBODY;
      if
      :: isTerminal(to) -> forgetAttempt(w); goto ack
      :: lostAnswers > 0 -> lostAnswers--; forgetAttempt(w); goto lost_write
      :: !isTerminal(to) -> forgetAttempt(w)
      fi
    :: else ->
      if
      :: leaseToken == tokenOf(w) -> cancelSeen = cancelRequested; goto settle
      :: else -> forgetAttempt(w); goto lost_write
      fi
    fi
  }
  atomic {
    mayDie(w);
#ifndef NO_RETRY_HINT
    send(THERE, sent);
    if :: sent :: else -> goto leave fi;
#endif
    goto ack
  }

  /* Its first request was applied and its answer lost; the second one finds its own token. */
claimed_unanswered:
  atomic {
#ifndef NO_OWN_TOKEN
    if :: leaseToken == tokenOf(w) -> goto answered :: else fi;
#endif
    goto judge
  }

  /* shared/core/verdict.ts, on the row that won */
lost_write:
#ifdef NO_JUDGE
  goto ack;
#endif
judge:
  atomic {
    assert(!(holder == w + 1 && leaseToken == tokenOf(w) && wake == LATER)); /* no attempt is charged and then left */
    if
    :: wake == NEVER -> goto ack
    :: wake == DUE && attemptsLeft == 0 && !tried -> seen[w] = 1
    :: wake == DUE && attemptsLeft == 0 && tried -> goto leave
    :: wake == DUE && attemptsLeft > 0 -> goto look_again
    :: wake == LATER && state != RUNNING -> goto look_again
    :: wake == LATER && state == RUNNING ->
      if
      :: has[w] && heldBy == at[w] + 1 ->
#ifdef NO_LEAVE
        goto ack
#else
        goto leave
#endif
      :: else
      fi;
#ifdef NO_SPARE_LOOK
      goto ack
#else
      goto look_again
#endif
    fi
  }

  /* shared/core/transitions/bury.ts */
  atomic {
    mayDie(w);
#ifdef NO_BURY
    goto ack;
#endif
    if
    :: unchanged(w) && isOverdue ->
      assert(!(state == RUNNING && wake == LATER)); /* nobody else ends a lease that lasts */
      assert(attemptsLeft == 0);
      if
      :: cancelRequested -> end(CANCELED)
      :: else -> end(DEAD)
      fi;
      holder = NOBODY;
      goto ack
    :: else -> tried = 1; goto judge
    fi
  }

look_again:
  atomic {
    mayDie(w);
#ifndef NO_LOOK_AGAIN
    send(THERE, sent);
    if :: sent :: else -> goto leave fi;
#endif
    skip
  }

ack:
  atomic {
    mayDie(w);
    if :: has[w] -> drop(at[w]) :: else fi;
    forget(w);
    goto end_idle
  }
leave:
  atomic { forget(w); goto end_idle }
}

/* cancel, requestCancel and requeue: shared/core/transitions/people.ts, decided on a row that was read */
proctype person(byte p) {
  byte requests = REQUESTS;
  bit sent;
  do
  :: requests == 0 -> break
#ifdef LIVE
  :: requests > 0 -> break
#endif
  :: atomic { requests > 0 && state != ABSENT -> requests--; goto again };
again:
    atomic {
      seen[p] = 1;
      if
      :: isWaiting(state) -> goto cancel
      :: state == RUNNING && !cancelRequested -> goto request_cancel
      :: isTerminal(state) && runNumber < RUNS -> goto requeue
      :: else -> goto done
      fi
    }
cancel:
    atomic {
      if
      :: unchanged(p) -> end(CANCELED); told = 1
      :: else -> goto again
      fi
    }
    goto done;
request_cancel:
    atomic {
      if
      :: unchanged(p) ->
        cancelRequested = 1;
#ifndef NO_CANCEL_TAKES_ALL
        attemptsLeft = 0;
#endif
        told = 1;
        changed()
      :: else -> goto again
      fi
    }
    goto done;
requeue:
    atomic {
#ifndef NO_BACKSTOP
      send(BACKSTOP, sent);
      if :: sent -> requeuing++ :: else -> goto done fi;
#endif
      skip
    }
    atomic {
      backstopEnds();
      if :: crashes > 0 -> crashes--; goto gone :: true fi;
      if
      :: unchanged(p) ->
        assert(isTerminal(state)); /* only what has ended starts another run */
        state = PENDING;
#ifndef NO_NEW_RUN
        runNumber++;
        latest = 0;
#endif
        attempt = 0;
        attemptsLeft = MAX_ATTEMPTS;
        wake = DUE;
        leaseToken = NOBODY;
        heldBy = 0;
        cancelRequested = 0;
        changed();
        told = 0;
        given = 0
      :: else -> goto again
      fi
    }
    atomic {
      if :: crashes > 0 -> crashes--; goto gone :: true fi;
      send(THERE, sent)
    }
done:
    atomic { seen[p] = 0; sent = 0 }
  od;
gone:
  seen[p] = 0
}

/* submit: the row, then its hint. A caller without an answer repeats with the same key. */
proctype submitter() {
  bit sent;
  atomic { state = PENDING; attemptsLeft = MAX_ATTEMPTS; if :: wake = DUE :: wake = LATER fi };
  if
  :: crashes > 0 ->
    crashes--;
#ifdef NO_REPLAY_HINT
    goto answered
#endif
  :: true
  fi;
  do
  :: atomic { send(THERE, sent); if :: sent -> break :: else fi }
  od;
answered:
  skip
}

/* Time, as the row sees it. A lease may end at any moment: a worker that goes on all the same was frozen, or its clock was slow. */
proctype row_clock() {
end_waiting:
  do
  :: atomic { wake == LATER -> wake = DUE; if :: holder != NOBODY -> over[holder - 1] = 1 :: else fi }
  od
}

proctype loss() {
end_waiting:
  do
  :: atomic { lostHints > 0 && hint[0] != GONE -> lostHints--; drop(0) }
  :: atomic { lostHints > 0 && hint[1] != GONE -> lostHints--; drop(1) }
#if HINTS > 2
  :: atomic { lostHints > 0 && hint[2] != GONE -> lostHints--; drop(2) }
#endif
  od
}

/* shared/worker/repair-page.ts: a hint for a row that is overdue */
proctype reconcile() {
  bit sent;
end_waiting:
  do
#ifdef SPARE_HINTS
  :: atomic { wake == DUE && (hint[0] == GONE || hint[1] == GONE) -> send(THERE, sent); sent = 0 }
#else
  :: atomic { wake == DUE && noHint -> send(THERE, sent); sent = 0 }
#endif
  od
}

#ifdef LIVE
/* Something is always going on elsewhere: a history in which nothing can happen to the task any more goes on without it. */
proctype elsewhere() {
  do
  :: state <= CANCELED
  od
}
#endif

init {
  atomic {
    run submitter();
    run row_clock();
#ifdef LIVE
    run elsewhere();
#endif
#if LOST_HINTS > 0
    run loss();
#endif
    run worker(0);
#if WORKERS > 1
    run worker(1);
#endif
#if PEOPLE > 0
    run person(2);
#endif
#if PEOPLE > 1
    run person(3);
#endif
#if defined(RECONCILE) && !defined(NO_RECONCILE)
    run reconcile()
#endif
  }
}

#ifdef LIVE
/* Faults and people are bounded, so they stop. */
ltl ends { <> [] (isTerminal(state)) }
#endif
