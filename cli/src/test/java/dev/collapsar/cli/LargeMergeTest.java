package dev.collapsar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.collapsar.data.SafeTensors;
import dev.collapsar.data.StoredTensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Hugging Face folder of 2 GB, or of as many as {@code merge.gigabytes} says, one a shard: {@code
 * mvn -Plarge -pl cli -am test -Dtest=LargeMergeTest -Dsurefire.failIfNoSpecifiedTests=false}
 * merges 16. The base's files are holes; what is written takes its full size on the disk.
 */
class LargeMergeTest {
  private static final int SHARDS = Integer.getInteger("merge.gigabytes", 2);
  private static final int WIDTH = 8192;
  private static final int INNER = 45_056;
  private static final int RANK = 4;
  private static final List<String> ADAPTED = List.of("self_attn.q_proj", "self_attn.v_proj");

  @TempDir private Path directory;

  @Test
  void aNetworkMuchLargerThanTheHeapMergesShardByShard() throws Exception {
    Path base = writeBase();
    Path adapter = writeAdapter();
    Path out = directory.resolve("out");
    List<String> heap = List.of("env", "JDK_JAVA_OPTIONS=-Xmx128m");
    try (ChildProcess child =
        new ChildProcess(
            heap,
            directory.resolve("stderr"),
            "adapter",
            "merge",
            adapter.toString(),
            "--base",
            base.toString(),
            "--out",
            out.toString())) {
      assertEquals(0, child.exit(), child.err());
    }
    for (int shard = 0; shard < SHARDS; shard++) {
      long size = Files.size(base.resolve(name(shard)));
      assertTrue(size > 1_000_000_000);
      assertEquals(size, Files.size(out.resolve(name(shard))), 256); // heads may differ in blanks
      try (RandomAccessFile file = new RandomAccessFile(out.resolve(name(shard)).toFile(), "r")) {
        for (String module : ADAPTED) {
          for (int row : new int[] {0, 3, WIDTH / 2, WIDTH - 1}) {
            assertEquals(row % 7 / 2.0f, last(file, weight(shard, module), row), module);
          }
        }
        assertEquals(0, last(file, weight(shard, "mlp.down_proj"), INNER - 1));
      }
    }
    assertTrue(Files.exists(out.resolve("config.json")));
  }

  private static String name(int shard) {
    return String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", shard + 1, SHARDS);
  }

  private static String weight(int shard, String module) {
    return "model.layers.%s.%s.weight".formatted(shard, module);
  }

  private Path writeBase() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("base"));
    ObjectMapper mapper = new ObjectMapper();
    Map<String, String> places = new LinkedHashMap<>();
    for (int shard = 0; shard < SHARDS; shard++) {
      Map<String, Object> head = new LinkedHashMap<>();
      long at = 0;
      for (String module : List.of("mlp.down_proj", ADAPTED.get(0), ADAPTED.get(1))) {
        int rows = module.startsWith("mlp") ? INNER : WIDTH;
        long end = at + 2L * rows * WIDTH;
        String weight = weight(shard, module);
        head.put(
            weight,
            Map.of(
                "dtype", "BF16", "shape", List.of(rows, WIDTH), "data_offsets", List.of(at, end)));
        places.put(weight, name(shard));
        at = end;
      }
      byte[] text = mapper.writeValueAsBytes(head);
      byte[] padded = Arrays.copyOf(text, (text.length + 7) / 8 * 8);
      Arrays.fill(padded, text.length, padded.length, (byte) ' ');
      try (RandomAccessFile file =
          new RandomAccessFile(folder.resolve(name(shard)).toFile(), "rw")) {
        file.write(
            ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(padded.length).array());
        file.write(padded);
        file.setLength(8 + padded.length + at);
      }
    }
    mapper.writeValue(
        folder.resolve("model.safetensors.index.json").toFile(), Map.of("weight_map", places));
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llama\"}");
    return folder;
  }

  /** B A with A all ones and rows of B that give 0 to 3 in halves, which bfloat16 holds. */
  private Path writeAdapter() throws IOException {
    Path folder = Files.createDirectory(directory.resolve("adapter"));
    float[] a = new float[RANK * WIDTH];
    Arrays.fill(a, 1);
    float[] b = new float[WIDTH * RANK];
    for (int i = 0; i < b.length; i++) {
      b[i] = i / RANK % 7 / 2.0f / RANK;
    }
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (int shard = 0; shard < SHARDS; shard++) {
      for (String module : ADAPTED) {
        String path = "base_model.model.model.layers.%s.%s".formatted(shard, module);
        tensors.put(path + ".lora_A.weight", StoredTensor.of(a, RANK, WIDTH));
        tensors.put(path + ".lora_B.weight", StoredTensor.of(b, WIDTH, RANK));
      }
    }
    SafeTensors.write(folder.resolve("adapter_model.safetensors"), tensors, Map.of());
    Files.writeString(
        folder.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": %s, \"lora_alpha\": %s}".formatted(RANK, RANK));
    return folder;
  }

  /** The last element of a row. */
  private static float last(RandomAccessFile file, String weight, int row) throws IOException {
    byte[] length = new byte[8];
    file.seek(0);
    file.readFully(length);
    byte[] text = new byte[(int) ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong()];
    file.readFully(text);
    JsonNode head = new ObjectMapper().readTree(new String(text, StandardCharsets.UTF_8));
    long from = head.get(weight).get("data_offsets").get(0).longValue();
    file.seek(8 + text.length + from + 2L * WIDTH * (row + 1) - 2);
    int low = file.read();
    return Float.intBitsToFloat((file.read() << 8 | low) << 16);
  }
}
