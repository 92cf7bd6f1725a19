package shopkeeper.bench;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.PriorityQueue;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The second stage: sessions, carts and offers of the people of one partition. Each person has one timer, at the earliest thing due; it
 * is set anew when it goes off, or when something falls due sooner. Timers are a heap in memory, made from the store at the start.
 */
final class Profile implements Processor<byte[], byte[], byte[], byte[]> {
  static final String STORE = "shoppers";
  static final String SESSIONS = "sessions", OFFERS = "offers";
  private static final long CAP = 24 * 3_600_000L;
  /** Keys of marks in the store begin with it; no person does. */
  private static final byte MARK_KEY = 0;
  private static final byte[] KIND = EventView.ascii("kind"), ID = EventView.ascii("id"), PERSON = EventView.ascii("person");
  private static final byte[] TIME = EventView.ascii("time"), FIRST = EventView.ascii("first"), LAST = EventView.ascii("last");
  private static final byte[] COUNT = EventView.ascii("count"), PAGES = EventView.ascii("pages"), VALUE = EventView.ascii("value");
  private static final byte[] N = EventView.ascii("n"), PRODUCT = EventView.ascii("product_id"), BASKET = EventView.ascii("basket_id");
  private static final byte[] OFFER = EventView.ascii("offer"), REMINDER = EventView.ascii("cart-reminder");
  private static final byte[] CHANNEL = EventView.ascii("channel"), SCREEN = EventView.ascii("screen");
  private static final byte[] CLOSED = EventView.ascii("session.closed"), ABANDONED = EventView.ascii("cart.abandoned");
  private static final byte[] MADE = EventView.ascii("offer.made");

  private record Timer(long due, byte[] person) implements Comparable<Timer> {
    @Override
    public int compareTo(Timer other) {
      return Long.compare(due, other.due);
    }
  }

  private final EventView event;
  private final Shopper shopper = new Shopper();
  private final JsonLine json = new JsonLine();
  private final PriorityQueue<Timer> timers = new PriorityQueue<>(1 << 12);
  private final long[] inputs;
  private ProcessorContext<byte[], byte[]> context;
  private KeyValueStore<byte[], byte[]> store;
  private long watermark = Long.MIN_VALUE;

  Profile(int schemaId, int partitions) {
    event = new EventView(schemaId);
    inputs = new long[partitions];
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    this.context = context;
    store = context.getStateStore(STORE);
    Arrays.fill(inputs, Long.MIN_VALUE);
    try (KeyValueIterator<byte[], byte[]> all = store.all()) {
      while (all.hasNext()) {
        KeyValue<byte[], byte[]> one = all.next();
        if (one.key[0] == MARK_KEY) inputs[one.key[1] & 255] = ByteBuffer.wrap(one.value).getLong();
        else if (Shopper.armedForIn(one.value) != 0) timers.add(new Timer(Shopper.armedForIn(one.value), one.key));
      }
    }
    watermark = Arrays.stream(inputs).min().getAsLong();
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    byte[] value = record.value();
    if (Marks.isMark(value)) {
      marked(Marks.input(value), Marks.watermark(value));
      return;
    }
    if (!event.read(value) || event.time < watermark) return;
    byte[] person = record.key();
    byte[] known = store.get(person);
    if (known == null) shopper.begin();
    else shopper.read(known);
    shopper.forget(watermark);
    shopper.visited(event.time, event.isPage(), event.type == EventView.ADDED ? event.cents() : 0);
    if (event.type == EventView.ADDED) shopper.added(event);
    else if (event.type == EventView.ORDERED) shopper.ordered(event.time);
    arm(person);
    store.put(person, shopper.write());
  }

  private void marked(int input, long time) {
    if (time <= inputs[input]) return;
    inputs[input] = time;
    store.put(new byte[] {MARK_KEY, (byte) input}, ByteBuffer.allocate(8).putLong(time).array());
    long least = Arrays.stream(inputs).min().getAsLong();
    if (least <= watermark) return;
    watermark = least;
    for (Timer next = timers.peek(); next != null && next.due <= watermark; next = timers.peek()) {
      timers.poll();
      ring(next);
    }
  }

  private void arm(byte[] person) {
    long due = shopper.due();
    if (due == Shopper.NEVER || shopper.armedFor != 0 && shopper.armedFor <= due) return;
    timers.add(new Timer(due, person));
    shopper.armedFor = due;
  }

  /** Everything of this person that is due, in order of time. */
  private void ring(Timer timer) {
    byte[] known = store.get(timer.person);
    if (known == null || Shopper.armedForIn(known) != timer.due) return;
    shopper.read(known);
    shopper.armedFor = 0;
    // An add that another one followed in time must not look left behind once that one is dropped.
    shopper.forget(watermark);
    while (true) {
      long session = shopper.sessionDue();
      int add = shopper.waiting();
      long cart = add < 0 ? Shopper.NEVER : shopper.abandonedAt(add);
      if (Math.min(session, cart) > watermark) break;
      if (session <= cart) close(timer.person, session);
      else abandon(timer.person, cart, add);
    }
    shopper.forget(watermark);
    arm(timer.person);
    store.put(timer.person, shopper.write());
  }

  private void close(byte[] person, long time) {
    shopper.closed++;
    head(CLOSED, person, time).number(FIRST, shopper.first()).number(LAST, shopper.last()).number(COUNT, shopper.events())
      .number(PAGES, shopper.pages()).number(VALUE, shopper.cents()).number(N, shopper.closed);
    context.forward(new Record<>(person, json.end(), time), SESSIONS);
    shopper.dropSession(0);
  }

  private void abandon(byte[] person, long time, int add) {
    byte[] goods = shopper.boughtAt(add);
    goods(head(ABANDONED, person, time), goods);
    context.forward(new Record<>(person, json.end(), time), OFFERS);
    if (shopper.offeredAt == 0 || time - shopper.offeredAt >= CAP) {
      shopper.offeredAt = time;
      goods(head(MADE, person, time), goods).text(OFFER, REMINDER).text(CHANNEL, SCREEN);
      context.forward(new Record<>(person, json.end(), time), OFFERS);
    }
    shopper.dropMoment(add);
  }

  private JsonLine head(byte[] kind, byte[] person, long time) {
    return json.begin().text(KIND, kind).id(ID, person, kind, time).text(PERSON, person).number(TIME, time);
  }

  private static JsonLine goods(JsonLine json, byte[] goods) {
    int product = goods[0];
    return json.text(PRODUCT, goods, 1, product).text(BASKET, goods, 1 + product, goods.length - 1 - product);
  }
}
