package shopkeeper.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What is known of one person, in arrays that are filled anew from the bytes of whoever comes next: a processor has one of these and
 * makes no object for a person. Sessions and cart moments are in order of time.
 */
final class Shopper {
  static final long GAP = 30 * 60_000L, ABANDONED_AFTER = 60 * 60_000L;
  static final long NEVER = Long.MAX_VALUE;

  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  /** Of a session: first and last event, events, pages, cents. */
  private static final int FIRST = 0, LAST = 1, EVENTS = 2, PAGES = 3, CENTS = 4, WIDTH = 5;
  private static final int HEAD_BYTES = 26;
  private static final byte[] NOTHING = {};

  /** When the timer that waits for this person goes off; 0: none waits. */
  long armedFor;
  /** Time of the newest offer; 0: none yet. */
  long offeredAt;
  /** Sessions closed so far. */
  long closed;
  int sessions;
  private long[] session = new long[4 * WIDTH];
  int moments;
  /** Twice the time, plus one for an order. */
  private long[] moment = new long[8];
  /** Of an add: length of the product's name, the product, the basket. */
  private byte[][] bought = new byte[8][];

  void begin() {
    armedFor = offeredAt = closed = 0;
    sessions = moments = 0;
  }

  void visited(long time, boolean page, long cents) {
    int place = sessions;
    while (place > 0 && session[(place - 1) * WIDTH + FIRST] > time) place--;
    boolean joinsEarlier = place > 0 && time - session[(place - 1) * WIDTH + LAST] <= GAP;
    boolean joinsLater = place < sessions && session[place * WIDTH + FIRST] - time <= GAP;
    int at;
    if (joinsEarlier) {
      at = (place - 1) * WIDTH;
      if (joinsLater) {
        int later = place * WIDTH;
        session[at + LAST] = session[later + LAST];
        session[at + EVENTS] += session[later + EVENTS];
        session[at + PAGES] += session[later + PAGES];
        session[at + CENTS] += session[later + CENTS];
        dropSession(place);
      }
    } else if (joinsLater) at = place * WIDTH;
    else at = openAt(place, time);
    if (time < session[at + FIRST]) session[at + FIRST] = time;
    if (time > session[at + LAST]) session[at + LAST] = time;
    session[at + EVENTS]++;
    if (page) session[at + PAGES]++;
    session[at + CENTS] += cents;
  }

  private int openAt(int place, long time) {
    if ((sessions + 1) * WIDTH > session.length) session = Arrays.copyOf(session, session.length * 2);
    int at = place * WIDTH;
    System.arraycopy(session, at, session, at + WIDTH, (sessions - place) * WIDTH);
    sessions++;
    session[at + FIRST] = session[at + LAST] = time;
    session[at + EVENTS] = session[at + PAGES] = session[at + CENTS] = 0;
    return at;
  }

  void dropSession(int place) {
    sessions--;
    System.arraycopy(session, (place + 1) * WIDTH, session, place * WIDTH, (sessions - place) * WIDTH);
  }

  long first() { return session[FIRST]; }
  long last() { return session[LAST]; }
  long events() { return session[EVENTS]; }
  long pages() { return session[PAGES]; }
  long cents() { return session[CENTS]; }
  long sessionDue() { return sessions == 0 ? NEVER : session[LAST] + GAP + 1; }

  void added(EventView event) {
    byte[] what = new byte[1 + event.productLength + event.basketLength];
    what[0] = (byte) event.productLength;
    System.arraycopy(event.bytes, event.productAt, what, 1, event.productLength);
    System.arraycopy(event.bytes, event.basketAt, what, 1 + event.productLength, event.basketLength);
    insert(event.time << 1, what);
  }

  void ordered(long time) {
    insert(time << 1 | 1, NOTHING);
  }

  private void insert(long what, byte[] goods) {
    if (moments == moment.length) {
      moment = Arrays.copyOf(moment, moments * 2);
      bought = Arrays.copyOf(bought, moments * 2);
    }
    int place = moments++;
    for (; place > 0 && moment[place - 1] > what; place--) {
      moment[place] = moment[place - 1];
      bought[place] = bought[place - 1];
    }
    moment[place] = what;
    bought[place] = goods;
  }

  private boolean waits(int place) {
    long at = moment[place];
    return (at & 1) == 0 && (place + 1 == moments || moment[place + 1] >> 1 >= (at >> 1) + ABANDONED_AFTER);
  }

  /** The first add that nothing has followed in time; -1: none. */
  int waiting() {
    for (int place = 0; place < moments; place++) if (waits(place)) return place;
    return -1;
  }

  long abandonedAt(int place) { return (moment[place] >> 1) + ABANDONED_AFTER; }
  byte[] boughtAt(int place) { return bought[place]; }

  void dropMoment(int place) {
    moments--;
    System.arraycopy(moment, place + 1, moment, place, moments - place);
    System.arraycopy(bought, place + 1, bought, place, moments - place);
  }

  /** What lies below the watermark and waits for nothing decides nothing any more. */
  void forget(long watermark) {
    if (moments == 0 || moment[0] >> 1 >= watermark) return;
    int kept = 0;
    for (int place = 0; place < moments; place++) {
      if (moment[place] >> 1 < watermark && !waits(place)) continue;
      moment[kept] = moment[place];
      bought[kept++] = bought[place];
    }
    moments = kept;
  }

  long due() {
    int place = waiting();
    return Math.min(sessionDue(), place < 0 ? NEVER : abandonedAt(place));
  }

  byte[] write() {
    int size = HEAD_BYTES + sessions * WIDTH * 8;
    for (int i = 0; i < moments; i++) size += 9 + bought[i].length;
    byte[] bytes = new byte[size];
    LONG.set(bytes, 0, armedFor);
    LONG.set(bytes, 8, offeredAt);
    LONG.set(bytes, 16, closed);
    bytes[24] = (byte) sessions;
    bytes[25] = (byte) moments;
    int at = HEAD_BYTES;
    for (int i = 0; i < sessions * WIDTH; i++, at += 8) LONG.set(bytes, at, session[i]);
    for (int i = 0; i < moments; i++) {
      byte[] goods = bought[i];
      LONG.set(bytes, at, moment[i]);
      bytes[at + 8] = (byte) goods.length;
      System.arraycopy(goods, 0, bytes, at + 9, goods.length);
      at += 9 + goods.length;
    }
    return bytes;
  }

  void read(byte[] bytes) {
    armedFor = (long) LONG.get(bytes, 0);
    offeredAt = (long) LONG.get(bytes, 8);
    closed = (long) LONG.get(bytes, 16);
    sessions = bytes[24] & 255;
    moments = bytes[25] & 255;
    if (sessions * WIDTH > session.length) session = new long[sessions * WIDTH];
    if (moments > moment.length) {
      moment = new long[moments];
      bought = new byte[moments][];
    }
    int at = HEAD_BYTES;
    for (int i = 0; i < sessions * WIDTH; i++, at += 8) session[i] = (long) LONG.get(bytes, at);
    for (int i = 0; i < moments; i++) {
      moment[i] = (long) LONG.get(bytes, at);
      int length = bytes[at + 8] & 255;
      bought[i] = length == 0 ? NOTHING : Arrays.copyOfRange(bytes, at + 9, at + 9 + length);
      at += 9 + length;
    }
  }

  /** Of the bytes of a person, without reading the rest. */
  static long armedForIn(byte[] bytes) {
    return (long) LONG.get(bytes, 0);
  }
}
