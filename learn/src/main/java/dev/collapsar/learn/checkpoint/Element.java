package dev.collapsar.learn.checkpoint;

import dev.collapsar.data.ElementType;
import java.io.IOException;
import java.util.Map;

/**
 * What one element of a storage is: of a type that is calculated with here, or of one whose bytes
 * are only copied.
 *
 * @param type null of those that are only copied
 * @param name as safetensors spells it, null if it has no such type
 * @param bytes of one element; two of {@code F4} are one element here
 * @param place where PyTorch keeps such tensors, for messages
 */
record Element(ElementType type, String name, int bytes, String place) {
  private static final Element COMPLEX =
      new Element(null, "C64", 8, "in torch.ComplexFloatStorage");
  private static final Element PACKED = new Element(null, "F4", 1, "of torch.float4_e2m1fn_x2");

  /** By PyTorch's names of storages that say what they hold. */
  static final Map<String, Element> STORAGES =
      Map.ofEntries(
          Map.entry("DoubleStorage", of(ElementType.F64)),
          Map.entry("FloatStorage", of(ElementType.F32)),
          Map.entry("HalfStorage", of(ElementType.F16)),
          Map.entry("BFloat16Storage", of(ElementType.BF16)),
          Map.entry("LongStorage", of(ElementType.I64)),
          Map.entry("IntStorage", of(ElementType.I32)),
          Map.entry("ShortStorage", of(ElementType.I16)),
          Map.entry("CharStorage", of(ElementType.I8)),
          Map.entry("ByteStorage", of(ElementType.U8)),
          Map.entry("BoolStorage", of(ElementType.BOOL)),
          Map.entry("ComplexFloatStorage", COMPLEX),
          Map.entry("ComplexDoubleStorage", unnamed(16, "in torch.ComplexDoubleStorage")));

  /** By PyTorch's names of the types whose storages do not say. */
  static final Map<String, Element> UNTYPED =
      Map.ofEntries(
          Map.entry("torch.uint16", of(ElementType.U16)),
          Map.entry("torch.uint32", of(ElementType.U32)),
          Map.entry("torch.uint64", of(ElementType.U64)),
          eight("torch.float8_e4m3fn", "F8_E4M3"),
          eight("torch.float8_e5m2", "F8_E5M2"),
          eight("torch.float8_e4m3fnuz", "F8_E4M3FNUZ"),
          eight("torch.float8_e5m2fnuz", "F8_E5M2FNUZ"),
          eight("torch.float8_e8m0fnu", "F8_E8M0"),
          Map.entry("torch.float4_e2m1fn_x2", PACKED),
          Map.entry("torch.complex32", unnamed(4, "of torch.complex32")),
          Map.entry("torch.bcomplex32", unnamed(4, "of torch.bcomplex32")),
          Map.entry("torch.bits8", unnamed(1, "of torch.bits8")),
          Map.entry("torch.bits16", unnamed(2, "of torch.bits16")));

  static Element of(ElementType type) {
    return new Element(type, type.name(), type.bytes(), "of " + type);
  }

  private static Map.Entry<String, Element> eight(String torch, String name) {
    return Map.entry(torch, new Element(null, name, 1, "of " + torch));
  }

  private static Element unnamed(int bytes, String place) {
    return new Element(null, null, bytes, place + " (safetensors has no such type)");
  }

  /** Whether its elements are pairs of real numbers. */
  boolean isComplex() {
    return this.equals(COMPLEX);
  }

  /** Whether its elements, or their parts, have their sign in the highest bit of the last byte. */
  boolean isSigned() {
    return isComplex() || type != null && type.isFloating();
  }

  /**
   * The shape that safetensors gives to a tensor that is of this shape in PyTorch.
   *
   * @param tensor its name
   * @throws IOException if it has none
   */
  long[] shape(String tensor, long[] torch) throws IOException {
    if (!this.equals(PACKED)) {
      return torch;
    }
    if (torch.length == 0 || torch[torch.length - 1] > Long.MAX_VALUE / 2) {
      throw new IOException(
          "'%s' is pairs of 4-bit numbers without a dimension to lie in".formatted(tensor));
    }
    long[] shape = torch.clone();
    shape[shape.length - 1] *= 2;
    return shape;
  }
}
