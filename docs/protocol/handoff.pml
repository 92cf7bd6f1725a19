/*
 * The handoff: three people in two partitions, two merges among them, events, marks and timers, every interleaving of the partitions.
 * README.md says what is modelled, what is not, and which protection each switch takes away.
 *
 * What happened to somebody is kept as digits, oldest first: 1 to 3 an event, 7 a timer that fired, 6 a merge with the absorbed
 * person's digits behind it. So an order that is wrong, a loss and a repeat are all seen. An event sets the timer anew.
 */
#ifndef EVENTS
#define EVENTS 3
#endif
#ifndef MARKS
#define MARKS 2
#endif
#define MERGES 2
#define PEOPLE 3
#define NOBODY 3
#define TIMER 7
#define MERGED 6

mtype = { event, mark, merge, handoff, wait, leave }

/* kind, person, other person or event, watermark or due time, digits */
chan lane[2] = [12] of { mtype, byte, byte, byte, int };

byte home[PEOPLE];          /* partition of a person */
byte time;                  /* the gate's watermark */
bool over;                  /* the gate writes nothing more */

/* ---- what happened to everybody, and when the timer is due (0: none): as the partitions have it, then as the fold in log order has it ---- */
int list[2 * PEOPLE];
byte due[2 * PEOPLE];
#define did(who) list[who]
#define said(who) list[PEOPLE + (who)]
#define set(who) due[PEOPLE + (who)]
byte into[PEOPLE] = NOBODY;

/* ---- the partitions ---- */
byte marked[2];
typedef Entry { mtype kind; byte other, watermark, due }
typedef Inbox { Entry at[5]; byte count }
Inbox inbox[PEOPLE];
typedef Box { bit here[PEOPLE]; int digits[PEOPLE]; byte due[PEOPLE] }
Box brought[PEOPLE];

inline fire(whose, watermark) {
  if
  :: due[whose] != 0 && due[whose] <= watermark -> list[whose] = list[whose] * 8 + TIMER; due[whose] = 0
  :: else
  fi
}

/* The absorbed person's digits behind the kept person's; the earlier timer stays. */
inline unite(kept, theirs, timer) {
  list[kept] = list[kept] * 8 + MERGED;
  rest = theirs;
  do :: rest == 0 -> break :: else -> list[kept] = list[kept] * 8; rest = rest / 8 od;
  list[kept] = list[kept] + theirs;
  if :: timer != 0 && (due[kept] == 0 || timer < due[kept]) -> due[kept] = timer :: else fi
}

inline fire_all(p, watermark) {
  who = 0;
  do
  :: who == PEOPLE -> break
  :: else ->
    if :: home[who] == p && into[who] == NOBODY -> fire(PEOPLE + who, watermark) :: else fi;
    who++
  od;
  who = 0
}

proctype gate() {
  byte events, marks, merges, who, x, y;
  int rest;
end_gate:
  do
  :: atomic { events < EVENTS ->
      if :: x = 0 :: x = 1 :: x = 2 fi;
      if
      :: into[x] != NOBODY -> skip
      :: else ->
        d_step {
          events++;
          said(x) = said(x) * 8 + events; set(x) = time + 1;
          lane[home[x]] ! event(x, events, time + 1, 0)
        }
      fi; x = 0
    }
  :: atomic { marks < MARKS ->
      if :: time++ :: time > 0 fi;
      if :: x = 0 :: x = 1 fi;
      d_step { marks++; fire_all(x, time); lane[x] ! mark(0, 0, time, 0); x = 0 }
    }
  :: atomic { merges < MERGES ->
      /* x into y */
      if :: x = 1; y = 0 :: x = 0; y = 2 :: x = 1; y = 2 fi;
      if
      :: into[x] != NOBODY || into[y] != NOBODY -> skip
      :: else ->
        d_step {
          merges++;
          fire_all(home[x], time); fire_all(home[y], time);
          unite(PEOPLE + y, said(x), set(x));
          into[x] = y; said(x) = 0; set(x) = 0; rest = 0;
          lane[home[x]] ! merge(y, x, time, 0);
          if :: home[x] != home[y] -> lane[home[y]] ! merge(y, x, time, 0) :: else fi
        }
      fi; x = 0; y = 0
    }
  :: atomic { !over -> over = true; break }
  od
}

#ifdef NO_EARLY_HANDOFF_KEPT
#define TOO_EARLY(k, a) (inbox[k].count == 0 || inbox[k].at[0].kind != wait || inbox[k].at[0].other != (a))
#else
#define TOO_EARLY(k, a) false
#endif
#define busy(who) (inbox[who].count > 0)
#ifdef NO_INBOX
#define EVENTS_WAIT(who) false
#else
#define EVENTS_WAIT(who) busy(who)
#endif
#ifdef TIMERS_DO_NOT_WAIT
#define TIMERS_WAIT(who) false
#else
#define TIMERS_WAIT(who) busy(who)
#endif

inline put(who, k, o, wm, d) {
  assert(inbox[who].count < 5);
  inbox[who].at[inbox[who].count].kind = k;
  inbox[who].at[inbox[who].count].other = o;
  inbox[who].at[inbox[who].count].watermark = wm;
  inbox[who].at[inbox[who].count].due = d;
  inbox[who].count++
}

