package shopkeeper.bench;

import java.time.Duration;
import java.util.Arrays;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** The first stage: each event goes on, byte for byte, under the key of its person; what cannot be decoded ends here. */
final class Rekey implements Processor<byte[], byte[], byte[], byte[]> {
  private static final long LATENESS = 10_000;
  private static final Duration MARK_EVERY = Duration.ofMillis(100);

  private final EventView event;
  private ProcessorContext<byte[], byte[]> context;
  private int input;
  private long newest = Long.MIN_VALUE;
  private long told = Long.MIN_VALUE;

  Rekey(int schemaId) {
    event = new EventView(schemaId);
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    this.context = context;
    input = context.taskId().partition();
    context.schedule(MARK_EVERY, PunctuationType.WALL_CLOCK_TIME, now -> tell());
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    byte[] value = record.value();
    if (!event.read(value)) return;
    if (event.time > newest) newest = event.time;
    byte[] person = Arrays.copyOfRange(value, event.personAt, event.personAt + event.personLength);
    context.forward(record.withKey(person));
  }

  private void tell() {
    if (newest == told) return;
    told = newest;
    context.forward(new Record<>(Marks.KEY, Marks.write(input, newest - LATENESS), newest));
  }
}
