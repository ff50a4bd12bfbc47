package dev.collapsar.learn.adapter.layout;

import dev.collapsar.InvalidInputException;
import dev.collapsar.data.FileTensor;
import dev.collapsar.data.TensorFile;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tensors of a PEFT file by the module that they are of.
 *
 * @param modules by dotted name, then by part such as {@code lora_A.weight}. A second wrapper of a
 *     module ends in {@code .base_layer}
 * @param saved tensors in full, by the network's own names
 * @param baseCopies likewise, those that stand beside an adapter's factors
 */
record PeftNames(
    Map<String, Map<String, FileTensor>> modules,
    Map<String, FileTensor> saved,
    Map<String, FileTensor> baseCopies) {
  private static final List<String> WRAPPERS =
      List.of("base_model.model.", "module.", "_orig_mod.", "base_model.");
  private static final List<String> INNER = List.of("_orig_mod.", "_fsdp_wrapped_module.");

  /** An adapter's own name, which PEFT takes off on saving and others leave in. */
  private static final Pattern ADAPTER_NAME =
      Pattern.compile("(.*\\.lora_[AB])\\.(?!weight$|bias$)[^.]+(\\.(?:weight|bias))");

  private static final String INSIDE = ".base_layer";
  private static final String TOKENS = ".token_adapter" + INSIDE;

  static PeftNames of(TensorFile file, List<String> parts) {
    Map<String, Map<String, FileTensor>> modules = new TreeMap<>();
    Map<String, FileTensor> saved = new TreeMap<>();
    Map<String, FileTensor> copies = new TreeMap<>();
    Map<String, FileTensor> known = new LinkedHashMap<>();
    file.tensors()
        .forEach(
            (name, tensor) -> {
              String path = path(name);
              FileTensor other = known.put(path, tensor);
              if (other != null && !same(other, tensor)) {
                throw new InvalidInputException(
                    "%s: tensors '%s' and '%s' are both %s, and differ"
                        .formatted(file.name(), other.name(), name, path));
              }
              if (!name.contains(".original_module.")) {
                sort(file, path, tensor, parts, modules, saved, copies);
              }
            });
    return new PeftNames(modules, saved, copies);
  }

  private static void sort(
      TensorFile file,
      String path,
      FileTensor tensor,
      List<String> parts,
      Map<String, Map<String, FileTensor>> modules,
      Map<String, FileTensor> saved,
      Map<String, FileTensor> copies) {
    for (String part : parts) {
      if (path.endsWith("." + part)) {
        String module = path.substring(0, path.length() - part.length() - 1);
        modules.computeIfAbsent(module, m -> new LinkedHashMap<>()).put(part, tensor);
        return;
      }
    }
    if (path.endsWith(INSIDE + ".weight")) {
      copies.put(plain(path), tensor);
    } else if (isForeign(path)) {
      throw new InvalidInputException(
          "%s: tensor '%s' is of a kind that is not implemented here"
              .formatted(file.name(), tensor.name()));
    } else {
      saved.put(plain(path), tensor);
    }
  }

  private static boolean isForeign(String path) {
    return path.matches(".*\\.(lora|hada|lokr|ia3|vera|oft|boft|miss|hira)_[A-Za-z0-9_]+(\\..*)?");
  }

  /** Without the second wrapper's mark, wherever it stands. */
  static String plain(String path) {
    String plain = path.replace(TOKENS + ".", ".").replace(INSIDE + ".", ".");
    return plain.endsWith(INSIDE) ? plain.substring(0, plain.length() - INSIDE.length()) : plain;
  }

  /** The name without what PEFT, parallel and compiled models put before and into it. */
  private static String path(String name) {
    String path = name;
    for (boolean changed = true; changed; ) {
      changed = false;
      for (String wrapper : WRAPPERS) {
        if (path.startsWith(wrapper)) {
          path = path.substring(wrapper.length());
          changed = true;
        }
      }
    }
    for (String inner : INNER) {
      path = path.replace(inner, "");
    }
    path = path.replace(".modules_to_save.default.", ".").replace(".modules_to_save.", ".");
    path = path.replace(".default.", ".");
    if (path.endsWith(".default")) {
      path = path.substring(0, path.length() - ".default".length());
    }
    Matcher named = ADAPTER_NAME.matcher(path);
    path = named.matches() ? named.group(1) + named.group(2) : path;
    return path.endsWith(".lora_magnitude_vector.weight")
        ? path.substring(0, path.length() - ".weight".length())
        : path;
  }

  private static boolean same(FileTensor one, FileTensor other) {
    if (one.bytes() != other.bytes() || !one.typeName().equals(other.typeName())) {
      return false;
    }
    int chunk = 1 << 20;
    for (long at = 0; at < one.bytes(); at += chunk) {
      int part = (int) Math.min(chunk, one.bytes() - at);
      if (!one.read(at, ByteBuffer.allocate(part))
          .equals(other.read(at, ByteBuffer.allocate(part)))) {
        return false;
      }
    }
    return true;
  }

  /** A part of a module that must be there. */
  static FileTensor require(String module, Map<String, FileTensor> parts, String part) {
    FileTensor found = parts.get(part);
    if (found == null) {
      throw new InvalidInputException(
          "module %s has %s alone, must have %s".formatted(module, parts.keySet(), part));
    }
    if (found.shape().length == 0) {
      throw new InvalidInputException("module %s: %s is one number alone".formatted(module, found));
    }
    return found;
  }
}
