/*
 * Commit, apply, open: one task that two processes may both believe they have, a log that fences, a store that may forget.
 * README.md says what is modelled, what is not, and which protection each switch takes away.
 *
 * One state `v` that every commit writes: the number of inputs consumed. One state `w` that few commits touch: input 0 creates it,
 * input 2 deletes it. So a wrong base, a lost change and a deletion that came back are all seen. Chain numbers and offsets of the
 * changelog are one number here: offset c is the one behind commit c.
 */
#define INPUTS 3
#define OPENINGS (4 * FAULTS + 2)
#ifndef FAULTS
#define FAULTS 3
#endif
#ifndef BATCH
#define BATCH 1
#endif
#define NONE 15
#define SET 1
#define DEL 2
#define W(count) ((count) == 1 || (count) == 2)

/* ---- the log: the only truth ---- */
byte epoch;              /* of the newest take-over; an owner is this number */
byte end;                /* commits so far */
byte lpos[INPUTS + 2];   /* by commit: the position behind it; its `v` and its task record say the same */
byte lw[INPUTS + 2];     /* by commit: what it did to `w`; 0: nothing, or compacted away */
bit now;                 /* a tick is the time for which deletions are kept */

/* ---- the store, and one snapshot of it ---- */
typedef Store { byte owner, chain, page, resume, at, v, task; bit w }
Store s, old;
bit saved;

/* ---- a call on its way: it may come late, or twice ---- */
typedef Call { byte owner, chain, page, nchain, npage, resume, at, v, w, task; bit clear }
Call late;
byte waiting;            /* what `late` is; 0: nothing */
#define AN_OPEN 1
#define AN_APPLY 2

byte faults = FAULTS;
byte holder;             /* who has the task as the group says */

#define stamped(o, c, p) (s.owner == (o) && s.chain == (c) && s.page == (p))
#define right(c) (s.v == lpos[c] && s.task == lpos[c] && s.w == W(lpos[c]))

#ifdef NO_OWNER_CHECK
#define OWNED(o) true
#else
#define OWNED(o) (s.owner == (o))
#endif
#ifdef NO_CHAIN_CHECK
#define CHAINED(c) true
#else
#define CHAINED(c) (s.chain == (c))
#endif
#define fits(o, c, p) (OWNED(o) && CHAINED(c) && s.page == (p))
#ifdef NO_LOAD_STAMP
#define TOLD(o, c) true
#else
#define TOLD(o, c) stamped(o, c, 0)
#endif
#ifdef UNGUARDED_OPENING
#define GUARDED(page, npage) ((page) == 0 && (npage) == 0)
#else
#define GUARDED(page, npage) true
#endif
#ifdef PAGES_FROM_FOUND
#define FIRST_PAGE(me, found) ((found) + 1)
#else
#define FIRST_PAGE(me, found) (4 * (me) + 1)
#endif

inline copy(to, from) {
  to.owner = from.owner; to.chain = from.chain; to.page = from.page; to.resume = from.resume; to.at = from.at;
  to.v = from.v; to.w = from.w; to.task = from.task
}

inline wipe(it) {
  it.owner = 0; it.chain = NONE; it.page = 0; it.resume = NONE; it.at = 0; it.v = 0; it.w = 0; it.task = 0
}

inline send(to, from) {
  to.owner = from.owner; to.chain = from.chain; to.page = from.page; to.nchain = from.nchain; to.npage = from.npage;
  to.resume = from.resume; to.at = from.at; to.v = from.v; to.w = from.w; to.task = from.task; to.clear = from.clear
}

inline drop(it) {
  it.owner = 0; it.chain = 0; it.page = 0; it.nchain = 0; it.npage = 0; it.resume = 0; it.at = 0;
  it.v = 0; it.w = 0; it.task = 0; it.clear = 0
}

