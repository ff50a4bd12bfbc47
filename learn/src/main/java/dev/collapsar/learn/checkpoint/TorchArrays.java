package dev.collapsar.learn.checkpoint;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.ArrayFormat;
import dev.collapsar.data.ElementType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The arrays in a file of {@code torch.save}: a tensor, or dictionaries, lists and tuples of
 * tensors by their keys and places ({@code train.features}, {@code 0}); lists of numbers and of
 * text are arrays too. Nothing in the pickle is executed; what is nothing of these is no array.
 */
public final class TorchArrays implements ArrayFormat {
  private static final int DEEPEST = 8;
  private static final int MOST = 10_000;

  @Override
  public boolean isOf(Path file, byte[] start) {
    return start.length > 2 && (start[0] == 'P' && start[1] == 'K' || start[0] == (byte) 0x80);
  }

  @Override
  public void unpack(Path path, Unpacked into) {
    try (TorchFile file = open(path)) {
      Reading reading = new Reading(file, into);
      reading.take("", file.root(), 0);
      if (reading.count == 0) {
        throw into.bad(
            "holds no tensors (nothing in it was executed); save a tensor, or a dictionary of"
                + " tensors such as {'features': x, 'labels': y}");
      }
    } catch (IOException e) {
      throw into.bad(
          "is no PyTorch file of tensors (a pickle, which could run anything, is never executed):"
              + " %s",
          reason(e));
    }
  }

  private static TorchFile open(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return in.read() == 'P' ? new ZipTorchFile(path) : new LegacyTorchFile(path);
    }
  }

  private static String reason(IOException e) {
    String message = InvalidInputException.because("", e).getMessage();
    return message.startsWith(": ") ? message.substring(2) : message;
  }

  private static final class Reading {
    private final TorchFile file;
    private final Unpacked into;
    private int count;

    Reading(TorchFile file, Unpacked into) {
      this.file = file;
      this.into = into;
    }

    void take(String name, Object value, int depth) throws IOException {
      if (depth > DEEPEST || count > MOST) {
        return;
      }
      if (value instanceof TensorView view && view.isRead()) {
        into.add(name.isEmpty() ? "tensor" : name, view.read(file.bytes()));
        count++;
      } else if (value instanceof Map<?, ?> map) {
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          if (entry.getKey() instanceof String || entry.getKey() instanceof Number) {
            take(inside(name, entry.getKey()), entry.getValue(), depth + 1);
          }
        }
      } else if (value instanceof List<?> list) {
        takeAll(name, list, depth);
      } else if (value instanceof Object[] tuple) {
        takeAll(name, Arrays.asList(tuple), depth);
      }
    }

    private void takeAll(String name, List<?> items, int depth) throws IOException {
      if (items.isEmpty()) {
        return;
      }
      if (items.stream().allMatch(String.class::isInstance)) {
        var words = into.words(name);
        items.forEach(item -> words.add((String) item));
        words.end();
        count++;
      } else if (items.stream().allMatch(Number.class::isInstance)) {
        boolean whole = items.stream().noneMatch(n -> n instanceof Double || n instanceof Float);
        var rows = into.rows(name, whole ? ElementType.I64 : ElementType.F64);
        items.forEach(item -> rows.add(((Number) item).doubleValue()));
        rows.end();
        count++;
      } else {
        for (int i = 0; i < items.size(); i++) {
          take(inside(name, i), items.get(i), depth + 1);
        }
      }
    }

    private static String inside(String name, Object key) {
      return name.isEmpty() ? key.toString() : name + "." + key;
    }
  }
}
