package shopkeeper.bench;

import java.util.Arrays;

/** One JSON object at a time, written as bytes; all texts of the job are ASCII without anything to escape. */
final class JsonLine {
  private byte[] bytes = new byte[1024];
  private int length;

  JsonLine begin() {
    length = 0;
    bytes[length++] = '{';
    return this;
  }

  JsonLine text(byte[] name, byte[] value, int from, int size) {
    name(name);
    room(size + 2);
    bytes[length++] = '"';
    System.arraycopy(value, from, bytes, length, size);
    length += size;
    bytes[length++] = '"';
    return this;
  }

  JsonLine text(byte[] name, byte[] value) {
    return text(name, value, 0, value.length);
  }

  JsonLine number(byte[] name, long value) {
    name(name);
    digits(value);
    return this;
  }

  /** `"id":"<person>/<kind>/<time>"`, the same on every run. */
  JsonLine id(byte[] name, byte[] person, byte[] kind, long time) {
    name(name);
    room(person.length + kind.length + 4);
    bytes[length++] = '"';
    raw(person);
    bytes[length++] = '/';
    raw(kind);
    bytes[length++] = '/';
    digits(time);
    room(1);
    bytes[length++] = '"';
    return this;
  }

  byte[] end() {
    room(1);
    bytes[length++] = '}';
    return Arrays.copyOf(bytes, length);
  }

  private void name(byte[] name) {
    room(name.length + 4);
    if (length > 1) bytes[length++] = ',';
    bytes[length++] = '"';
    raw(name);
    bytes[length++] = '"';
    bytes[length++] = ':';
  }

  private void raw(byte[] some) {
    System.arraycopy(some, 0, bytes, length, some.length);
    length += some.length;
  }

  private void digits(long value) {
    room(20);
    int size = 1;
    for (long rest = value / 10; rest > 0; rest /= 10) size++;
    for (int at = length + size - 1; at >= length; at--, value /= 10) bytes[at] = (byte) ('0' + value % 10);
    length += size;
  }

  private void room(int more) {
    if (length + more > bytes.length) bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
  }
}