/* One step in the store: written, written before, or refused. */
inline apply(c, answer) {
  answer = true;
  if
  :: GUARDED(c.page, c.npage) && fits(c.owner, c.nchain, c.npage) -> skip
  :: else ->
    if
    :: fits(c.owner, c.chain, c.page) || (!GUARDED(c.page, c.npage) && OWNED(c.owner)) ->
      if :: c.clear -> s.v = 0; s.w = 0; s.task = 0 :: else fi;
      if :: c.v != NONE -> s.v = c.v :: else fi;
      if :: c.w == SET -> s.w = 1 :: c.w == DEL -> s.w = 0 :: else fi;
      if :: c.task != NONE -> s.task = c.task :: else fi;
      s.chain = c.nchain; s.page = c.npage; s.resume = c.resume; s.at = c.at
    :: else -> answer = false
    fi
  fi
}

/* Deletions leave the changelog, and what they deleted left it before them. */
inline purge() {
  if
  :: lw[3] == DEL -> lw[3] = 0; lw[2] = 0; lw[1] = 0
  :: lw[2] == DEL -> lw[2] = 0; lw[1] = 0
  :: else
  fi
}

/* What may go wrong with a call: it is never sent, it comes late, or once more behind its answer. */
inline lossy(kind) {
  if
  :: skip
  :: faults > 0 -> faults--; goto failed
  :: faults > 0 && !waiting -> faults--; waiting = kind; send(late, q); printf("a call of P%d is on its way as well\n", id); if :: skip :: goto failed fi
  fi
}

/*
 * Reads what the commits behind `a` up to `b` left in the changelog into the call. What commits behind the part to read overwrote may
 * have been compacted away meanwhile.
 */
#define overwritten ((upto < 2 && end >= 2 && lw[2] != 0) || (upto < 3 && end >= 3 && lw[3] != 0))
inline read(a, b) {
  if
  :: b > a ->
    if :: upto < end -> gone = true :: gone = false fi;
    if
    :: gone && overwritten
    :: else ->
      if :: a < 1 && b >= 1 && lw[1] != 0 -> q.w = lw[1]; records = true :: else fi;
      if :: a < 2 && b >= 2 && lw[2] != 0 -> q.w = lw[2]; records = true :: else fi;
      if :: a < 3 && b >= 3 && lw[3] != 0 -> q.w = lw[3]; records = true :: else fi
    fi;
    if :: !gone -> q.v = lpos[b]; q.task = lpos[b]; last = b; records = true :: else fi;
    gone = false
  :: else
  fi
}

