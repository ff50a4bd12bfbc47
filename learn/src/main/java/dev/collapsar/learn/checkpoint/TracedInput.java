package dev.collapsar.learn.checkpoint;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ElementType;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The example that {@code torch.jit.trace} was given, which a TorchScript file keeps.
 *
 * @param shape (n, ...)
 */
public record TracedInput(ElementType type, List<Long> shape) {
  private static final String PICKLE = "/traced_inputs.pkl";

  public TracedInput {
    shape = List.copyOf(shape);
  }

  /**
   * The first input of {@code forward}; empty if the file was not traced, or with something else
   * than a tensor.
   *
   * @throws InvalidInputException if the file cannot be read
   */
  public static Optional<TracedInput> read(Path file) {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      Optional<? extends ZipEntry> pickle =
          zip.stream().filter(entry -> entry.getName().endsWith(PICKLE)).findFirst();
      return pickle.isEmpty() ? Optional.empty() : of(zip, pickle.get());
    } catch (IOException e) {
      throw InvalidInputException.because(file + ": cannot be read", e);
    }
  }

  private static Optional<TracedInput> of(ZipFile zip, ZipEntry entry) throws IOException {
    try (InputStream in = new BufferedInputStream(zip.getInputStream(entry))) {
      Object root = Pickle.read(new PickleInput(in, entry.getSize()), new HashMap<>());
      boolean traced =
          root instanceof Map<?, ?> methods
              && methods.get("forward") instanceof List<?> inputs
              && !inputs.isEmpty()
              && inputs.get(0) instanceof TensorView view
              && view.isRead();
      return traced
          ? Optional.of(of((TensorView) ((List<?>) ((Map<?, ?>) root).get("forward")).get(0)))
          : Optional.empty();
    }
  }

  private static TracedInput of(TensorView view) {
    return new TracedInput(
        view.storage().element().type(), Arrays.stream(view.shape()).boxed().toList());
  }
}
