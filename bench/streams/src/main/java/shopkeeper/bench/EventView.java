package shopkeeper.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A look at one event where it lies: positions into its bytes, nothing made. The fields are those of bench/load/event.avsc, in order. The
 * whole record is walked, so that bytes which do not hold one to their end are found out.
 */
final class EventView {
  static final int OTHER = 0, VIEWED = 1, ADDED = 2, CART_VIEWED = 3, ORDERED = 4;

  private static final VarHandle DOUBLE = MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final int HEADER_BYTES = 5;
  private static final byte[] USER = ascii("user_id"), COOKIE = ascii("anonymous_id");
  private static final byte[] VIEWED_TYPE = ascii("product.viewed"), ADDED_TYPE = ascii("product.added");
  private static final byte[] CART_VIEWED_TYPE = ascii("cart.viewed"), ORDERED_TYPE = ascii("order.completed");

  private final int schemaId;
  byte[] bytes;
  int type;
  long time;
  int personAt, personLength;
  int productAt, productLength;
  int basketAt, basketLength;
  private double price;
  private int quantity;
  /** Where the next field begins; negative once something did not fit. */
  private int next;
  private int textAt, textLength;

  EventView(int schemaId) {
    this.schemaId = schemaId;
  }

  static byte[] ascii(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  /** False: it cannot be decoded. */
  boolean read(byte[] value) {
    if (value == null || value.length < HEADER_BYTES || value[0] != 0 || (int) INT.get(value, 1) != schemaId) return false;
    bytes = value;
    next = HEADER_BYTES;
    if (!text() || !text() || !text()) return false;
    type = kindOf(textAt, textLength);
    time = number();
    if (!identifiers() || !text()) return false;
    productAt = textAt;
    productLength = textLength;
    if (!text() || next + 8 > value.length) return false;
    price = (double) DOUBLE.get(value, next);
    next += 8;
    quantity = (int) number();
    if (!text() || !optionalText() || !text()) return false;
    basketAt = textAt;
    basketLength = textLength;
    return next == value.length;
  }

  boolean isPage() {
    return type == VIEWED || type == CART_VIEWED;
  }

  long cents() {
    return Math.round(price * 100) * quantity;
  }

  /** The user goes before the cookie. */
  private boolean identifiers() {
    personLength = 0;
    boolean byUser = false;
    for (long block = number(); block != 0; block = number()) {
      if (next < 0) return false;
      if (block < 0) {
        block = -block;
        number();
      }
      for (; block > 0; block--) {
        if (!text()) return false;
        boolean user = is(USER), cookie = is(COOKIE);
        if (!text()) return false;
        if (user || cookie && !byUser) {
          personAt = textAt;
          personLength = textLength;
          byUser = user;
        }
      }
    }
    return next >= 0 && personLength > 0;
  }

  private boolean is(byte[] word) {
    return textLength == word.length && Arrays.equals(bytes, textAt, textAt + textLength, word, 0, word.length);
  }

  private int kindOf(int at, int length) {
    switch (length) {
      case 11: return is(CART_VIEWED_TYPE) ? CART_VIEWED : OTHER;
      case 13: return is(ADDED_TYPE) ? ADDED : OTHER;
      case 14: return is(VIEWED_TYPE) ? VIEWED : OTHER;
      case 15: return is(ORDERED_TYPE) ? ORDERED : OTHER;
      default: return OTHER;
    }
  }

  private boolean optionalText() {
    long branch = number();
    return branch == 0 && next >= 0 || branch == 1 && text();
  }

  private boolean text() {
    long length = number();
    if (next < 0 || length < 0 || length > bytes.length - next) {
      next = -1;
      return false;
    }
    textAt = next;
    textLength = (int) length;
    next += textLength;
    return true;
  }

  private long number() {
    if (next < 0) return 0;
    long raw = 0;
    for (int shift = 0; shift < 70 && next < bytes.length; shift += 7) {
      byte b = bytes[next++];
      raw |= (b & 0x7fL) << shift;
      if (b >= 0) return raw >>> 1 ^ -(raw & 1);
    }
    next = -1;
    return 0;
  }
}
