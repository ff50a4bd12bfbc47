package dev.collapsar.learn.network.script;

import dev.collapsar.data.ElementType;
import dev.collapsar.data.StoredTensor;
import dev.collapsar.learn.network.Network;
import dev.collapsar.learn.tensor.TensorBridge;
import dev.collapsar.learn.tensor.TensorScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/** TorchScript files that lie in the checkout, with what PyTorch computes from them. */
final class ScriptFiles {
  private ScriptFiles() {}

  /** What {@code core/src/test/resources/golden/torchscript/<name>} is. */
  static Path of(String name) {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolve("core/src/test/resources/golden/torchscript");
      if (Files.isDirectory(folder)) {
        return folder.resolve(name);
      }
    }
    throw new IllegalStateException("not run from within the checkout");
  }

  static ScriptNetwork open(String name) {
    return ScriptNetwork.open(of(name), ScriptOptions.defaults());
  }

  /** An array's tensor in the caller's scope, in its own element type. */
  static Tensor tensor(Path npy) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(npy)).order(ByteOrder.LITTLE_ENDIAN);
      int start = 10 + bytes.getShort(8); // magic, version, length of the header
      String header = new String(bytes.array(), 10, start - 10, StandardCharsets.US_ASCII);
      String sizes = header.replaceAll("(?s).*'shape': \\(([^)]*)\\).*", "$1");
      long[] shape =
          Arrays.stream(sizes.split(",\\s*"))
              .mapToLong(size -> Long.parseLong(size.strip()))
              .toArray();
      byte[] data = Arrays.copyOfRange(bytes.array(), start, bytes.capacity());
      ElementType type = header.contains("'<i8'") ? ElementType.I64 : ElementType.F32;
      return TensorBridge.tensor(new StoredTensor(type, shape, ByteBuffer.wrap(data)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Tensor tensor(String name) {
    return tensor(of(name));
  }

  static float[] floats(String name) {
    return TensorScope.within(() -> TensorBridge.toFloats(tensor(name)));
  }

  static float[] logits(Network network, String input) {
    return TensorScope.withinWithoutGradients(
        () -> TensorBridge.toFloats(network.forward(tensor(input))));
  }
}