proctype process(bit id) {
  byte me, began, chain, pos, v, behind, at;   /* of a running task: `behind` is the position behind the turn */
  byte told;                                   /* the position as the group told it */
  byte from, upto, middle, last;               /* of an opening: offsets; `last` is the newest task record read */
  bit w, cached, whole, records, gone, ok;
  Call q;

end_idle:
  atomic {
    if
    :: holder == id
    :: holder != id && faults > 0 -> faults--
    fi;
    holder = id
  }

open:
#ifdef POSITION_BEFORE_TAKEOVER
  told = lpos[end];
#endif
  atomic {
    assert(epoch < OPENINGS);
    epoch++; me = epoch; began = now;
    drop(q); q.owner = me;
    chain = 0; pos = 0; v = 0; w = 0; cached = 0; behind = 0; at = 0; from = 0; upto = 0; middle = 0; last = 0;
    whole = 0; records = 0; ok = 0;
#ifndef POSITION_BEFORE_TAKEOVER
    told = lpos[end]
#endif
    ;printf("P%d takes the task over: owner %d, position %d\n", id, me, told)
  }

found:
  atomic {
    lossy(AN_OPEN);
    d_step {
      s.owner = me;
      printf("P%d opens the store: finds chain %d page %d note %d at %d, v %d w %d\n", id, s.chain, s.page, s.resume, s.at, s.v, s.w);
      chain = s.chain; from = s.resume; at = s.at;
      q.chain = s.chain; q.nchain = s.chain; q.page = s.page; q.npage = FIRST_PAGE(me, s.page);
      q.v = NONE; q.task = NONE; q.w = 0; q.resume = NONE; q.at = 0;
#ifdef CHAIN_BEFORE_LAST_PAGE
      q.nchain = end; q.resume = end; q.at = began;
#endif
      whole = (s.resume == NONE || s.resume > end);
#ifndef CHAIN_BEFORE_LAST_PAGE
      if :: s.page > 0 -> whole = true :: else fi
#endif
    };
    if :: whole -> goto rebuild :: else -> goto part fi
  }

rebuild:
  atomic {
    whole = true; from = 0; middle = 0; upto = 0; last = 0; at = 0; records = false;
      q.v = NONE; q.task = NONE; q.w = 0; q.clear = true;
#ifndef CHAIN_BEFORE_LAST_PAGE
      q.nchain = NONE
#endif
    ;
    lossy(AN_APPLY);
    d_step {
      apply(q, ok);
      q.clear = false; q.chain = q.nchain; q.page = q.npage; q.npage++
      ;printf("P%d clears the store: accepted %d, now chain %d page %d\n", id, ok, q.chain, q.page)
    };
    if :: !ok -> goto failed :: else fi
  }

part:
  /* As many commits as one page holds. */
  atomic {
    upto = end;
    if :: from < upto -> middle = from + 1 :: else -> middle = from fi;
    read(from, middle);
    printf("P%d reads %d..%d of %d: v %d w %d\n", id, from, middle, upto, q.v, q.w);
    if :: middle == from -> goto rest :: else fi
  }

page:
  atomic {
    lossy(AN_APPLY);
    d_step {
      apply(q, ok);
      q.chain = q.nchain; q.page = q.npage; q.npage++; q.v = NONE; q.task = NONE; q.w = 0
      ;printf("P%d writes a page: accepted %d, now chain %d page %d\n", id, ok, q.chain, q.page)
    };
    if :: !ok -> goto failed :: else fi
  }

rest:
  atomic {
    read(middle, upto);
    printf("P%d reads %d..%d of %d: v %d w %d\n", id, middle, upto, upto, q.v, q.w);
    if
    :: whole ->
#ifndef SLOW_READ
      if :: now != began -> goto failed :: else fi;
#endif
      /* No record of the task itself: only where it was never committed to, or is another's by now. */
      assert(last == upto || me != epoch);
      if :: records && last == 0 -> goto failed :: else fi
    :: else ->
      if
      :: !records -> goto ready
      :: records && last != upto -> goto rebuild
#ifndef NO_RESUME_AGE
#ifdef SLOW_READ
      :: records && last == upto && began != at -> goto rebuild
#else
      :: records && last == upto && now != at -> goto rebuild
#endif
#endif
      :: else
      fi
    fi;
    q.nchain = last; q.npage = 0; q.resume = upto; q.at = began; chain = last
  }

finish:
  atomic {
    lossy(AN_APPLY);
    d_step { apply(q, ok) };
    printf("P%d writes the last page: accepted %d, chain %d note %d at %d, v %d w %d\n", id, ok, q.nchain, q.resume, q.at, s.v, s.w);
    if :: !ok -> goto failed :: else fi
  }

ready:
  atomic {
    drop(q); q.owner = me; from = 0; upto = 0; middle = 0; last = 0; whole = 0; records = 0; began = 0; at = 0;
    if
    :: !TOLD(me, chain) -> goto failed
    :: else -> assert(right(chain) || me != epoch)
    fi;
    pos = s.task;
#ifdef POSITION_BEFORE_TAKEOVER
    pos = told; told = 0
#else
    if
    :: told != pos -> assert(me != epoch); goto failed
    :: else -> told = 0
    fi
#endif
  }

turn:
  atomic {
    if
    :: pos == INPUTS -> goto end_done
    :: pos < INPUTS && cached
    :: pos < INPUTS -> cached = false;
      printf("P%d loads at chain %d: store has owner %d chain %d page %d, v %d w %d\n", id, chain, s.owner, s.chain, s.page, s.v, s.w);
      if
      :: !TOLD(me, chain) -> goto failed
      :: else -> assert(right(chain) || me != epoch); v = s.v; w = s.w
      fi
    fi;
    if :: behind = pos + 1 :: BATCH == 2 && pos + 2 <= INPUTS -> behind = pos + 2 fi;
    d_step {
      q.owner = me; q.chain = chain; q.page = 0; q.nchain = chain + 1; q.npage = 0; q.resume = chain + 1; q.at = now;
      q.v = v + behind - pos; q.task = behind;
      if :: pos < 1 -> q.w = SET :: pos < 3 && behind == 3 -> q.w = DEL :: else -> q.w = 0 fi
    }
  }

#ifdef APPLY_BEFORE_COMMIT
early:
  atomic {
    lossy(AN_APPLY);
    apply(q, ok);
    if :: !ok -> goto failed :: else fi
  }
#endif

commit:
  atomic {
    if :: skip :: faults > 0 -> faults--; goto failed fi;
#ifndef NO_FENCE
    if :: me != epoch -> goto stopped :: else fi;
#endif
    d_step {
      assert(pos == lpos[end]);              /* no input twice, none left out */
      assert(v == pos && w == W(pos));       /* no state from a wrong base */
      end++; lpos[end] = behind; lw[end] = q.w
      ;printf("P%d commits %d: inputs %d to %d\n", id, end, pos, behind)
    };
#ifdef RETRY_IN_PLACE
    /* The answer was lost: once more. */
    if :: skip :: faults > 0 -> faults--; goto commit fi
#endif
  }

applied:
  atomic {
#ifdef NOTE_AFTER_COMMIT
    q.at = now;
#endif
    lossy(AN_APPLY);
    d_step {
      apply(q, ok);
      v = q.v; if :: q.w == SET -> w = 1 :: q.w == DEL -> w = 0 :: else fi;
      printf("P%d applies %d: accepted %d\n", id, chain + 1, ok);
      chain++; pos = behind; behind = 0; cached = true; drop(q)
    };
    if :: !ok -> goto failed :: else -> goto turn fi
  }

end_done:
  assert(lpos[end] == INPUTS);
end_waits:
  /* A task without work looks from time to time whether its store is still there. */
  atomic { !stamped(me, chain, 0) -> goto failed }

failed:
  /* Closed and opened again by whoever believes to have it; or the process dies. */
  atomic {
    printf("P%d fails\n", id); drop(q); cached = 0; told = 0;
    if
    :: holder == id -> goto open
    :: holder != id && faults > 0 -> faults--; goto open
    :: goto stopped
    fi
  }

stopped:
  atomic {
    drop(q); me = 0; chain = 0; pos = 0; v = 0; w = 0; behind = 0; at = 0; cached = 0; told = 0; began = 0;
      from = 0; upto = 0; middle = 0; last = 0; whole = 0; records = 0; ok = 0;
    goto end_idle
  }
}

proctype world() {
  bit ok;
end_world:
  do
  :: atomic { faults > 0 && !saved -> faults--; saved = true; copy(old, s); printf("snapshot: owner %d chain %d page %d v %d w %d\n", s.owner, s.chain, s.page, s.v, s.w) }
  :: atomic { saved -> saved = false; copy(s, old); wipe(old); printf("the store goes back to its snapshot\n") }
  :: atomic { faults > 0 && s.owner != 0 -> faults--; wipe(s); printf("the store is flushed\n") }
  :: atomic { faults > 0 && !now -> faults--; now = 1; purge(); printf("deletions leave the changelog\n") }
  :: atomic { waiting == AN_OPEN -> s.owner = late.owner; printf("late open of owner %d\n", late.owner); waiting = 0; drop(late) }
  :: atomic { waiting == AN_APPLY -> d_step { apply(late, ok); printf("late call of owner %d, chain %d page %d: accepted %d\n", late.owner, late.chain, late.page, ok); ok = 0; waiting = 0; drop(late) } }
  od
}

init {
  atomic {
    wipe(s); wipe(old); 
    run world(); run process(0); run process(1)
  }
}
