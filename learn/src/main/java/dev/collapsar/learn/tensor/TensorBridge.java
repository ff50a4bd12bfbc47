package dev.collapsar.learn.tensor;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import dev.collapsar.data.StoredTensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The one place where arrays of Java's are copied into tensors and back: each a single copy, sizes
 * checked.
 */
public final class TensorBridge {
  private TensorBridge() {}

  /** A float tensor of this shape holding a copy of the array. */
  public static Tensor floats(float[] values, long... shape) {
    check(values.length, shape);
    return Tensor.create(values, shape);
  }

  /** A double tensor of this shape holding a copy of the array. */
  public static Tensor doubles(double[] values, long... shape) {
    check(values.length, shape);
    return Tensor.create(values, shape);
  }

  /**
   * The images (n,c,h,w) with their channels innermost in memory: convolutions and poolings keep to
   * the layout of their input, and pooling that way is many times faster.
   */
  public static Tensor channelsLast(Tensor images) {
    long height = images.size(2);
    long width = images.size(3);
    if (images.size(1) > 1) {
      return images.contiguous(MemoryFormat.ChannelsLast);
    }
    // With one channel both layouts are the same memory, and only these strides tell which is
    // meant.
    long[] strides = {height * width, 1, width, 1};
    return images.contiguous().as_strided(new long[] {images.size(0), 1, height, width}, strides);
  }

  /**
   * The values of images (n,c,h,w) seen as (n,h,w,c), the order of their memory where channels are
   * innermost, so that copying them rearranges nothing; others as they are.
   */
  public static Tensor pixelByPixel(Tensor values) {
    return values.dim() == 4 ? values.permute(0, 2, 3, 1) : values;
  }

  /** Class indices as LibTorch wants them, int64 (n). */
  public static Tensor indices(int[] values, int count) {
    long[] wide = new long[count];
    for (int i = 0; i < count; i++) {
      wide[i] = values[i];
    }
    return Tensor.create(wide, count);
  }

  /** The tensor's elements in row-major order, as floats. */
  public static float[] toFloats(Tensor tensor) {
    return TensorScope.within(
        () -> {
          float[] values = new float[Math.toIntExact(tensor.numel())];
          tensor.detach().cpu().to(ScalarType.Float).contiguous().data_ptr_float().get(values);
          return values;
        });
  }

  /**
   * Copies the elements of some rows (the first dimension), row-major floats, into the array from
   * {@code offset} on.
   */
  public static void copyRows(Tensor tensor, int from, int to, float[] into, int offset) {
    TensorScope.run(
        () -> {
          Tensor rows = tensor.detach().narrow(0, from, to - from).cpu().contiguous();
          rows.data_ptr_float().get(into, offset, Math.toIntExact(rows.numel()));
        });
  }

  /** The tensor's elements in row-major order, as doubles. */
  public static double[] toDoubles(Tensor tensor) {
    return TensorScope.within(
        () -> {
          double[] values = new double[Math.toIntExact(tensor.numel())];
          tensor.detach().cpu().to(ScalarType.Double).contiguous().data_ptr_double().get(values);
          return values;
        });
  }

  /** The tensor's elements in row-major order, which must be int64. */
  public static long[] toLongs(Tensor tensor) {
    return TensorScope.within(
        () -> {
          long[] values = new long[Math.toIntExact(tensor.numel())];
          tensor.cpu().contiguous().data_ptr_long().get(values);
          return values;
        });
  }

  /** The tensor's memory, row-major, as it is: for hashes and files. */
  public static byte[] rawBytes(Tensor tensor) {
    return TensorScope.within(
        () -> {
          Tensor contiguous = tensor.detach().cpu().contiguous();
          byte[] bytes = new byte[Math.toIntExact(contiguous.numel() * contiguous.element_size())];
          new BytePointer(contiguous.data_ptr()).capacity(bytes.length).get(bytes);
          return bytes;
        });
  }

  /** A copy of a float tensor as it stands in files. */
  public static StoredTensor stored(Tensor tensor) {
    return StoredTensor.of(toFloats(tensor), tensor.shape());
  }

  /**
   * A copy of the tensor's elements as a file holds them, rounded to this type: once, to the
   * nearest number there is, beyond the type's range to infinity.
   */
  public static StoredTensor stored(Tensor tensor, ElementType type) {
    boolean narrow = type == ElementType.F16 || type == ElementType.BF16;
    if (narrow
        && tensor.scalar_type().value == ScalarType.Double.value) { // LibTorch's goes through float
      return StoredTensor.rounded(type, toDoubles(tensor), tensor.shape());
    }
    byte[] bytes = TensorScope.within(() -> rawBytes(tensor.detach().to(scalarType(type))));
    return new StoredTensor(type, tensor.shape(), ByteBuffer.wrap(bytes));
  }

  /**
   * As {@link #stored(Tensor, ElementType)}, of a tensor that must not become infinite by it.
   *
   * @param name of the tensor, for the message
   * @throws InvalidInputException naming its largest value and the type's, if that is beyond it
   */
  public static StoredTensor storedInRange(String name, Tensor tensor, ElementType type) {
    if (type.isFloating() && tensor.numel() > 0) {
      double largest = TensorScope.within(() -> tensor.detach().abs().max().item_double());
      double rounded = StoredTensor.rounded(type, new double[] {largest}, 1).toDoubles()[0];
      if (Double.isInfinite(rounded) && Double.isFinite(largest)) {
        throw new InvalidInputException(
            "%s: its largest value, %s, is beyond %s, whose largest is %s"
                .formatted(name, (float) largest, type, (float) type.largest()));
      }
    }
    return stored(tensor, type);
  }

  /** A tensor of the type, shape and elements that a file holds. */
  public static Tensor tensor(StoredTensor stored) {
    byte[] bytes = new byte[stored.data().remaining()];
    stored.data().get(bytes);
    return Tensor.create(bytes, bytes.length).view(scalarType(stored.type())).view(stored.shape());
  }

  /** The element type in which a file holds such a tensor. */
  public static ElementType elementType(Tensor tensor) {
    return Arrays.stream(ElementType.values())
        .filter(type -> scalarType(type).value == tensor.scalar_type().value)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no file holds " + tensor.scalar_type()));
  }

  private static ScalarType scalarType(ElementType type) {
    return switch (type) {
      case BOOL -> ScalarType.Bool;
      case U8 -> ScalarType.Byte;
      case I8 -> ScalarType.Char;
      case I16 -> ScalarType.Short;
      case U16 -> ScalarType.UInt16;
      case F16 -> ScalarType.Half;
      case BF16 -> ScalarType.BFloat16;
      case I32 -> ScalarType.Int;
      case U32 -> ScalarType.UInt32;
      case F32 -> ScalarType.Float;
      case F64 -> ScalarType.Double;
      case I64 -> ScalarType.Long;
      case U64 -> ScalarType.UInt64;
    };
  }

  /** A scalar of LibTorch's. */
  public static Scalar scalar(double value) {
    return new Scalar(value);
  }

  private static void check(int length, long[] shape) {
    long count = 1;
    for (long size : shape) {
      count = Math.multiplyExact(count, size);
    }
    if (count != length) {
      throw new IllegalArgumentException(
          "%s values cannot fill the shape %s".formatted(length, Arrays.toString(shape)));
    }
  }
}