inline shift(who) {
  n = 1;
  do
  :: n >= inbox[who].count -> break
  :: else ->
    inbox[who].at[n - 1].kind = inbox[who].at[n].kind; inbox[who].at[n - 1].other = inbox[who].at[n].other;
    inbox[who].at[n - 1].watermark = inbox[who].at[n].watermark; inbox[who].at[n - 1].due = inbox[who].at[n].due;
    n++
  od;
  inbox[who].count--;
  inbox[who].at[inbox[who].count].kind = 0; inbox[who].at[inbox[who].count].other = 0;
  inbox[who].at[inbox[who].count].watermark = 0; inbox[who].at[inbox[who].count].due = 0;
  n = 0
}

/* Fires what is due in a partition, but for people who wait. */
inline reach(p, watermark) {
  marked[p] = watermark;
  who = 0;
  do
  :: who == PEOPLE -> break
  :: else ->
    if :: home[who] == p && !TIMERS_WAIT(who) -> fire(who, watermark) :: else fi;
    who++
  od;
  who = 0
}

/* A handoff is here: kept beside until its turn comes. */
inline bring(kept, absorbed, theirs, timer) {
  if
  :: TOO_EARLY(kept, absorbed)
  :: else -> brought[kept].here[absorbed] = 1; brought[kept].digits[absorbed] = theirs; brought[kept].due[absorbed] = timer
  fi
}

/* From the front, as far as it goes; a handoff within the partition goes on with whoever got it. */
inline work_off(first) {
  one = first;
  do
  :: one == NOBODY -> break
  :: else ->
    if
    :: inbox[one].count == 0 ->
      if :: worked -> fire(one, marked[id]) :: else fi;
      one = NOBODY
    :: else ->
      kind = inbox[one].at[0].kind; other = inbox[one].at[0].other;
      wm = inbox[one].at[0].watermark; d = inbox[one].at[0].due;
      if
      :: kind == wait && !brought[one].here[other] -> one = NOBODY
      :: else ->
        worked = true;
#ifndef NO_TIMERS_BEFORE_ENTRY
        fire(one, wm);
#endif
        shift(one);
        if
        :: kind == event -> did(one) = did(one) * 8 + other; due[one] = d
        :: kind == wait ->
          unite(one, brought[one].digits[other], brought[one].due[other]);
          brought[one].here[other] = 0; brought[one].digits[other] = 0; brought[one].due[other] = 0
        :: kind == leave ->
          assert(inbox[one].count == 0);
          if
          :: home[other] == id ->
            bring(other, one, did(one), due[one]);
            did(one) = 0; due[one] = 0; one = other
          :: else ->
            lane[home[other]] ! handoff(other, one, due[one], did(one));
#ifdef HANDOFF_NOT_IN_COMMIT
            if :: !resent -> resent = true; lane[home[other]] ! handoff(other, one, due[one], did(one)) :: else fi;
#endif
            did(one) = 0; due[one] = 0; one = NOBODY
          fi
        fi;
        rest = 0
      fi
    fi
  od;
  kind = 0; other = 0; wm = 0; d = 0; worked = false
}

/* One record, one transaction: a crash before it changes nothing, a crash behind it loses nothing. */
proctype partition(byte id) {
  mtype k, kind;
  byte x, y, t, who, one, other, wm, d, n;
  int digits, rest;
  bool worked, resent;
end_partition:
  do
  :: d_step { lane[id] ? k(x, y, t, digits) ->
      if
      :: k == mark -> reach(id, t)
      :: k == event ->
        if
        :: EVENTS_WAIT(x) -> put(x, event, y, marked[id], t)
        :: else -> did(x) = did(x) * 8 + y; due[x] = t
        fi
      :: k == merge ->
#ifdef NO_MARK_ON_MERGE
        t = marked[id];
#else
        reach(id, t);
#endif
        if :: home[x] == id -> put(x, wait, y, t, 0) :: else fi;
        if :: home[y] == id -> put(y, leave, x, t, 0); work_off(y) :: else fi
      :: k == handoff ->
        bring(x, y, digits, t);
        work_off(x)
      fi;
      k = 0; x = 0; y = 0; t = 0; digits = 0
    }
#ifdef INBOX_NOT_KEPT
  :: d_step { !resent ->
      resent = true; who = 0;
      do
      :: who == PEOPLE -> break
      :: else -> if :: home[who] == id -> do :: inbox[who].count == 0 -> break :: else -> shift(who) od :: else fi; who++
      od; who = 0
    }
#endif
  od
}

/* All is read: everybody is what the fold in log order says, nobody waits. */
proctype judge() {
  byte who;
end_judge:
  d_step {
    over && timeout ->
    do
    :: who == PEOPLE -> break
    :: else ->
      assert(inbox[who].count == 0);
      assert(!brought[who].here[0] && !brought[who].here[1] && !brought[who].here[2]);
      assert(did(who) == said(who));
      assert(due[who] == set(who));
      who++
    od
  }
}

init {
  atomic {
    if :: home[0] = 0 :: home[0] = 1 fi;
    if :: home[1] = 0 :: home[1] = 1 fi;
    home[2] = 0;
    run gate(); run partition(0); run partition(1); run judge()
  }
}
