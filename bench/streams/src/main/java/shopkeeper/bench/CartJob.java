package shopkeeper.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.Stores;

/**
 * The job of the bench in Kafka Streams, exactly once, as somebody would write it who wants it fast: bytes throughout, read in place; a
 * record cache that holds everybody; client settings for large batches. bench/README.md says what the job is.
 */
public final class CartJob {
  private static final Serde<byte[]> BYTES = Serdes.ByteArray();

  public static void main(String[] arguments) throws InterruptedException {
    KafkaStreams streams = new KafkaStreams(topology(), settings());
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      Runtime.getRuntime().halt(1);
      return null;
    });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(10))));
    streams.start();
    Thread.currentThread().join();
  }

  private static String said(String name) {
    String value = System.getenv(name);
    if (value == null) throw new IllegalArgumentException(name + " is not set");
    return value;
  }

  private static Topology topology() {
    int schemaId = Integer.parseInt(said("SCHEMA_ID"));
    int partitions = Integer.parseInt(said("PARTITIONS"));
    String internal = said("INTERNAL");
    var supplier = said("STORE").equals("mem")
      ? Stores.inMemoryKeyValueStore(Profile.STORE)
      : Stores.persistentKeyValueStore(Profile.STORE);
    return new Topology()
      .addSource("events", BYTES.deserializer(), BYTES.deserializer(), said("INPUT"))
      .addProcessor("rekey", () -> new Rekey(schemaId), "events")
      .addSink("people-out", internal, BYTES.serializer(), BYTES.serializer(), new Marks(), "rekey")
      .addSource("people", BYTES.deserializer(), BYTES.deserializer(), internal)
      .addProcessor("profile", () -> new Profile(schemaId, partitions), "people")
      .addStateStore(Stores.keyValueStoreBuilder(supplier, BYTES, BYTES).withCachingEnabled().withLoggingEnabled(Map.of()), "profile")
      .addSink(Profile.SESSIONS, said("SESSIONS"), BYTES.serializer(), BYTES.serializer(), "profile")
      .addSink(Profile.OFFERS, said("OFFERS"), BYTES.serializer(), BYTES.serializer(), "profile");
  }

  private static Properties settings() {
    Properties all = new Properties();
    all.put(StreamsConfig.APPLICATION_ID_CONFIG, said("APP"));
    all.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, said("BROKERS"));
    all.put(StreamsConfig.STATE_DIR_CONFIG, said("STATE_DIR"));
    all.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    all.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, said("COMMIT_MS"));
    all.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, said("THREADS"));
    all.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    all.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 256L << 20);
    all.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 4000);
    // A member that the group knows again when it comes back: without, whatever was started again waits for the old one's session to end.
    consumer(all, ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, Path.of(said("STATE_DIR")).getFileName().toString());
    consumer(all, ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    consumer(all, ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 4000);
    consumer(all, ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
    consumer(all, ConsumerConfig.RECEIVE_BUFFER_CONFIG, 1 << 20);
    producer(all, ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
    producer(all, ProducerConfig.BUFFER_MEMORY_CONFIG, 128L << 20);
    producer(all, ProducerConfig.SEND_BUFFER_CONFIG, 1 << 20);
    return all;
  }

  private static void consumer(Properties all, String name, Object value) {
    all.put(StreamsConfig.consumerPrefix(name), value);
  }

  private static void producer(Properties all, String name, Object value) {
    all.put(StreamsConfig.producerPrefix(name), value);
  }
}
